import { Trans } from '@lingui/react/macro';
import { Check, ShieldCheck } from 'lucide-react';
import type { ReactNode } from 'react';
import { Logo } from '../../ui/Logo';
import { Toasts } from '../../ui/Toasts';
import css from './auth.module.css';

export type Step = { id: string; name: string; hint: string };
type Props = { children: ReactNode; steps?: Step[]; at?: number; side?: ReactNode };

/** A dark panel that says whose server this is (or how far the set-up has come), and one form beside it. */
export function AuthLayout({ children, steps, at = 0, side }: Props) {
  const step = at + 1;
  const total = steps?.length ?? 0;
  return (
    <div className={css.page}>
      <aside className={css.aside}>
        <div className={css.brand}>
          <Logo size={34} />
          <span>PlexiChat</span>
        </div>
        {steps && (
          <ol className={css.steps}>
            {steps.map((s, i) => (
              <li
                key={s.id}
                data-state={i < at ? 'done' : i === at ? 'now' : 'next'}
                aria-current={i === at ? 'step' : undefined}
              >
                <span className={css.stepMark} aria-hidden="true">
                  {i < at ? <Check size={15} strokeWidth={3} /> : i + 1}
                </span>
                <span>
                  <strong>{s.name}</strong>
                  <small>{s.hint}</small>
                </span>
              </li>
            ))}
          </ol>
        )}
        {side}
        <p className={css.serverLine}>
          <ShieldCheck size={15} aria-hidden />
          <span>{location.host}</span>
        </p>
      </aside>
      <main className={css.main}>
        <div className={css.mobileTop}>
          <Logo size={30} />
          {steps ? (
            <span>
              <Trans>
                Step {step} of {total}
              </Trans>
            </span>
          ) : (
            <span>{location.host}</span>
          )}
        </div>
        {steps && (
          <div className={css.progress} aria-hidden="true">
            {steps.map((s, i) => (
              <i key={s.id} data-on={i <= at || undefined} />
            ))}
          </div>
        )}
        <div className={css.form}>{children}</div>
      </main>
      <Toasts />
    </div>
  );
}

/** The tile, name and sentence in the dark panel. */
export function House({ name, children }: { name: string; children?: ReactNode }) {
  return (
    <div className={css.house}>
      <span className={css.tile} aria-hidden="true">
        {Array.from(name)[0]?.toLocaleUpperCase()}
      </span>
      <p className={css.houseName}>{name}</p>
      {children && <p>{children}</p>}
    </div>
  );
}
