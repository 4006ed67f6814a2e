/**
 * The words on the wire. What the server generates stands in `schema.gen.ts` and is only passed on here; the
 * REST bodies below are written by hand after `crates/model` until their operations are generated too.
 */
import type {
  AccountView,
  ChannelHead,
  ChannelKind,
  ChannelMemberView,
  MessageView,
  Role,
  UserView,
  WorkspaceMemberView,
  WorkspaceView,
} from './schema.gen';

export type {
  AccountView,
  ChannelHead,
  ChannelKind,
  ChannelMemberView,
  ChannelState,
  ChannelView,
  Cursor,
  CursorUpdate,
  InstanceView,
  MembershipView,
  Mention,
  MessageView,
  NewMessage,
  NotifyLevel,
  Permission,
  PresenceStatus,
  ReactionView,
  Role,
  ThreadView,
  UserView,
  WorkspaceMemberView,
  WorkspaceState,
  WorkspaceView,
} from './schema.gen';

export type Id = string;
export type WorkspaceMemberItem = WorkspaceMemberView & { user: UserView };

export type ChannelMemberItem = ChannelMemberView & { user: UserView };
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
