/**
 * One reducer per kind of durable event. An event carries the whole new state of one row, so applying one
 * twice, or an old one late, changes nothing. A new event type does not compile until it stands here.
 */
import type { Event, EventData, EventType, ReactionChange } from '../api/events';
import type { MessageView, ReactionView } from '../api/types';
import { countMessage, putCursor } from './counting';
import { isMeant } from './mentions';
import { dropChannel, putChannelView, putMessage, putThread, putUser, putWorkspaceView } from './rows';
import { ME, ONE, type State } from './state';

/** People named in a reaction; beyond it there is only the count. */
const REACTION_USERS = 20;

type Reducers = { [T in EventType]: (state: State, data: EventData<T>, version: number) => void };

/** Rows of a message event, its thread, the channel's counters and the badge. */
function takeMessage(state: State, message: MessageView, created: boolean, version: number, lastMain?: number): void {
  const { held, taken } = putMessage(state, message);
  const channel = state.channels.get(message.channel_id);
  if (channel && taken) {
    const meant = (row: MessageView | undefined) => (isMeant(state, channel, row) ? 1 : 0);
    // An edit of a row that is not held may have counted already: leave the badge to the next cursor event.
    const by = created || held ? meant(message) - meant(held) : 0;
    const mention_count = countMessage(state, channel, message.number, version, by);
    const head = {
      ...channel.head,
      last_number: Math.max(channel.head.last_number, message.number),
      ...(lastMain !== undefined && version >= channel.head.version ? { last_main_number: lastMain } : {}),
    };
    state.channels.set(message.channel_id, { ...channel, head, mention_count });
  }
  if (taken) state.told.push({ type: 'message', message, created });
}

function react(list: readonly ReactionView[], change: ReactionChange): ReactionView[] {
  const { emoji, user_id, removed, count } = change;
  if (count === 0) return list.filter((r) => r.emoji !== emoji);
  const held = list.find((r) => r.emoji === emoji);
  const others = (held?.user_ids ?? []).filter((id) => id !== user_id || !removed);
  const named = removed || others.includes(user_id) ? others : [...others, user_id].slice(0, REACTION_USERS);
  const next: ReactionView = { emoji, count, user_ids: named };
  return held ? list.map((r) => (r === held ? next : r)) : [...list, next];
}

const reducers: Reducers = {
  user_updated: (state, { user }) => {
    putUser(state, user);
    const me = state.me.get(ME);
    if (me?.id === user.id && me.version <= user.version) state.me.set(ME, { ...me, ...user });
  },
  instance_updated: (state, { instance }) => {
    const held = state.instance.get(ONE);
    if (!held || held.version <= instance.version) state.instance.set(ONE, instance);
  },
  workspace_updated: (state, { workspace }) => putWorkspaceView(state, workspace),
  workspace_member_updated: (state, { member, user }) => {
    putUser(state, user);
    const held = state.workspaces.get(member.workspace_id);
    if (held && member.user_id === state.myId && !member.removed && held.role !== member.role)
      state.workspaces.set(member.workspace_id, { ...held, role: member.role });
  },
  channel_listed: (state, { channel }) => putChannelView(state, channel),
  message_created: (state, { message, thread, last_main_number }, version) => {
    // A reply does not move the main timeline; what it says of it may be older than a delete before it.
    takeMessage(state, message, true, version, message.thread_id === undefined ? last_main_number : undefined);
    if (thread) putThread(state, thread);
  },
  message_updated: (state, { message }, version) => takeMessage(state, message, false, version),
  message_deleted: (state, { message, thread, last_main_number }, version) => {
    takeMessage(state, { ...message, deleted: true, text: '' }, false, version, last_main_number);
    if (thread) putThread(state, thread);
  },
  reaction_updated: (state, change) => {
    const held = state.messages.get(change.message_id);
    if (!held || held.deleted) return;
    const { reactions: _old, ...rest } = held;
    const reactions = react(held.reactions ?? [], change);
    state.messages.set(held.id, { ...rest, ...(reactions.length > 0 ? { reactions } : {}) });
  },
  thread_updated: (state, { thread }) => putThread(state, thread),
  channel_updated: (state, { channel }) => putChannelView(state, channel),
  channel_member_updated: (state, { user }) => putUser(state, user),
  overrides_updated: (state, { channel_id }) => {
    state.told.push({ type: 'need_channel', channelId: channel_id });
  },
  cursor_updated: (state, { channel_id, thread_id, cursor, mention_count, counted_to }) => {
    const held = state.channels.get(channel_id);
    if (!held || thread_id !== undefined || held.cursor.version > cursor.version) return;
    putCursor(state, held, cursor, mention_count, counted_to);
  },
  membership_updated: (state, { membership }) => {
    const held = state.channels.get(membership.channel_id);
    if (held && held.membership_version > membership.version) return;
    if (membership.removed) dropChannel(state, membership.channel_id);
    else if (!held) state.told.push({ type: 'need_channel', channelId: membership.channel_id });
    else
      state.channels.set(membership.channel_id, {
        ...held,
        notify: membership.notify,
        membership_version: membership.version,
      });
  },
  workspace_membership_updated: (state, { membership }) => {
    const { workspace_id, removed, role } = membership;
    const held = state.workspaces.get(workspace_id);
    if (removed) {
      state.workspaces.delete(workspace_id);
      state.positions.delete(`workspace:${workspace_id}`);
      for (const { channel } of state.channels.values())
        if (channel.workspace_id === workspace_id) dropChannel(state, channel.id);
      return;
    }
    if (held) state.workspaces.set(workspace_id, { ...held, role });
    // Permissions follow from the role and are the server's to say.
    state.told.push({ type: 'need_workspace', workspaceId: workspace_id });
  },
  session_revoked: (state, { session_id }) => {
    state.told.push({ type: 'session_revoked', sessionId: session_id });
  },
  account_updated: (state) => {
    state.told.push({ type: 'account_changed' });
  },
  nothing: () => undefined,
};

/** Applies one event's rows. Unknown types (of a newer server) change nothing; their version still counts. */
export function applyEvent(state: State, event: Event, version: number): void {
  const reduce = reducers[event.type] as ((s: State, data: unknown, v: number) => void) | undefined;
  reduce?.(state, event.data, version);
}

/** The head, and what the count holds, move with the journal's position, whatever the event was. */
export function headAt(state: State, channelId: string, version: number): void {
  const held = state.channels.get(channelId);
  if (!held || (held.head.version >= version && held.counted_to >= version)) return;
  const head = held.head.version < version ? { ...held.head, version } : held.head;
  state.channels.set(channelId, { ...held, head, counted_to: Math.max(held.counted_to, version) });
}
