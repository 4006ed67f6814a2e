import { useMemo, useSyncExternalStore } from 'react';
import { sendMessage } from '../../api/messages';
import type { Id } from '../../api/types';
import { entities } from '../../entities/entities';
import { Outbox, type OutboxEntry } from './outbox';

/** The outbox of this page. */
export const outbox = new Outbox({
  storage: localStorage,
  send: sendMessage,
  sent: (message) => entities.ingest({ kind: 'message', message }),
  now: () => Date.now(),
});

export function useUnsent(channelId: Id, threadId?: Id): readonly OutboxEntry[] {
  const all = useSyncExternalStore(outbox.subscribe, outbox.get);
  return useMemo(
    () => all.filter((entry) => entry.channelId === channelId && entry.threadId === threadId),
    [all, channelId, threadId],
  );
}
