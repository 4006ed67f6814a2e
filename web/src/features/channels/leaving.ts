import type { ChannelState } from '../../api/types';
import { leaveChannel } from '../../api/workspaces';
import { entities } from '../../entities/entities';
import { navigate } from '../../lib/router';

/** Out of the channel, and on to the one everybody is in. */
export async function leaveAndGo(channel: ChannelState): Promise<void> {
  const { id, workspace_id: workspaceId } = channel.channel;
  await leaveChannel(id);
  const home = entities.state.workspaces.get(workspaceId ?? '')?.workspace.default_channel_id;
  navigate(home && home !== id ? { name: 'channel', workspaceId, channelId: home } : { name: 'home' }, 'replace');
}

/** The channel everybody is in cannot be left. */
export function mayLeave(channel: ChannelState): boolean {
  const { id, kind, workspace_id: workspaceId } = channel.channel;
  if (kind === 'direct' || kind === 'group') return false;
  const workspace = entities.state.workspaces.get(workspaceId ?? '');
  return workspace?.role === 'guest' || workspace?.workspace.default_channel_id !== id;
}
