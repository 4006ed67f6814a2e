import { Trans, useLingui } from '@lingui/react/macro';
import { LifeBuoy } from 'lucide-react';
import { useEffect } from 'react';
import { openOverlay } from '../../lib/overlay';
import css from './kit.module.css';
import { refreshKeys, useKeys } from './state';

/** Reminds those who run the instance, on every page, until a recovery kit was kept and proven. */
export function KitBanner() {
  const { t } = useLingui();
  const keys = useKeys((s) => s.keys);
  useEffect(() => void refreshKeys(), []);
  if (!keys || keys.kit) return null;
  const waits = keys.waiting_kit !== undefined;
  return (
    <aside className={css.banner} aria-label={t`Recovery kit`}>
      <LifeBuoy size={16} aria-hidden />
      <span>
        <strong>
          {waits ? <Trans>The recovery kit was not proven yet.</Trans> : <Trans>There is no recovery kit yet.</Trans>}
        </strong>{' '}
        <Trans>Without one, whoever loses the server’s key loses everything.</Trans>
      </span>
      <button type="button" onClick={() => openOverlay({ kind: 'recovery-kit', enter: waits })}>
        {waits ? <Trans>Enter it</Trans> : <Trans>Make one</Trans>}
      </button>
    </aside>
  );
}
