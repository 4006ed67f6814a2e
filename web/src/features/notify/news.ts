/** What is worth a notification: found by comparing what waits in each channel with what waited before. */
import type { ChannelState, Id } from '../../api/types';
import { isUnread } from '../../entities/hooks';

/** What is remembered of a channel. */
export type Waiting = { mentions: number; last: number };
export type News = { channelId: Id; count: number; mentions: boolean };

export const waitingIn = (channel: ChannelState): Waiting => ({
  mentions: channel.mention_count,
  last: channel.head.last_main_number,
});

/**
 * What came since `before`. A muted channel has no news; one that tells of every message has them for each, the others
 * for what is meant for the person. What was not known before (the first look, a channel just joined) is no news.
 */
export function newsOf(channel: ChannelState, before: Waiting | undefined): News | undefined {
  if (!before || channel.notify === 'muted') return undefined;
  const now = waitingIn(channel);
  const mentions = now.mentions - before.mentions;
  if (mentions > 0) return { channelId: channel.channel.id, count: mentions, mentions: true };
  const fresh = now.last - Math.max(before.last, channel.cursor.last_read_number);
  if (channel.notify !== 'all' || fresh <= 0 || !isUnread(channel)) return undefined;
  return { channelId: channel.channel.id, count: fresh, mentions: false };
}
