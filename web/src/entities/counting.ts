/**
 * What a channel's badge counts, and up to where. A count comes with the version of the channel up to which it
 * holds; the channel's events come on their own, before or after it. An event changes the count only when it is
 * newer than what the count holds, and the latest changes are kept for counts that arrive late.
 */
import type { Badge } from '../api/events';
import type { ChannelState, Cursor, Id } from '../api/types';
import { COUNT_CAP } from './mentions';
import type { State } from './state';

/** Changes of the count kept for each channel. */
const REMEMBERED = 256;

/** How an event, or a badge for several, changed the count of a channel after one version and up to another. */
type Step = { after: number; version: number; number: number; by: number };
/** All changes above `completeAfter` are there. */
export type Steps = { completeAfter: number; list: Step[] };

const within = (count: number): number => Math.max(0, Math.min(COUNT_CAP, count));

export function rememberFrom(state: State, channelId: Id, completeAfter: number): Steps {
  const steps = { completeAfter, list: [] };
  state.steps.set(channelId, steps);
  return steps;
}

function note(state: State, held: ChannelState, step: Step): void {
  const id = held.channel.id;
  const steps = state.steps.get(id) ?? rememberFrom(state, id, held.counted_to);
  steps.list.push(step);
  if (steps.list.length > REMEMBERED)
    steps.completeAfter = Math.max(steps.completeAfter, steps.list.shift()?.version ?? 0);
}

/** What changed above a version, as far as it lies above a read position; undefined when that is not known. */
function since(state: State, channelId: Id, version: number, read: number): number | undefined {
  const steps = state.steps.get(channelId);
  if (!steps || version < steps.completeAfter) return undefined;
  const newer = steps.list.filter((step) => step.version > version);
  if (newer.some((step) => step.after < version)) return undefined;
  return newer.filter((step) => step.number > read).reduce((sum, step) => sum + step.by, 0);
}

/** The count of a state that arrives, with what was seen beyond it. */
export function settled(
  state: State,
  held: ChannelState,
  next: ChannelState,
): Pick<ChannelState, 'cursor' | 'mention_count' | 'counted_to'> {
  const { cursor, mention_count, counted_to } = next;
  const latest = Math.max(held.counted_to, counted_to);
  if (held.cursor.version > cursor.version)
    return { cursor: held.cursor, mention_count: held.mention_count, counted_to: latest };
  if (held.counted_to <= counted_to) return { cursor, mention_count, counted_to };
  const missed = since(state, held.channel.id, counted_to, cursor.last_read_number);
  if (missed !== undefined) return { cursor, mention_count: within(mention_count + missed), counted_to: latest };
  const count = held.cursor.version === cursor.version ? held.mention_count : mention_count;
  return { cursor, mention_count: count, counted_to: latest };
}

/** A message changed in the channel: by how much it changes what is meant for me. Answers the count. */
export function countMessage(state: State, held: ChannelState, number: number, version: number, by: number): number {
  if (by === 0) return held.mention_count;
  note(state, held, { after: version - 1, version, number, by });
  const counts = version > held.counted_to && number > held.cursor.last_read_number;
  return counts ? within(held.mention_count + by) : held.mention_count;
}

/** A read position with the count above it. */
export function putCursor(state: State, held: ChannelState, cursor: Cursor, count: number, countedTo: number): void {
  const id = held.channel.id;
  if (countedTo >= held.counted_to) {
    state.channels.set(id, { ...held, cursor, mention_count: count, counted_to: countedTo });
    return;
  }
  const missed = since(state, id, countedTo, cursor.last_read_number);
  state.channels.set(id, { ...held, cursor, mention_count: within(count + (missed ?? 0)) });
  if (missed === undefined) state.told.push({ type: 'need_channel', channelId: id });
}

/** What a badge says of a channel whose events are not followed. */
export function putBadge(state: State, held: ChannelState, badge: Badge): void {
  const { channel_id, version, last_main_number, counted_from, new_mentions } = badge;
  const head = held.head.version < version ? { ...held.head, version, last_main_number } : held.head;
  const counted_to = Math.max(version, counted_from);
  if (counted_to <= held.counted_to) {
    state.channels.set(channel_id, { ...held, head });
    return;
  }
  // After a resume the server says the whole count; otherwise what is new.
  if (badge.mention_count !== undefined) {
    rememberFrom(state, channel_id, counted_to);
    state.channels.set(channel_id, { ...held, head, counted_to, mention_count: badge.mention_count });
    return;
  }
  note(state, held, { after: counted_from, version, number: Number.MAX_SAFE_INTEGER, by: new_mentions });
  // Counted in part already, by a position that moved meanwhile: which part is not said.
  const torn = counted_from < held.counted_to && new_mentions > 0;
  const mention_count = torn ? held.mention_count : within(held.mention_count + new_mentions);
  state.channels.set(channel_id, { ...held, head, counted_to, mention_count });
  if (torn) state.told.push({ type: 'need_channel', channelId: channel_id });
}
