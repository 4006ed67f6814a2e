import { call } from './client';
import type { ChannelPatch, Id, NewChannel, NewInvitation, NotifyLevel, Role, WorkspacePatch } from './types';

const PAGE = 50;

export const createWorkspace = (name: string) => call('create_workspace', { body: { name } });
export const getWorkspace = (workspace_id: Id) => call('get_workspace', { path: { workspace_id } });
export const createInvitation = (workspace_id: Id, body: NewInvitation) =>
  call('create_invitation', { path: { workspace_id }, body });
export const listInvitations = (workspace_id: Id, after?: string) =>
  call('list_invitations', { path: { workspace_id }, query: { after, limit: PAGE } });
export const revokeInvitation = (workspace_id: Id, invitation_id: Id) =>
  call('revoke_invitation', { path: { workspace_id, invitation_id } });
export const updateWorkspace = (workspace_id: Id, body: WorkspacePatch) =>
  call('update_workspace', { path: { workspace_id }, body });
export const listWorkspaceMembers = (workspace_id: Id, q?: string, after?: string) =>
  call('list_workspace_members', { path: { workspace_id }, query: { q: q || undefined, after, limit: PAGE } });
export const updateWorkspaceMember = (workspace_id: Id, user_id: Id, role: Role) =>
  call('update_workspace_member', { path: { workspace_id, user_id }, body: { role } });
export const removeWorkspaceMember = (workspace_id: Id, user_id: Id) =>
  call('remove_workspace_member', { path: { workspace_id, user_id } });

export const listChannels = (workspace_id: Id, q?: string, archived?: boolean) =>
  call('list_channels', { path: { workspace_id }, query: { q: q || undefined, archived, limit: 2 * PAGE } });
export const createChannel = (workspace_id: Id, body: NewChannel) =>
  call('create_channel', { path: { workspace_id }, body });
export const openConversation = (user_ids: Id[]) => call('open_conversation', { body: { user_ids } });
export const getChannel = (channel_id: Id) => call('get_channel', { path: { channel_id } });
export const joinChannel = (channel_id: Id) => call('join_channel', { path: { channel_id } });
export const leaveChannel = (channel_id: Id) => call('leave_channel', { path: { channel_id } });
export const updateMembership = (channel_id: Id, notify: NotifyLevel) =>
  call('update_membership', { path: { channel_id }, body: { notify } });
export const updateChannel = (channel_id: Id, body: ChannelPatch) =>
  call('update_channel', { path: { channel_id }, body });
export const listChannelMembers = (channel_id: Id, q?: string, after?: string) =>
  call('list_channel_members', { path: { channel_id }, query: { q: q || undefined, after, limit: PAGE } });
export const removeChannelMember = (channel_id: Id, user_id: Id) =>
  call('remove_channel_member', { path: { channel_id, user_id } });
export const addChannelMembers = (channel_id: Id, user_ids: Id[]) =>
  call('add_channel_members', { path: { channel_id }, body: { user_ids } });

export const listUsersByIds = (ids: readonly Id[]) => call('list_users', { query: { ids: ids.join(',') } });
export const searchUsers = (q: string) => call('list_users', { query: { q, limit: 20 } });
