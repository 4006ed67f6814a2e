/** Writing single rows: the last writer is decided by version, so the order of arrival does not matter. */
import type { ChannelState, ChannelView, Id, MessageView, ThreadView, UserView, WorkspaceView } from '../api/types';
import { rememberFrom, settled } from './counting';
import type { State } from './state';

export function putUser(state: State, user: UserView): void {
  const held = state.users.get(user.id);
  if (held && held.version > user.version) return;
  const { id, handle, display_name, kind, status, version } = user;
  if (held && held.version === version && held.display_name === display_name && held.status === status) return;
  state.users.set(id, { id, handle, display_name, kind, status, version });
}

export function putChannelView(state: State, channel: ChannelView): void {
  const held = state.channels.get(channel.id);
  if (held && held.channel.version < channel.version) {
    // A conversation's participants do not change; events may leave them out.
    const participants = channel.participants ?? held.channel.participants;
    state.channels.set(channel.id, { ...held, channel: { ...channel, ...(participants ? { participants } : {}) } });
  }
  if (channel.kind === 'public' || channel.kind === 'announcement') {
    const listed = state.listed.get(channel.id);
    if (!listed || listed.version < channel.version) state.listed.set(channel.id, channel);
  }
}

export function putWorkspaceView(state: State, workspace: WorkspaceView): void {
  const held = state.workspaces.get(workspace.id);
  if (held && held.workspace.version <= workspace.version) state.workspaces.set(workspace.id, { ...held, workspace });
}

/** A whole state from REST or a snapshot; parts of it may be older than what events already told. */
export function putChannelState(state: State, next: ChannelState): void {
  const held = state.channels.get(next.channel.id);
  if (!held) {
    rememberFrom(state, next.channel.id, next.counted_to);
    state.channels.set(next.channel.id, next);
  } else {
    const own = held.membership_version > next.membership_version ? held : next;
    state.channels.set(next.channel.id, {
      channel: held.channel.version > next.channel.version ? held.channel : next.channel,
      head: held.head.version > next.head.version ? held.head : next.head,
      notify: own.notify,
      permissions: next.permissions,
      ...settled(state, held, next),
      membership_version: own.membership_version,
    });
  }
  putChannelView(state, next.channel);
}

/**
 * Writes a message row if it is at least as new as the held one and says what was held before. Events about the
 * text leave reactions and thread out: what is held stays. A tombstone has neither text nor reactions.
 */
export function putMessage(state: State, message: MessageView): { held: MessageView | undefined; taken: boolean } {
  const held = state.messages.get(message.id);
  if (held && held.version > message.version) return { held, taken: false };
  const reactions = message.deleted ? undefined : (message.reactions ?? held?.reactions);
  const thread = newer(message.thread, held?.thread);
  const { reactions: _reactions, thread: _thread, ...row } = message;
  state.messages.set(message.id, { ...row, ...(reactions ? { reactions } : {}), ...(thread ? { thread } : {}) });
  return { held, taken: true };
}

function newer(a: ThreadView | undefined, b: ThreadView | undefined): ThreadView | undefined {
  if (!a || !b) return a ?? b;
  return a.version >= b.version ? a : b;
}

export function putThread(state: State, thread: ThreadView): void {
  const root = state.messages.get(thread.root_id);
  if (!root || (root.thread && root.thread.version > thread.version)) return;
  state.messages.set(root.id, { ...root, thread });
}

export function dropChannel(state: State, channelId: Id): void {
  state.channels.delete(channelId);
  state.steps.delete(channelId);
  state.positions.delete(`channel:${channelId}`);
  state.seen.delete(`channel:${channelId}`);
  for (const message of state.messages.values())
    if (message.channel_id === channelId) state.messages.delete(message.id);
  state.told.push({ type: 'channel_dropped', channelId });
}
