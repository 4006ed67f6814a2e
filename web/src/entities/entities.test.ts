import { beforeEach, describe, expect, it } from 'vitest';
import type { JournalEvent } from '../api/events';
import { CHANNEL_ID, channel, created, ME_ID, message, OTHER_ID, page, snapshot, user } from '../test/rows';
import { Entities } from './entities';
import type { Change } from './state';

const JOURNAL = `channel:${CHANNEL_ID}`;
let entities: Entities;
let told: Change[];

const ingest = (event: JournalEvent) => entities.ingest({ kind: 'event', event });
const held = (id = CHANNEL_ID) => {
  const found = entities.state.channels.get(id);
  if (!found) throw new Error('not held');
  return found;
};

beforeEach(() => {
  entities = new Entities();
  told = [];
  entities.onChange((change) => told.push(change));
  entities.ingest({ kind: 'snapshot', snapshot: snapshot() });
  entities.ingest({ kind: 'page', channelId: CHANNEL_ID, page: page([9, 10]), follow: true });
});

describe('rows', () => {
  it('takes the newer version whatever the order of arrival', () => {
    const edited = { ...message(10, { version: 12, text: 'newer' }) };
    ingest({ journal: JOURNAL, version: 12, type: 'message_updated', data: { message: edited } });
    ingest({ journal: JOURNAL, version: 11, type: 'message_updated', data: { message: message(10, { version: 11 }) } });
    entities.ingest({ kind: 'page', channelId: CHANNEL_ID, page: page([10]) });
    expect(entities.state.messages.get('m10')?.text).toBe('newer');
  });

  it('applies an event twice without a difference', () => {
    const event = created(message(11, { mentions: [{ user: ME_ID }] }));
    ingest(event);
    const once = structuredClone(held());
    ingest(event);
    expect(held()).toEqual(once);
  });

  it('keeps reactions and thread through an edit, and drops the text of a deleted message', () => {
    const reactions = [{ emoji: '👍', count: 1, user_ids: [OTHER_ID] }];
    entities.ingest({ kind: 'message', message: message(10, { version: 11, reactions }) });
    ingest({
      journal: JOURNAL,
      version: 12,
      type: 'message_updated',
      data: { message: message(10, { version: 12, text: 'edited' }) },
    });
    expect(entities.state.messages.get('m10')?.reactions).toEqual(reactions);
    const gone = message(10, { version: 13, text: '', deleted: true });
    ingest({ journal: JOURNAL, version: 13, type: 'message_deleted', data: { message: gone, last_main_number: 9 } });
    expect(entities.state.messages.get('m10')).toMatchObject({ text: '', deleted: true });
    expect(entities.state.messages.get('m10')?.reactions).toBeUndefined();
    expect(held().head.last_main_number).toBe(9);
  });

  it('counts reactions as the server does', () => {
    const react = (version: number, count: number, removed: boolean) =>
      ingest({
        journal: JOURNAL,
        version,
        type: 'reaction_updated',
        data: { message_id: 'm10', number: 10, emoji: '🎉', user_id: OTHER_ID, removed, count, version },
      });
    react(11, 31, false);
    expect(entities.state.messages.get('m10')?.reactions).toEqual([{ emoji: '🎉', count: 31, user_ids: [OTHER_ID] }]);
    react(12, 30, true);
    expect(entities.state.messages.get('m10')?.reactions).toEqual([{ emoji: '🎉', count: 30, user_ids: [] }]);
    react(13, 0, true);
    expect(entities.state.messages.get('m10')?.reactions).toBeUndefined();
  });

  it('puts the thread of a reply on its root', () => {
    const thread = {
      root_id: 'm9',
      channel_id: CHANNEL_ID,
      reply_count: 1,
      last_number: 11,
      participants: [OTHER_ID],
      version: 11,
    };
    const reply = message(11, { thread_id: 'm9' });
    ingest({
      journal: JOURNAL,
      version: 11,
      type: 'message_created',
      data: { message: reply, thread, last_main_number: 10 },
    });
    expect(entities.state.messages.get('m9')?.thread).toEqual(thread);
    expect(held().head).toMatchObject({ last_number: 11, last_main_number: 10, version: 11 });
  });
});

describe('positions', () => {
  it('advances by one, or over a run of nothing', () => {
    ingest(created(message(11)));
    ingest({ journal: JOURNAL, version: 15, from_version: 12, type: 'nothing', data: {} });
    expect(entities.position(JOURNAL)).toBe(15);
    expect(told.some((change) => change.type === 'gap')).toBe(false);
  });

  it('tells a gap, does not step over it, and closes it with the changes', () => {
    ingest(created(message(13)));
    expect(entities.position(JOURNAL)).toBe(10);
    expect(told).toContainEqual({ type: 'gap', journal: JOURNAL });
    const events = [created(message(11)), created(message(12))];
    told.length = 0;
    entities.ingest({
      kind: 'changes',
      journal: JOURNAL,
      changes: { epoch: 'e1', up_to: 13, events, more: false, reset: false },
    });
    expect(entities.position(JOURNAL)).toBe(13);
    expect(told.some((change) => change.type === 'gap')).toBe(false);
  });

  it('asks again while the changes end below what was seen', () => {
    ingest(created(message(500)));
    told.length = 0;
    entities.ingest({
      kind: 'changes',
      journal: JOURNAL,
      changes: { epoch: 'e1', up_to: 210, events: [], more: true, reset: false },
    });
    expect(told).toContainEqual({ type: 'gap', journal: JOURNAL });
  });

  it('starts a journal anew on reset', () => {
    entities.ingest({
      kind: 'changes',
      journal: JOURNAL,
      changes: { epoch: 'e1', up_to: 90, events: [], more: false, reset: true },
    });
    expect(told).toContainEqual({ type: 'channel_reset', channelId: CHANNEL_ID });
    expect(entities.position(JOURNAL)).toBe(90);
  });

  it('drops everything for a new snapshot', () => {
    entities.ingest({ kind: 'snapshot', snapshot: snapshot([], { epoch: 'e2' }) });
    expect(entities.state.channels.size).toBe(0);
    expect(entities.state.messages.size).toBe(0);
    expect(told).toContainEqual({ type: 'everything_reset' });
  });
});

const moved = (version: number, read: number, mention_count: number, counted_to: number): JournalEvent => ({
  journal: `user:${ME_ID}`,
  version,
  type: 'cursor_updated',
  data: { channel_id: CHANNEL_ID, cursor: { last_read_number: read, version }, mention_count, counted_to },
});

const badge = (counted_from: number, version: number, new_mentions: number) => ({
  channel_id: CHANNEL_ID,
  last_main_number: version,
  version,
  new_mentions,
  counted_from,
});

describe('badges', () => {
  it('counts a mention of me, of everyone, of my role, but not of those who are here', () => {
    const mentions = [{ user: ME_ID }, 'everyone', { role: 'member' }, 'here', { role: 'admin' }] as const;
    mentions.forEach((mention, i) => {
      ingest(created(message(11 + i, { mentions: [mention] })));
    });
    expect(held().mention_count).toBe(3);
  });

  it('does not count my own messages, nor what is read', () => {
    ingest(created(message(11, { author_id: ME_ID, mentions: ['everyone'] })));
    entities.ingest({ kind: 'read', channelId: CHANNEL_ID, number: 12 });
    ingest(created(message(12, { mentions: ['everyone'] })));
    expect(held().mention_count).toBe(0);
  });

  it('counts everything in a conversation, and takes a deleted one back', () => {
    const direct = channel({}, { id: '20', kind: 'direct', participants: [ME_ID, OTHER_ID] });
    entities.ingest({ kind: 'channel_state', channel: direct });
    ingest(created(message(11, { channel_id: '20' })));
    expect(held('20').mention_count).toBe(1);
    const gone = message(11, { channel_id: '20', version: 12, deleted: true });
    ingest({
      journal: 'channel:20',
      version: 12,
      type: 'message_deleted',
      data: { message: gone, last_main_number: 10 },
    });
    expect(held('20').mention_count).toBe(0);
  });

  it('takes the cursor of another device by version', () => {
    ingest(moved(9, 9, 2, 10));
    ingest(moved(8, 5, 2, 10));
    expect(held().cursor).toEqual({ last_read_number: 9, version: 9 });
    expect(held().mention_count).toBe(2);
  });

  it('adds badge frames', () => {
    entities.ingest({ kind: 'badges', badges: [badge(50, 60, 3)] });
    expect(held()).toMatchObject({ mention_count: 3, head: { version: 60, last_main_number: 60 } });
  });

  it('holds up to its version, whichever journal is faster', () => {
    const direct = channel({ counted_to: 10 }, { kind: 'direct', participants: [ME_ID, OTHER_ID] });
    const deleted: JournalEvent = {
      journal: `channel:${CHANNEL_ID}`,
      version: 13,
      type: 'message_deleted',
      data: { message: message(12, { version: 13, deleted: true }), last_main_number: 11 },
    };
    const events = [created(message(11)), created(message(12)), deleted, created(message(13), 14)];
    const expected = [[2, 2, 2, 1, 2], [2, 2, 1, 2], [2, 1, 2], [1, 2], [2]];
    expected.forEach((counts, before) => {
      entities = new Entities();
      entities.ingest({ kind: 'snapshot', snapshot: snapshot([direct]) });
      entities.ingest({ kind: 'page', channelId: CHANNEL_ID, page: page([]), follow: true });
      for (const event of events.slice(0, before)) ingest(event);
      // The position went to 10 when the channel stood at 12: two messages count.
      ingest(moved(9, 10, 2, 12));
      const seen = [held().mention_count];
      for (const event of events.slice(before)) {
        ingest(event);
        seen.push(held().mention_count);
      }
      expect(seen).toEqual(counts);
    });
  });

  it('adds to a late count what it does not hold, and asks when that is not known', () => {
    entities.ingest({ kind: 'badges', badges: [badge(10, 12, 2)] });
    ingest(moved(9, 10, 1, 15));
    entities.ingest({ kind: 'badges', badges: [badge(12, 15, 3)] });
    expect(held()).toMatchObject({ mention_count: 1, head: { version: 15 } });
    expect(told).not.toContainEqual({ type: 'need_channel', channelId: CHANNEL_ID });
    entities.ingest({ kind: 'badges', badges: [badge(14, 17, 2)] });
    expect(told).toContainEqual({ type: 'need_channel', channelId: CHANNEL_ID });
    entities.ingest({ kind: 'badges', badges: [{ ...badge(20, 18, 0), mention_count: 7 }, badge(18, 20, 1)] });
    expect(held().mention_count).toBe(7);
    entities.ingest({ kind: 'badges', badges: [badge(20, 23, 2)] });
    ingest(moved(10, 10, 6, 20));
    expect(held().mention_count).toBe(8);
  });
});

describe('membership', () => {
  const membership = (channel_id: string, removed: boolean): JournalEvent => ({
    journal: `user:${ME_ID}`,
    version: 8,
    type: 'membership_updated',
    data: { membership: { channel_id, notify: 'all', removed, version: 8 } },
  });

  it('drops a channel with everything in it', () => {
    ingest(membership(CHANNEL_ID, true));
    expect(entities.state.channels.has(CHANNEL_ID)).toBe(false);
    expect(entities.state.messages.size).toBe(0);
    expect(entities.position(JOURNAL)).toBeUndefined();
  });

  it('asks for a channel that is new', () => {
    ingest(membership('77', false));
    expect(told).toContainEqual({ type: 'need_channel', channelId: '77' });
  });

  it('drops the channels of a workspace that was left', () => {
    const left = { workspace_id: '5', role: 'member' as const, removed: true, version: 9 };
    ingest({ journal: `user:${ME_ID}`, version: 9, type: 'workspace_membership_updated', data: { membership: left } });
    expect(entities.state.workspaces.size).toBe(0);
    expect(entities.state.channels.size).toBe(0);
  });
});

describe('reading', () => {
  it('tells only who listens to the row', () => {
    let mine = 0;
    let others = 0;
    entities.state.messages.subscribe('m10', () => {
      mine += 1;
    });
    entities.state.messages.subscribe('m9', () => {
      others += 1;
    });
    ingest({ journal: JOURNAL, version: 11, type: 'message_updated', data: { message: message(10, { version: 11 }) } });
    expect([mine, others]).toEqual([1, 0]);
  });

  it('forgets typists in time and on their message', () => {
    const typing = (userId: string) => entities.ingest({ kind: 'typing', channelId: CHANNEL_ID, userId, now: 1_000 });
    typing(OTHER_ID);
    typing('3');
    typing(ME_ID);
    expect(entities.state.typing.get(CHANNEL_ID)?.map((t) => t.userId)).toEqual([OTHER_ID, '3']);
    ingest(created(message(11)));
    expect(entities.state.typing.get(CHANNEL_ID)?.map((t) => t.userId)).toEqual(['3']);
    entities.ingest({ kind: 'typing_expired', now: 8_000 });
    expect(entities.state.typing.get(CHANNEL_ID)).toBeUndefined();
  });

  it('skips events of a newer server but keeps their version', () => {
    ingest({ journal: JOURNAL, version: 11, type: 'from_the_future', data: {} } as unknown as JournalEvent);
    expect(entities.position(JOURNAL)).toBe(11);
  });

  it('renames people everywhere, me included', () => {
    const renamed = user(ME_ID, { display_name: 'Noor', version: 5 });
    ingest({ journal: 'instance:0', version: 5, type: 'user_updated', data: { user: renamed } });
    expect(entities.state.users.get(ME_ID)?.display_name).toBe('Noor');
    expect(entities.state.me.get('me')?.display_name).toBe('Noor');
  });
});
