import { useLingui } from '@lingui/react/macro';
import { Home, Search } from 'lucide-react';
import { openOverlay } from '../../lib/overlay';
import css from './TabBar.module.css';
import { YouMenu } from './YouMenu';

/** The phone's bar below the list of conversations. */
export function TabBar({ onSignOut }: { onSignOut: () => void }) {
  const { t } = useLingui();
  return (
    <nav className={css.tabs} aria-label={t`Main`}>
      <button type="button" aria-current="page">
        <Home size={22} aria-hidden />
        <span>{t`Home`}</span>
      </button>
      <button type="button" onClick={() => openOverlay({ kind: 'switcher' })}>
        <Search size={22} aria-hidden />
        <span>{t`Jump to`}</span>
      </button>
      <YouMenu onSignOut={onSignOut} size={22} className={css.you} label={t`You`} />
    </nav>
  );
}
