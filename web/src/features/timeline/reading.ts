/**
 * Read positions of the signed-in person. Shown at once, sent at most once a second per channel, and only
 * forward unless somebody says "unread from here".
 */
import { updateCursor } from '../../api/messages';
import type { Id } from '../../api/types';
import { entities } from '../../entities/entities';

const SEND_MS = 1_000;
const waiting = new Map<Id, ReturnType<typeof setTimeout>>();

export function readUpTo(channelId: Id, number: number): void {
  const held = entities.state.channels.get(channelId);
  if (!held || number <= held.cursor.last_read_number) return;
  entities.ingest({ kind: 'read', channelId, number });
  if (waiting.has(channelId)) return;
  waiting.set(
    channelId,
    setTimeout(() => void send(channelId), SEND_MS),
  );
}

async function send(channelId: Id): Promise<void> {
  waiting.delete(channelId);
  const number = entities.state.channels.get(channelId)?.cursor.last_read_number;
  if (number === undefined) return;
  // Lost on a dead network: the next reading sends a higher one, and nothing depends on this one.
  const cursor = await updateCursor(channelId, { last_read_number: number, mode: 'advance' }).catch(() => undefined);
  if (cursor) entities.ingest({ kind: 'cursor', channelId, cursor });
}

export async function markUnreadFrom(channelId: Id, number: number): Promise<void> {
  clearTimeout(waiting.get(channelId));
  waiting.delete(channelId);
  const cursor = await updateCursor(channelId, { last_read_number: number - 1, mode: 'set' });
  entities.ingest({ kind: 'cursor', channelId, cursor });
}
