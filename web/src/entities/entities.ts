/**
 * The normalised store and its one door. Everything the server says, by REST or by socket, enters through
 * `ingest`; nothing else writes. Readers subscribe per id (see `hooks.ts`).
 */
import type { Badge, Changes, JournalEvent, JournalKey, PresenceUpdate, Snapshot, Vector } from '../api/events';
import type {
  AccountView,
  ChannelState,
  ChannelView,
  Cursor,
  Id,
  MessagePage,
  MessageView,
  UserView,
  WorkspaceState,
} from '../api/types';
import { putBadge } from './counting';
import { applyEvent, headAt } from './reducers';
import { putChannelState, putChannelView, putMessage, putUser } from './rows';
import {
  type Change,
  channelJournal,
  INSTANCE_JOURNAL,
  ME,
  ONE,
  State,
  splitJournal,
  typingKey,
  userJournal,
  workspaceJournal,
} from './state';

const TYPING_MS = 6_000;
const MOST_TYPISTS = 5;

export type Input =
  | { kind: 'snapshot'; snapshot: Snapshot }
  | { kind: 'event'; event: JournalEvent }
  | { kind: 'changes'; journal: JournalKey; changes: Changes }
  /** Events read again beside the stream: rows are applied, positions stay. */
  | { kind: 'replay'; events: JournalEvent[] }
  /** A page of messages; with `follow` the channel's journal is followed from here. */
  | { kind: 'page'; channelId: Id; page: MessagePage; follow?: boolean }
  | { kind: 'message'; message: MessageView }
  | { kind: 'channel_state'; channel: ChannelState }
  | { kind: 'channels_listed'; channels: ChannelView[] }
  | { kind: 'workspace_state'; workspace: WorkspaceState }
  | { kind: 'users'; users: UserView[] }
  /** One's own account, as read or changed. */
  | { kind: 'account'; account: AccountView }
  | { kind: 'badges'; badges: Badge[] }
  | { kind: 'presence'; updates: PresenceUpdate[] }
  | { kind: 'typing'; channelId: Id; threadId?: Id; userId: Id; now: number }
  | { kind: 'typing_expired'; now: number }
  /** My reading, before the server has answered. */
  | { kind: 'read'; channelId: Id; number: number; mentions?: number }
  | { kind: 'cursor'; channelId: Id; cursor: Cursor }
  | { kind: 'unfollow'; channelId: Id }
  | { kind: 'forget_messages'; ids: readonly Id[] }
  | { kind: 'signed_out' };

type Handlers = { [K in Input['kind']]: (state: State, input: Extract<Input, { kind: K }>) => void };

function position(state: State, event: JournalEvent): void {
  const held = state.positions.get(event.journal);
  const { kind, id } = splitJournal(event.journal);
  if (kind === 'channel') headAt(state, id, event.version);
  if (held === undefined || event.version <= held) return;
  if ((event.from_version ?? event.version) <= held + 1) {
    state.positions.set(event.journal, event.version);
    return;
  }
  state.seen.set(event.journal, Math.max(state.seen.get(event.journal) ?? 0, event.version));
  state.told.push({ type: 'gap', journal: event.journal });
}

function takeSnapshot(state: State, snapshot: Snapshot): void {
  const first = state.epoch === '';
  state.clear();
  state.epoch = snapshot.epoch;
  state.me.set(ME, snapshot.me);
  putUser(state, snapshot.me);
  state.instance.set(ONE, snapshot.instance);
  for (const user of snapshot.users) putUser(state, user);
  for (const workspace of snapshot.workspaces) takeWorkspace(state, workspace);
  for (const channel of snapshot.channels) putChannelState(state, channel);
  state.positions.set(INSTANCE_JOURNAL, snapshot.instance_head);
  state.positions.set(userJournal(snapshot.me.id), snapshot.user_head);
  state.meta.set(ONE, { ready: true });
  if (!first) state.told.push({ type: 'everything_reset' });
  if (snapshot.more_channels) state.told.push({ type: 'more_channels' });
}

function takeWorkspace(state: State, next: WorkspaceState): void {
  const held = state.workspaces.get(next.workspace.id);
  const workspace = held && held.workspace.version > next.workspace.version ? held.workspace : next.workspace;
  state.workspaces.set(next.workspace.id, { ...next, workspace });
  const journal = workspaceJournal(next.workspace.id);
  if (!state.positions.has(journal)) state.positions.set(journal, next.head);
}

function takeChanges(state: State, journal: JournalKey, changes: Changes): void {
  const { kind, id } = splitJournal(journal);
  if (changes.reset) {
    state.positions.set(journal, changes.up_to);
    if (kind === 'channel') state.told.push({ type: 'channel_reset', channelId: id });
    else if (kind === 'workspace') state.told.push({ type: 'need_workspace_reload', workspaceId: id });
    else state.told.push({ type: 'everything_reset' });
    return;
  }
  for (const event of changes.events) applyEvent(state, event, event.version);
  const held = state.positions.get(journal) ?? 0;
  if (changes.up_to > held) state.positions.set(journal, changes.up_to);
  if (kind === 'channel') headAt(state, id, changes.up_to);
  const wanted = state.seen.get(journal);
  if (changes.more || (wanted !== undefined && wanted > changes.up_to)) state.told.push({ type: 'gap', journal });
  else state.seen.delete(journal);
}

function takeTyping(state: State, key: string, userId: Id, now: number): void {
  const others = (state.typing.get(key) ?? []).filter((t) => t.userId !== userId && t.until > now);
  state.typing.set(key, [...others, { userId, until: now + TYPING_MS }].slice(-MOST_TYPISTS));
}

function stopTyping(state: State, message: MessageView): void {
  const key = typingKey(message.channel_id, message.thread_id);
  const list = state.typing.get(key);
  if (list?.some((t) => t.userId === message.author_id))
    state.typing.set(
      key,
      list.filter((t) => t.userId !== message.author_id),
    );
}

const handlers: Handlers = {
  snapshot: (state, { snapshot }) => takeSnapshot(state, snapshot),
  event: (state, { event }) => {
    applyEvent(state, event, event.version);
    if (event.type === 'message_created') stopTyping(state, event.data.message);
    position(state, event);
  },
  changes: (state, { journal, changes }) => takeChanges(state, journal, changes),
  replay: (state, { events }) => {
    for (const event of events) applyEvent(state, event, event.version);
  },
  page: (state, { channelId, page, follow }) => {
    for (const user of page.users) putUser(state, user);
    for (const message of page.messages) putMessage(state, message);
    const held = state.channels.get(channelId);
    if (held && page.head.version > held.head.version) state.channels.set(channelId, { ...held, head: page.head });
    const journal = channelJournal(channelId);
    if (follow && !state.positions.has(journal)) state.positions.set(journal, page.head.version);
  },
  message: (state, { message }) => {
    const { taken } = putMessage(state, message);
    const channel = state.channels.get(message.channel_id);
    if (channel && channel.head.last_number < message.number) {
      const main = message.thread_id ? channel.head.last_main_number : message.number;
      const head = { ...channel.head, last_number: message.number, last_main_number: main };
      state.channels.set(message.channel_id, { ...channel, head });
    }
    if (taken) state.told.push({ type: 'message', message, created: true });
  },
  channel_state: (state, { channel }) => putChannelState(state, channel),
  channels_listed: (state, { channels }) => {
    for (const channel of channels) putChannelView(state, channel);
  },
  workspace_state: (state, { workspace }) => takeWorkspace(state, workspace),
  users: (state, { users }) => {
    for (const user of users) putUser(state, user);
  },
  account: (state, { account }) => {
    putUser(state, account);
    const held = state.me.get(ME);
    // E-mail and role on the instance have no version of their own: what was read last is what holds.
    if (held?.id === account.id && held.version <= account.version) state.me.set(ME, account);
  },
  badges: (state, { badges }) => {
    for (const badge of badges) {
      const held = state.channels.get(badge.channel_id);
      if (held) putBadge(state, held, badge);
    }
  },
  presence: (state, { updates }) => {
    for (const { user_id, status } of updates) state.presence.set(user_id, status);
  },
  typing: (state, { channelId, threadId, userId, now }) => {
    if (userId !== state.myId) takeTyping(state, typingKey(channelId, threadId), userId, now);
  },
  typing_expired: (state, { now }) => {
    for (const [key, list] of state.typing.entries()) {
      const live = list.filter((t) => t.until > now);
      if (live.length === 0) state.typing.delete(key);
      else if (live.length < list.length) state.typing.set(key, live);
    }
  },
  read: (state, { channelId, number, mentions }) => {
    const held = state.channels.get(channelId);
    if (!held) return;
    const cursor = { ...held.cursor, last_read_number: number };
    const all = number >= held.head.last_number || number >= held.head.last_main_number;
    state.channels.set(channelId, { ...held, cursor, mention_count: mentions ?? (all ? 0 : held.mention_count) });
  },
  cursor: (state, { channelId, cursor }) => {
    const held = state.channels.get(channelId);
    if (held && held.cursor.version <= cursor.version) state.channels.set(channelId, { ...held, cursor });
  },
  unfollow: (state, { channelId }) => {
    state.positions.delete(channelJournal(channelId));
    state.seen.delete(channelJournal(channelId));
  },
  forget_messages: (state, { ids }) => {
    for (const id of ids) state.messages.delete(id);
  },
  signed_out: (state) => {
    state.clear();
    state.told.push({ type: 'everything_reset' });
  },
};

export class Entities {
  readonly state = new State();
  private readonly listeners = new Set<(change: Change) => void>();

  ingest(input: Input): void {
    const handle = handlers[input.kind] as (state: State, input: Input) => void;
    handle(this.state, input);
    const told = this.state.told.splice(0);
    for (const table of this.state.tables()) table.flush();
    for (const change of told) for (const listener of [...this.listeners]) listener(change);
  }

  /** What features and the connection need to know beyond the rows. */
  onChange(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  position(journal: JournalKey): number | undefined {
    return this.state.positions.get(journal);
  }

  /** What to resume from; channels are resumed by their own subscription. */
  vector(): Vector | undefined {
    const { epoch, positions, myId } = this.state;
    if (epoch === '' || myId === '') return undefined;
    const workspaces: Record<Id, number> = {};
    for (const [journal, at] of positions) {
      const { kind, id } = splitJournal(journal);
      if (kind === 'workspace') workspaces[id] = at;
    }
    const instance = positions.get(INSTANCE_JOURNAL) ?? 0;
    return { epoch, instance, user: positions.get(userJournal(myId)) ?? 0, workspaces, channels: {} };
  }
}

/** The client's one store. Tests make their own. */
export const entities = new Entities();
