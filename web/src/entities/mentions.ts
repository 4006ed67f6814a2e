/** Who is meant by a message, seen from the signed-in person. */
import type { ChannelState, MessageView } from '../api/types';
import type { State } from './state';

export const COUNT_CAP = 100;

export function isConversation(channel: ChannelState): boolean {
  return channel.channel.kind === 'direct' || channel.channel.kind === 'group';
}

/** Whether the message names the person: by handle, by role, or everybody. `@here` tells only who is present. */
export function mentionsMe(state: State, message: MessageView): boolean {
  const role = state.workspaces.get(state.channels.get(message.channel_id)?.channel.workspace_id ?? '')?.role;
  return (message.mentions ?? []).some((mention) => {
    if (mention === 'everyone') return true;
    if (mention === 'here') return false;
    return 'user' in mention ? mention.user === state.myId : mention.role === role;
  });
}

/** Whether it is meant for me, read or not: by somebody else and naming me (in a conversation everything is). */
export function isMeant(state: State, channel: ChannelState, message: MessageView | undefined): boolean {
  if (!message || message.deleted || message.kind === 'system' || message.author_id === state.myId) return false;
  return isConversation(channel) || mentionsMe(state, message);
}
