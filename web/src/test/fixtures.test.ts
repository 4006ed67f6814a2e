/**
 * State + events = state. The fixtures are recorded by the server's own tests: a snapshot and pages, what
 * happened, and the snapshot and pages afterwards. The client's reducers must come to the same.
 */
import { describe, expect, it } from 'vitest';
import type { JournalEvent, Snapshot } from '../api/events';
import type { ChannelState, MessagePage, MessageView } from '../api/types';
import { Entities } from '../entities/entities';

type Side = { snapshot: Snapshot; pages: Record<string, MessagePage> };
type Fixture = { name: string; me: string; before: Side; events: JournalEvent[]; after: Side };

const fixtures = import.meta.glob<Fixture>('./fixtures/*.json', { eager: true, import: 'default' });

function load(side: Side): Entities {
  const entities = new Entities();
  entities.ingest({ kind: 'snapshot', snapshot: side.snapshot });
  for (const [channelId, page] of Object.entries(side.pages))
    entities.ingest({ kind: 'page', channelId, page, follow: true });
  return entities;
}

/** `me` is the viewer's and absent from events; order of the named people may differ. */
function plain(message: MessageView | undefined) {
  if (!message) return undefined;
  const reactions = message.reactions?.map(({ emoji, count, user_ids }) => ({
    emoji,
    count,
    user_ids: [...user_ids].sort(),
  }));
  const { reactions: _reactions, nonce: _nonce, ...rest } = message;
  return { ...rest, ...(reactions && reactions.length > 0 ? { reactions } : {}) };
}

/** What the channel list shows. The permissions follow from roles and are asked for, not derived. */
function shown(state: ChannelState | undefined) {
  if (!state) return undefined;
  const { channel, head, cursor, notify, mention_count, counted_to } = state;
  return { channel, head, cursor, notify, mention_count, counted_to };
}

describe('recorded scenarios', () => {
  const list = Object.values(fixtures);
  it('are there: the server suite wrote them', () => expect(list.length).toBeGreaterThan(0));
  for (const fixture of list) {
    it(fixture.name, () => {
      const entities = load(fixture.before);
      const needed = new Set<string>();
      entities.onChange((change) => change.type === 'need_channel' && needed.add(change.channelId));
      for (const event of fixture.events) entities.ingest({ kind: 'event', event });
      const { state } = entities;
      // What a client would fetch on being told of a new channel is what the server has then.
      for (const channel of fixture.after.snapshot.channels)
        if (needed.has(channel.channel.id)) entities.ingest({ kind: 'channel_state', channel });
      const byId = (rows: readonly ChannelState[]) =>
        [...rows].map(shown).sort((a, b) => ((a?.channel.id ?? '') < (b?.channel.id ?? '') ? -1 : 1));
      expect(byId(state.channels.values())).toEqual(byId(fixture.after.snapshot.channels));
      for (const page of Object.values(fixture.after.pages))
        for (const message of page.messages) expect(plain(state.messages.get(message.id))).toEqual(plain(message));
      for (const user of fixture.after.snapshot.users) expect(state.users.get(user.id)).toEqual(user);
      expect(state.workspaces.values().map((w) => [w.workspace, w.role])).toEqual(
        fixture.after.snapshot.workspaces.map((w) => [w.workspace, w.role]),
      );
    });
  }
});
