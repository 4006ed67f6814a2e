import { call } from './client';
import type { Id, NewChannel, NewInvitation, NotifyLevel } from './types';

const PAGE = 50;

export const createWorkspace = (name: string) => call('create_workspace', { body: { name } });
export const getWorkspace = (workspace_id: Id) => call('get_workspace', { path: { workspace_id } });
export const createInvitation = (workspace_id: Id, body: NewInvitation) =>
  call('create_invitation', { path: { workspace_id }, body });
export const listWorkspaceMembers = (workspace_id: Id, q?: string) =>
  call('list_workspace_members', { path: { workspace_id }, query: { q: q || undefined, limit: PAGE } });

export const listChannels = (workspace_id: Id, q?: string) =>
  call('list_channels', { path: { workspace_id }, query: { q: q || undefined, limit: 2 * PAGE } });
export const createChannel = (workspace_id: Id, body: NewChannel) =>
  call('create_channel', { path: { workspace_id }, body });
export const openConversation = (user_ids: Id[]) => call('open_conversation', { body: { user_ids } });
export const getChannel = (channel_id: Id) => call('get_channel', { path: { channel_id } });
export const joinChannel = (channel_id: Id) => call('join_channel', { path: { channel_id } });
export const leaveChannel = (channel_id: Id) => call('leave_channel', { path: { channel_id } });
export const updateMembership = (channel_id: Id, notify: NotifyLevel) =>
  call('update_membership', { path: { channel_id }, body: { notify } });
export const listChannelMembers = (channel_id: Id, q?: string) =>
  call('list_channel_members', { path: { channel_id }, query: { q: q || undefined, limit: PAGE } });
export const addChannelMembers = (channel_id: Id, user_ids: Id[]) =>
  call('add_channel_members', { path: { channel_id }, body: { user_ids } });

export const listUsersByIds = (ids: readonly Id[]) => call('list_users', { query: { ids: ids.join(',') } });
export const searchUsers = (q: string) => call('list_users', { query: { q, limit: 20 } });
