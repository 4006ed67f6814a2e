/** What the list draws, in order: messages with their day and New lines, then what is not sent yet. */
import type { MessageView } from '../../api/types';
import { dayKey } from '../../i18n/format';
import type { OutboxEntry } from '../outbox';
import type { Window } from './window';

export type ListRow =
  /** What stands above the first message of all. */
  | { kind: 'start'; key: string; day: undefined; joined: false }
  | {
      kind: 'message';
      key: string;
      id: string;
      number: number;
      day: number | undefined;
      isNew: boolean;
      mine: boolean;
      joined: boolean;
    }
  | { kind: 'unsent'; key: string; entry: OutboxEntry; day: number | undefined; joined: boolean };

/** A message joins the one above when the same person wrote it shortly before. */
const JOIN_MS = 5 * 60_000;

type Above = { author: string; at: number; joinable: boolean };

export function listRows(
  window: Window,
  unsent: readonly OutboxEntry[],
  newAfter: number | undefined,
  me: string,
  get: (id: string) => MessageView | undefined,
): ListRow[] {
  const rows: ListRow[] = window.moreBefore ? [] : [{ kind: 'start', key: 'start', day: undefined, joined: false }];
  let above: Above | undefined;
  let newShown = newAfter === undefined;
  const place = (author: string, at: number, joinable: boolean, breaks: boolean) => {
    const newDay = above === undefined || dayKey(above.at) !== dayKey(at);
    const joined =
      !newDay && !breaks && joinable && above?.joinable === true && above.author === author && at - above.at < JOIN_MS;
    above = { author, at, joinable };
    return { day: newDay ? at : undefined, joined };
  };
  for (const { id, number } of window.rows) {
    const message = get(id);
    if (!message) continue;
    const isNew = !newShown && number > (newAfter ?? 0) && message.author_id !== me;
    if (isNew) newShown = true;
    const at = Date.parse(message.created_at);
    const spot = place(message.author_id, at, message.kind === 'user', isNew);
    const mine = message.author_id === me;
    rows.push({ kind: 'message', key: id, id, number, isNew, mine, ...spot });
  }
  if (!window.moreAfter)
    for (const entry of unsent) {
      const spot = place(me, entry.createdAt, true, false);
      rows.push({ kind: 'unsent', key: `n${entry.nonce}`, entry, ...spot });
    }
  return rows;
}
