import { useLingui } from '@lingui/react/macro';
import type { AccountView } from '../../../api/types';
import { chooseLanguage, type Language, languages } from '../../../i18n';
import { chooseDensity, chooseTheme, type Density, type Theme, useTheme } from '../../../lib/theme';
import { Card } from '../../../ui/Card';
import { RadioCards } from '../../../ui/RadioCards';
import { Select } from '../../../ui/Select';
import { PageHead } from '../Frame';
import css from '../settings.module.css';

function MiniApp({ theme }: { theme: 'light' | 'dark' }) {
  return (
    <span className={css.mini} data-theme-of={theme}>
      <span>
        <i />
        <i data-accent="" />
        <i />
        <i />
      </span>
      <span>
        <i data-short="" />
        <i />
        <i />
        <i data-accent="" data-short="" />
      </span>
    </span>
  );
}

function MiniDensity({ rows, compact }: { rows: readonly string[]; compact?: boolean }) {
  return (
    <span className={css.dens} data-compact={compact || undefined}>
      {rows.map((row) => (
        <span key={row}>
          <b />
          <i />
        </span>
      ))}
    </span>
  );
}

/** How this device shows things. Every choice applies as it is made. */
export function Appearance(_: { me: AccountView }) {
  const { t, i18n } = useLingui();
  const { theme, density } = useTheme();
  return (
    <>
      <PageHead title={t`Appearance`} hint={t`For this device. Every choice applies at once.`} />
      <Card title={t`Theme`}>
        <RadioCards
          label={t`Theme`}
          value={theme}
          onChange={(id) => chooseTheme(id as Theme)}
          items={[
            {
              id: 'system',
              name: t`As the system`,
              art: (
                <span className={css.miniSplit}>
                  <MiniApp theme="light" />
                  <MiniApp theme="dark" />
                </span>
              ),
            },
            { id: 'light', name: t`Light`, art: <MiniApp theme="light" /> },
            { id: 'dark', name: t`Dark`, art: <MiniApp theme="dark" /> },
          ]}
        />
      </Card>
      <Card title={t`Density`}>
        <RadioCards
          label={t`Density`}
          value={density}
          onChange={(id) => chooseDensity(id as Density)}
          items={[
            {
              id: 'comfortable',
              name: t`Comfortable`,
              hint: t`Room to read`,
              art: <MiniDensity rows={['a', 'b']} />,
            },
            {
              id: 'compact',
              name: t`Compact`,
              hint: t`More messages on the screen`,
              art: <MiniDensity rows={['a', 'b', 'c', 'd']} compact />,
            },
          ]}
        />
      </Card>
      <Card title={t`Language`} hint={t`Times and dates follow the region of your browser.`}>
        <div className={css.two}>
          <Select
            label={t`Language`}
            hideLabel
            value={i18n.locale}
            onChange={(id) => void chooseLanguage(id as Language)}
            items={Object.entries(languages).map(([id, name]) => ({ id, name }))}
          />
        </div>
      </Card>
    </>
  );
}
