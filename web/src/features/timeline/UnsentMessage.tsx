import { Trans, useLingui } from '@lingui/react/macro';
import { AlertCircle, Clock3 } from 'lucide-react';
import { useEffect, useState } from 'react';
import { errorText } from '../../api/errors';
import { useMe } from '../../entities/hooks';
import { useFormat } from '../../i18n/format';
import { Markdown, type Marks } from '../../markdown/Markdown';
import { useConnection } from '../../realtime';
import { Avatar } from '../../ui/Avatar';
import { type OutboxEntry, outbox } from '../outbox';
import css from './Message.module.css';

const NO_MARKS: Marks = new Map();
/** A send is usually answered before this; saying "sending" would only flicker. */
const QUIET_MS = 800;

/** The local echo of what is not acknowledged yet: waiting, or refused with a way on. */
export function UnsentMessage({ entry, joined }: { entry: OutboxEntry; joined: boolean }) {
  const me = useMe();
  const format = useFormat();
  if (!me) return null;
  return (
    <article
      className={css.msg}
      data-cont={joined || undefined}
      data-state={entry.failed ? 'failed' : 'sending'}
      tabIndex={-1}
    >
      <div className={css.gut}>{!joined && <Avatar id={me.id} name={me.display_name} size={38} />}</div>
      <div className={css.body}>
        <div className={joined ? 'sr' : css.by}>
          <span className={css.who}>{me.display_name}</span>
          <time className={css.time}>{format.time(entry.createdAt)}</time>
        </div>
        <Markdown source={entry.text} marks={NO_MARKS} />
        {entry.failed ? <Failed entry={entry} code={entry.failed} /> : <Waiting />}
      </div>
    </article>
  );
}

function Waiting() {
  const { state } = useConnection();
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), QUIET_MS);
    return () => clearTimeout(timer);
  }, []);
  if (!late) return null;
  return (
    <div className={css.state}>
      <Clock3 size={13} aria-hidden />
      {state === 'live' ? <Trans>Sending…</Trans> : <Trans>Waiting for connection</Trans>}
    </div>
  );
}

function Failed({ entry, code }: { entry: OutboxEntry; code: string }) {
  const { t } = useLingui();
  const broadcast = code === 'confirmation_needed';
  return (
    <div className={`${css.state} ${css.fail}`} role="alert">
      <AlertCircle size={13} aria-hidden />
      <span>
        <Trans>Not sent.</Trans> {errorText({ code })}
      </span>
      <button type="button" onClick={() => outbox.retry(entry.nonce, broadcast)}>
        {broadcast ? t`Send to everybody` : t`Try again`}
      </button>
      <button type="button" onClick={() => outbox.discard(entry.nonce)}>
        <Trans>Discard</Trans>
      </button>
    </div>
  );
}
