/**
 * The words on the wire, as `crates/model` spells them. Ids are decimal strings (64 bits do not fit a
 * number), times RFC 3339 strings. Enums are open: readers meet unknown values with a default.
 */
import type { PermissionName } from './permissions';

export type Id = string;
export type Role = 'owner' | 'admin' | 'member' | 'guest';

export type UserView = {
  id: Id;
  handle: string;
  display_name: string;
  kind: 'person' | 'bot' | 'system';
  status: 'active' | 'suspended' | 'deactivated';
  version: number;
};
export type AccountView = UserView & {
  email?: string;
  instance_role: 'owner' | 'admin' | 'member';
  created_at: string;
};
export type PresenceStatus = 'online' | 'offline' | 'unknown';

export type InstanceView = { name: string; version: number };

export type WorkspaceView = {
  id: Id;
  name: string;
  description: string;
  default_channel_id: Id;
  created_at: string;
  version: number;
};
export type WorkspaceState = { workspace: WorkspaceView; role: Role; permissions: PermissionName[]; head: number };
export type WorkspaceMemberView = {
  workspace_id: Id;
  user_id: Id;
  role: Role;
  joined_at: string;
  removed: boolean;
  version: number;
};
export type WorkspaceMemberItem = WorkspaceMemberView & { user: UserView };

export type ChannelKind = 'public' | 'private' | 'announcement' | 'direct' | 'group';
export type ChannelView = {
  id: Id;
  workspace_id?: Id;
  kind: ChannelKind;
  name: string;
  topic: string;
  archived: boolean;
  created_by: Id;
  created_at: string;
  version: number;
  participants?: Id[];
};
export type ChannelHead = { version: number; last_number: number; last_main_number: number; first_number: number };
export type NotifyLevel = 'all' | 'mentions' | 'muted';
export type Cursor = { last_read_number: number; version: number };
export type ChannelState = {
  channel: ChannelView;
  head: ChannelHead;
  cursor: Cursor;
  notify: NotifyLevel;
  permissions: PermissionName[];
  mention_count: number;
  membership_version: number;
};
export type ChannelMemberView = {
  channel_id: Id;
  user_id: Id;
  joined_at: string;
  joined_number: number;
  removed: boolean;
  version: number;
};
export type ChannelMemberItem = ChannelMemberView & { user: UserView };
export type CursorUpdate = { last_read_number: number; mode?: 'advance' | 'set'; thread_id?: Id };

export type Mention = { user: Id } | 'everyone' | 'here' | { role: Role };
export type ReactionView = { emoji: string; count: number; user_ids: Id[]; me?: boolean };
export type ThreadView = {
  root_id: Id;
  channel_id: Id;
  reply_count: number;
  last_number: number;
  last_reply_at?: string;
  participants: Id[];
  version: number;
};
export type MessageView = {
  id: Id;
  channel_id: Id;
  number: number;
  version: number;
  author_id: Id;
  kind: 'user' | 'system';
  text: string;
  mentions?: Mention[];
  thread_id?: Id;
  created_at: string;
  edited_at?: string;
  deleted?: boolean;
  nonce?: string;
  reactions?: ReactionView[];
  thread?: ThreadView;
};
export type NewMessage = {
  nonce: string;
  text: string;
  thread_id?: Id;
  read_up_to?: number;
  confirm_broadcast?: boolean;
};
export type MessagePage = {
  messages: MessageView[];
  more_before: boolean;
  more_after: boolean;
  head: ChannelHead;
  users: UserView[];
};
export type Page<T> = { items: T[]; next?: string };

export type SessionView = {
  id: Id;
  device_name: string;
  created_at: string;
  last_seen_at: string;
  expires_at: string;
  current: boolean;
};
export type SignedIn = { account: AccountView; session: SessionView };
export type Joined = SignedIn & { workspace: WorkspaceView; channel_id: Id };
export type SetupState = { needed: boolean; server_version: string; min_password_chars: number };
export type NewAccount = { handle: string; display_name: string; password: string; email?: string };
export type NewInvitation = { role: Role; max_uses?: number; expires_in_hours?: number; channel_ids?: Id[] };
export type InvitationView = {
  id: Id;
  workspace_id: Id;
  role: Role;
  created_by: Id;
  created_at: string;
  expires_at: string;
  max_uses: number;
  uses: number;
  revoked: boolean;
};
export type CreatedInvitation = { invitation: InvitationView; path: string; code: string };
export type InvitationPreview = {
  workspace_name: string;
  invited_by: string;
  role: Role;
  channels: string[];
  expires_at: string;
};
export type NewChannel = { kind: ChannelKind; name: string; topic?: string; member_ids?: Id[] };
