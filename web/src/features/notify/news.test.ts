import { describe, expect, it } from 'vitest';
import { CHANNEL_ID, channel } from '../../test/rows';
import { newsOf, waitingIn } from './news';

const head = (last: number) => ({ version: last, last_number: last, last_main_number: last, first_number: 1 });
const quiet = channel();
const before = waitingIn(quiet);

describe('what is worth a notification', () => {
  it('is what is meant for the person, by how much more waits', () => {
    const named = channel({ head: head(12), mention_count: quiet.mention_count + 2 });
    expect(newsOf(named, before)).toEqual({ channelId: CHANNEL_ID, count: 2, mentions: true });
    expect(newsOf(channel({ head: head(12) }), before)).toBeUndefined();
  });

  it('is every unread message where that is wished', () => {
    expect(newsOf(channel({ head: head(13), notify: 'all' }), before)).toEqual({
      channelId: CHANNEL_ID,
      count: 3,
      mentions: false,
    });
  });

  it('is nothing in a muted channel, nothing that was read, and nothing at the first look', () => {
    const many = channel({ head: head(13), notify: 'muted', mention_count: 9 });
    expect(newsOf(many, before)).toBeUndefined();
    const read = channel({ head: head(13), notify: 'all', cursor: { last_read_number: 13, version: 2 } });
    expect(newsOf(read, before)).toBeUndefined();
    expect(newsOf(channel({ head: head(13), mention_count: 9 }), undefined)).toBeUndefined();
  });

  it('counts from what was read, not from what was seen to arrive', () => {
    const later = channel({ head: head(13), notify: 'all', cursor: { last_read_number: 12, version: 2 } });
    expect(newsOf(later, before)?.count).toBe(1);
  });
});
