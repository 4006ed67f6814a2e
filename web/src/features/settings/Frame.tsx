import { Trans, useLingui } from '@lingui/react/macro';
import { ArrowLeft, ChevronDown, type LucideIcon } from 'lucide-react';
import { type ReactNode, useEffect } from 'react';
import { Button } from 'react-aria-components';
import { Link, navigate, type Route } from '../../lib/router';
import { usePageTitle } from '../../lib/title';
import { usePhone } from '../../lib/useMedia';
import { Menu } from '../../ui/Menu';
import css from './Frame.module.css';

export type PageLink = { id: string; name: string; icon: LucideIcon; to: Route };
export type PageGroup = { name: string; pages: PageLink[] };
type Props = {
  title: string;
  /** Where one came from, and what it is called. */
  back: Route;
  backName: string;
  groups: PageGroup[];
  current: string;
  foot?: ReactNode;
  /** Tables want more room than forms. */
  wide?: boolean;
  children: ReactNode;
};

/** Esc leads back, unless it belongs to a field or to something that is open above the page. */
function useEscape(back: Route): void {
  useEffect(() => {
    const handleKey = (event: KeyboardEvent) => {
      const busy = event.target instanceof HTMLElement && event.target.matches('input, textarea');
      if (event.key === 'Escape' && !event.defaultPrevented && !busy) navigate(back);
    };
    addEventListener('keydown', handleKey);
    return () => removeEventListener('keydown', handleKey);
  }, [back]);
}

/** The frame of all settings: the pages at the start, one of them beside it; on the phone a menu above it. */
export function Frame({ title, back, backName, groups, current, foot, wide = false, children }: Props) {
  const { t } = useLingui();
  const phone = usePhone();
  const here = groups.flatMap((group) => group.pages).find((page) => page.id === current);
  usePageTitle(here?.name ?? title);
  useEscape(back);
  return (
    <div className={css.frame}>
      {!phone && (
        <a className="skip" href="#content">
          <Trans>Skip to content</Trans>
        </a>
      )}
      {phone ? (
        <header className={css.bar}>
          <Link to={back} className={css.barBack} aria-label={t`Back to ${backName}`}>
            <ArrowLeft size={20} aria-hidden className="flip" />
          </Link>
          <PagePicker title={title} groups={groups} current={current} />
        </header>
      ) : (
        <nav className={css.nav} aria-label={title}>
          <Link to={back} className={css.back}>
            <ArrowLeft size={16} aria-hidden className="flip" />
            <span>{backName}</span>
          </Link>
          <p className={css.area}>{title}</p>
          <div className={css.groups}>
            {groups.map((group) => (
              <div key={group.name} className={css.group}>
                <h2>{group.name}</h2>
                <ul>
                  {group.pages.map(({ id, name, icon: Icon, to }) => (
                    <li key={id}>
                      <Link to={to} aria-current={id === current ? 'page' : undefined}>
                        <Icon size={17} aria-hidden />
                        <span>{name}</span>
                      </Link>
                    </li>
                  ))}
                </ul>
              </div>
            ))}
          </div>
          {foot && <div className={css.foot}>{foot}</div>}
        </nav>
      )}
      <main className={css.main} id="content" tabIndex={-1}>
        <div className={css.content} data-wide={wide || undefined}>
          {children}
        </div>
      </main>
    </div>
  );
}

function PagePicker({ title, groups, current }: Pick<Props, 'title' | 'groups' | 'current'>) {
  const pages = groups.flatMap((group) => group.pages);
  const here = pages.find((page) => page.id === current);
  return (
    <Menu
      label={title}
      placement="bottom start"
      groups={groups.map((group) => ({
        label: group.name,
        title: group.name,
        items: group.pages.map(({ id, name, icon }) => ({ id, name, icon, checked: id === current })),
      }))}
      onAction={(id) => {
        const page = pages.find((p) => p.id === id);
        if (page) navigate(page.to);
      }}
      trigger={
        <Button className={css.picker ?? ''}>
          <small>{title}</small>
          <span>
            {here?.name}
            <ChevronDown size={16} aria-hidden />
          </span>
        </Button>
      }
    />
  );
}

export function PageHead({ title, hint, children }: { title: string; hint?: ReactNode; children?: ReactNode }) {
  return (
    <header className={css.head}>
      <div>
        <h1>{title}</h1>
        {hint && <p>{hint}</p>}
      </div>
      {children && <div className={css.actions}>{children}</div>}
    </header>
  );
}
