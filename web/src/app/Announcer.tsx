import { plural } from '@lingui/core/macro';
import { useLingui } from '@lingui/react/macro';
import { useEffect, useRef, useState } from 'react';
import type { Id } from '../api/types';
import { entities } from '../entities/entities';

const BATCH_MS = 2_000;

/**
 * Tells a screen reader what arrives in the open channel, gathered, and never history: the list itself is not
 * a live region, because rows enter it whenever somebody scrolls.
 */
export function Announcer({ channelId }: { channelId: Id | undefined }) {
  const { t } = useLingui();
  const [said, setSaid] = useState('');
  const waiting = useRef<string[]>([]);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = entities.onChange((change) => {
      if (change.type !== 'message' || !change.created) return;
      const { message } = change;
      if (message.channel_id !== channelId || message.author_id === entities.state.myId || message.deleted) return;
      const author = entities.state.users.get(message.author_id)?.display_name ?? '';
      waiting.current.push(`${author}: ${message.text}`);
      timer ??= setTimeout(() => {
        const list = waiting.current.splice(0);
        timer = undefined;
        const fresh = list.length;
        setSaid(list.length === 1 ? (list[0] ?? '') : plural(fresh, { one: '# new message', other: '# new messages' }));
      }, BATCH_MS);
    });
    return () => {
      stop();
      clearTimeout(timer);
      waiting.current = [];
    };
  }, [channelId]);
  return (
    <div className="sr" role="log" aria-live="polite" aria-relevant="additions" aria-label={t`New messages`}>
      {said !== '' && <p key={said}>{said}</p>}
    </div>
  );
}
