/** Where the person was last: the workspace for conversations (which belong to none), the channel per workspace. */
import type { Id } from '../../api/types';
import { entities } from '../../entities/entities';
import type { Route } from '../../lib/router';

const WORKSPACE = 'plexichat.workspace';
const CHANNEL = 'plexichat.channel.';

export function currentWorkspaceId(): Id | undefined {
  const stored = localStorage.getItem(WORKSPACE) ?? '';
  const { workspaces } = entities.state;
  return workspaces.has(stored) ? stored : workspaces.values()[0]?.workspace.id;
}

export function rememberPlace(workspaceId: Id | undefined, channelId: Id): void {
  if (workspaceId) localStorage.setItem(WORKSPACE, workspaceId);
  const owner = workspaceId ?? currentWorkspaceId();
  if (owner) localStorage.setItem(CHANNEL + owner, channelId);
}

/** The channel to show when a workspace is chosen: the last one, the one everybody is in, or any. */
export function lastChannelOf(workspaceId: Id): Route | undefined {
  const { channels, workspaces } = entities.state;
  const wanted = [
    localStorage.getItem(CHANNEL + workspaceId) ?? '',
    workspaces.get(workspaceId)?.workspace.default_channel_id ?? '',
  ];
  const own = channels.values().find((c) => c.channel.workspace_id === workspaceId);
  const found = wanted.map((id) => channels.get(id)).find((c) => c !== undefined) ?? own;
  if (!found) return undefined;
  return { name: 'channel', workspaceId: found.channel.workspace_id, channelId: found.channel.id };
}
