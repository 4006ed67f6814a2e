import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { PageAt } from '../../api/messages';
import { unreachable } from '../../api/problem';
import type { MessagePage } from '../../api/types';
import { Entities } from '../../entities/entities';
import { CHANNEL_ID, channel, created, ME_ID, message, page, snapshot } from '../../test/rows';
import { listRows } from './rows';
import { Timeline } from './timeline';
import { MOST_HELD, Timelines } from './timelines';

let entities: Entities;
let asked: PageAt[];
let answer: (at: PageAt) => MessagePage;
let replay: ReturnType<typeof vi.fn<(channelId: string, after: number) => Promise<void>>>;

const outside = () => ({
  entities,
  replay,
  load: async (_channel: string, at: PageAt) => {
    asked.push(at);
    return answer(at);
  },
});
const timeline = () => new Timeline(CHANNEL_ID, undefined, outside());
const numbers = (t: Timeline) => t.get().window.rows.map((row) => row.number);
const unread = (cursor: number) => channel({ cursor: { last_read_number: cursor, version: 1 } });

beforeEach(() => {
  entities = new Entities();
  entities.ingest({ kind: 'snapshot', snapshot: snapshot() });
  asked = [];
  answer = () => page([8, 9, 10]);
  replay = vi.fn(async () => undefined);
});

describe('opening', () => {
  it('shows the newest when everything is read', async () => {
    const t = timeline();
    await t.open();
    expect(asked).toEqual([{}]);
    expect(t.get()).toMatchObject({ status: 'ready', newAfter: undefined });
    expect(numbers(t)).toEqual([8, 9, 10]);
  });

  it('opens around the first unread with the New line after what was read', async () => {
    entities.ingest({ kind: 'snapshot', snapshot: snapshot([unread(4)]) });
    const t = timeline();
    await t.open();
    expect(asked).toEqual([{ around: 4 }]);
    expect(t.get().newAfter).toBe(4);
  });

  it('opens around a number that was asked for', async () => {
    const t = timeline();
    await t.open(3);
    expect(asked).toEqual([{ around: 3 }]);
    expect(t.get().target).toBe(3);
  });

  it('follows the journal from the page', async () => {
    await timeline().open();
    expect(entities.position(`channel:${CHANNEL_ID}`)).toBe(10);
  });

  it('says when it failed, and loads on another try', async () => {
    const t = timeline();
    answer = () => {
      throw unreachable();
    };
    await t.open();
    expect(t.get()).toMatchObject({ status: 'failed', error: { code: 'unreachable' } });
    answer = () => page([10]);
    await t.open();
    expect(t.get().status).toBe('ready');
  });
});

describe('paging', () => {
  it('loads older and newer once at a time', async () => {
    answer = (at) => ('before' in at ? page([6, 7]) : page([8, 9], { more_before: true, more_after: true }));
    const t = timeline();
    await t.open();
    await Promise.all([t.loadBefore(), t.loadBefore()]);
    expect(asked).toEqual([{}, { before: 8 }]);
    expect(numbers(t)).toEqual([6, 7, 8, 9]);
    expect(t.get().grewAtStart).toBe(true);
  });

  it('reads again what changed while an older page was under way', async () => {
    const t = timeline();
    answer = (at) =>
      'before' in at ? page([7], { head: { ...channel().head, version: 9 } }) : page([8, 9, 10], { more_before: true });
    await t.open();
    await t.loadBefore();
    expect(replay).toHaveBeenCalledWith(CHANNEL_ID, 9);
  });

  it('jumps to the latest in one step', async () => {
    entities.ingest({ kind: 'snapshot', snapshot: snapshot([unread(2)]) });
    answer = (at) => ('around' in at ? page([1, 2, 3], { more_after: true }) : page([90, 91]));
    const t = timeline();
    await t.open();
    await t.toLatest();
    expect(numbers(t)).toEqual([90, 91]);
  });
});

describe('many timelines', () => {
  const follow = { follow: vi.fn(async () => undefined), unfollow: vi.fn() };

  it('puts messages where they belong', async () => {
    const all = new Timelines(outside(), follow);
    entities.onChange((change) => all.handle(change));
    const main = all.show(CHANNEL_ID);
    const thread = all.show(CHANNEL_ID, 'm9');
    await vi.waitFor(() => expect(thread.get().status).toBe('ready'));
    entities.ingest({ kind: 'event', event: created(message(11)) });
    entities.ingest({ kind: 'event', event: created(message(12, { thread_id: 'm9' })) });
    expect(numbers(main)).toEqual([8, 9, 10, 11]);
    expect(numbers(thread)).toEqual([8, 9, 10, 12]);
  });

  it('lets the least recently shown go, with its subscription and its messages', async () => {
    const all = new Timelines(outside(), follow);
    for (let n = 0; n <= MOST_HELD; n += 1) all.show(String(100 + n));
    await vi.waitFor(() => expect(follow.unfollow).toHaveBeenCalledWith('100'));
    expect(follow.unfollow).toHaveBeenCalledTimes(1);
  });

  it('starts the New line anew when a channel is shown again', async () => {
    const all = new Timelines(outside(), follow);
    entities.onChange((change) => all.handle(change));
    const t = all.enter(CHANNEL_ID);
    await vi.waitFor(() => expect(t.get().status).toBe('ready'));
    expect(t.get().newAfter).toBeUndefined();
    entities.ingest({ kind: 'event', event: created(message(11)) });
    all.enter(CHANNEL_ID);
    expect(t.get().newAfter).toBe(10);
  });
});

describe('the rows of the list', () => {
  const rows = (window: MessagePage, newAfter?: number) => {
    entities.ingest({ kind: 'page', channelId: CHANNEL_ID, page: window });
    const list = window.messages.map(({ id, number }) => ({ id, number }));
    const get = (id: string) => entities.state.messages.get(id);
    return listRows({ rows: list, moreBefore: true, moreAfter: false }, [], newAfter, ME_ID, get);
  };
  const at = (n: number, time: string, change = {}) => message(n, { created_at: time, ...change });

  it('groups what one person writes within five minutes, and starts days', () => {
    const list = rows({
      ...page([]),
      messages: [
        at(1, '2026-11-20T10:00:00Z'),
        at(2, '2026-11-20T10:04:00Z'),
        at(3, '2026-11-20T10:10:00Z'),
        at(4, '2026-11-20T10:11:00Z', { author_id: ME_ID }),
        at(5, '2026-11-22T10:11:30Z', { author_id: ME_ID }),
      ],
    });
    expect(list.map((row) => row.joined)).toEqual([false, true, false, false, false]);
    expect(list.map((row) => row.day !== undefined)).toEqual([true, false, false, false, true]);
  });

  it('puts the New line once, above the first unread of somebody else', () => {
    const list = rows(
      {
        ...page([]),
        messages: [
          at(1, '2026-11-20T10:00:00Z'),
          at(2, '2026-11-20T10:00:01Z', { author_id: ME_ID }),
          at(3, '2026-11-20T10:00:02Z'),
          at(4, '2026-11-20T10:00:03Z'),
        ],
      },
      1,
    );
    expect(list.map((row) => row.kind === 'message' && row.isNew)).toEqual([false, false, true, false]);
  });
});
