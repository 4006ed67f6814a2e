import { Trans, useLingui } from '@lingui/react/macro';
import { WifiOff } from 'lucide-react';
import { useEffect, useState } from 'react';
import { connection, useConnection } from '../realtime';
import css from './Shell.module.css';

/** A hiccup is not worth a banner: it appears when the connection has been away this long. */
const PATIENCE_MS = 1_500;

/** Says that the connection is away, what that means for what is written, and how to try now. */
export function OfflineBar() {
  const { t } = useLingui();
  const { state } = useConnection();
  const away = state !== 'live' && state !== 'syncing';
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!away) {
      setLate(false);
      return undefined;
    }
    const timer = setTimeout(() => setLate(true), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [away]);
  if (!late || state === 'signed-out') return null;
  return (
    <div className={css.offline} role="status">
      <WifiOff size={15} aria-hidden />
      <span>
        <strong>{state === 'offline' ? t`You are offline.` : t`The server cannot be reached.`}</strong>{' '}
        <Trans>Messages you write are kept and sent when the connection returns.</Trans>
      </span>
      <button type="button" onClick={() => connection.retry()} disabled={state === 'connecting'}>
        {state === 'connecting' ? <Trans>Connecting…</Trans> : <Trans>Reconnect</Trans>}
      </button>
    </div>
  );
}
