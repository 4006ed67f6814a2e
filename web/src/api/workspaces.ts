import { get, patch, post } from './client';
import type {
  ChannelMemberItem,
  ChannelState,
  ChannelView,
  CreatedInvitation,
  Id,
  MembershipView,
  NewChannel,
  NewInvitation,
  NotifyLevel,
  Page,
  UserView,
  WorkspaceMemberItem,
  WorkspaceState,
} from './types';

export const createWorkspace = (name: string) => post<WorkspaceState>('/workspaces', { name });
export const getWorkspace = (id: Id) => get<WorkspaceState>(`/workspaces/${id}`);
export const createInvitation = (workspaceId: Id, invitation: NewInvitation) =>
  post<CreatedInvitation>(`/workspaces/${workspaceId}/invitations`, invitation);
export const listWorkspaceMembers = (workspaceId: Id, q?: string, after?: string) =>
  get<Page<WorkspaceMemberItem>>(`/workspaces/${workspaceId}/members`, { q: q || undefined, after, limit: 50 });

export const listChannels = (workspaceId: Id, q?: string, after?: string) =>
  get<Page<ChannelView>>(`/workspaces/${workspaceId}/channels`, { q: q || undefined, after, limit: 100 });
export const createChannel = (workspaceId: Id, channel: NewChannel) =>
  post<ChannelState>(`/workspaces/${workspaceId}/channels`, channel);
export const openConversation = (user_ids: Id[]) => post<ChannelState>('/conversations', { user_ids });
export const getChannel = (id: Id) => get<ChannelState>(`/channels/${id}`);
export const joinChannel = (id: Id) => post<ChannelState>(`/channels/${id}/join`);
export const leaveChannel = (id: Id) => post<void>(`/channels/${id}/leave`);
export const updateMembership = (id: Id, notify: NotifyLevel) =>
  patch<MembershipView>(`/channels/${id}/membership`, { notify });
export const listChannelMembers = (id: Id, q?: string, after?: string) =>
  get<Page<ChannelMemberItem>>(`/channels/${id}/members`, { q: q || undefined, after, limit: 50 });
export const addChannelMembers = (id: Id, user_ids: Id[]) =>
  post<Page<ChannelMemberItem>>(`/channels/${id}/members`, { user_ids });

export const listUsersByIds = (ids: readonly Id[]) => get<Page<UserView>>('/users', { ids: ids.join(',') });
export const searchUsers = (q: string) => get<Page<UserView>>('/users', { q, limit: 20 });
