import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { entities } from '../../entities/entities';
import { CHANNEL_ID, channel, created, ME_ID, message, OTHER_ID, snapshot } from '../../test/rows';
import { useNotify } from './permission';
import { stopWatching, watchNews } from './watch';

type Shown = { title: string; body: string | undefined; tag: string | undefined };
let shown: Shown[];

class FakeNotification {
  static readonly permission = 'granted';
  onclick = null;
  constructor(title: string, { body, tag }: NotificationOptions) {
    shown.push({ title, body, tag });
  }
  close() {}
}

const arrives = (number: number, change = {}) =>
  entities.ingest({ kind: 'event', event: created(message(number, change)) });
const focused = (on: boolean) => vi.spyOn(document, 'hasFocus').mockReturnValue(on);

beforeEach(() => {
  vi.useFakeTimers();
  shown = [];
  vi.stubGlobal('Notification', FakeNotification);
  useNotify.setState({ state: 'on' });
  entities.ingest({ kind: 'snapshot', snapshot: snapshot([channel()]) });
  focused(false);
  watchNews();
});

afterEach(() => {
  stopWatching();
  vi.useRealTimers();
});

describe('notifications', () => {
  it('are one a channel, with how much came, after a moment', () => {
    arrives(11, { mentions: [{ user: ME_ID }] });
    arrives(12, { mentions: ['everyone'] });
    expect(shown).toEqual([]);
    vi.runAllTimers();
    expect(shown).toEqual([{ title: '#general', body: '2 mentions of you', tag: CHANNEL_ID }]);
  });

  it('carry the name of the person in a conversation', () => {
    const direct = channel({ notify: 'all' }, { id: '20', kind: 'direct', participants: [ME_ID, OTHER_ID] });
    entities.ingest({ kind: 'channel_state', channel: direct });
    arrives(11, { channel_id: '20' });
    vi.runAllTimers();
    expect(shown).toEqual([{ title: 'Priya Raman', body: '1 new message', tag: '20' }]);
  });

  it('stay away while the window is looked at, and for what was read meanwhile', () => {
    focused(true);
    arrives(11, { mentions: [{ user: ME_ID }] });
    vi.runAllTimers();
    focused(false);
    arrives(12, { mentions: [{ user: ME_ID }] });
    entities.ingest({ kind: 'read', channelId: CHANNEL_ID, number: 12 });
    vi.runAllTimers();
    expect(shown).toEqual([]);
  });

  it('end with the wish for them', () => {
    stopWatching();
    arrives(11, { mentions: [{ user: ME_ID }] });
    vi.runAllTimers();
    expect(shown).toEqual([]);
  });
});
