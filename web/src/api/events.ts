/** Journals, durable events, snapshot and gateway frames, as `crates/model` spells them. */

import type { Problem } from './problem';
import type {
  AccountView,
  ChannelMemberView,
  ChannelState,
  ChannelView,
  Cursor,
  CursorUpdate,
  Id,
  InstanceView,
  MessageView,
  NewMessage,
  NotifyLevel,
  PresenceStatus,
  Role,
  ThreadView,
  UserView,
  WorkspaceMemberView,
  WorkspaceState,
  WorkspaceView,
} from './types';

/** `instance:0`, `workspace:ID`, `channel:ID` or `user:ID`. */
export type JournalKey = string;

export type EventBody =
  | { type: 'user_updated'; data: { user: UserView } }
  | { type: 'instance_updated'; data: { instance: InstanceView } }
  | { type: 'workspace_updated'; data: { workspace: WorkspaceView } }
  | { type: 'workspace_member_updated'; data: { member: WorkspaceMemberView; user: UserView } }
  | { type: 'channel_listed'; data: { channel: ChannelView } }
  | { type: 'message_created'; data: { message: MessageView; thread?: ThreadView; last_main_number: number } }
  | { type: 'message_updated'; data: { message: MessageView } }
  | { type: 'message_deleted'; data: { message: MessageView; thread?: ThreadView; last_main_number: number } }
  | { type: 'reaction_updated'; data: ReactionChange }
  | { type: 'thread_updated'; data: { thread: ThreadView } }
  | { type: 'channel_updated'; data: { channel: ChannelView } }
  | { type: 'channel_member_updated'; data: { member: ChannelMemberView; user: UserView } }
  | { type: 'overrides_updated'; data: { channel_id: Id; version: number } }
  | { type: 'cursor_updated'; data: { channel_id: Id; thread_id?: Id; cursor: Cursor; mention_count: number } }
  | { type: 'membership_updated'; data: { membership: MembershipView } }
  | { type: 'workspace_membership_updated'; data: { membership: WorkspaceMembershipView } }
  | { type: 'session_revoked'; data: { session_id: Id } }
  | { type: 'account_updated'; data: Record<string, never> }
  | { type: 'nothing'; data: Record<string, never> };

export type EventType = EventBody['type'];
export type EventData<T extends EventType> = Extract<EventBody, { type: T }>['data'];
export type JournalEvent = { journal: JournalKey; version: number; from_version?: number } & EventBody;

export type ReactionChange = {
  message_id: Id;
  number: number;
  emoji: string;
  user_id: Id;
  removed: boolean;
  count: number;
  version: number;
};
export type MembershipView = { channel_id: Id; notify: NotifyLevel; removed: boolean; version: number };
export type WorkspaceMembershipView = { workspace_id: Id; role: Role; removed: boolean; version: number };

export type Vector = {
  epoch: string;
  instance: number;
  user: number;
  workspaces: Record<Id, number>;
  channels: Record<Id, number>;
};
export type Snapshot = {
  epoch: string;
  instance: InstanceView;
  instance_head: number;
  me: AccountView;
  user_head: number;
  workspaces: WorkspaceState[];
  channels: ChannelState[];
  more_channels: boolean;
  users: UserView[];
};
export type Changes = { epoch: string; up_to: number; events: JournalEvent[]; more: boolean; reset: boolean };
export type ChannelChanges = { channel_id: Id } & Changes;

export type Level = 'open' | 'badge' | 'none';
export type Subscription = { channel_id: Id; level: Level; after?: number };
export type Badge = { channel_id: Id; last_main_number: number; version: number; new_mentions: number };
export type PresenceUpdate = { user_id: Id; status: PresenceStatus };

export type ClientFrame =
  | { op: 'identify'; vector?: Vector }
  | { op: 'ping' }
  | { op: 'ack'; s: number }
  | { op: 'subscribe'; id: number; channels: Subscription[] }
  | { op: 'send'; id: number; channel_id: Id; message: NewMessage }
  | { op: 'read'; id: number; channel_id: Id; cursor: CursorUpdate }
  | { op: 'typing'; channel_id: Id; thread_id?: Id }
  | { op: 'presence'; id: number; user_ids: Id[] };

export type Hello = { heartbeat_ms: number; max_open_channels: number; server_version: string };
export type CommandResult = {
  id: number;
  message?: MessageView;
  changes?: ChannelChanges[];
  presence?: PresenceUpdate[];
};
export type ServerFrame =
  | ({ op: 'hello' } & Hello)
  | { op: 'ready'; epoch: string; resumed: boolean; snapshot?: Snapshot }
  | ({ op: 'event' } & JournalEvent)
  | ({ op: 'changes'; journal: JournalKey } & Changes)
  | { op: 'badges'; channels: Badge[] }
  | { op: 'typing'; channel_id: Id; thread_id?: Id; user_id: Id }
  | { op: 'presence'; updates: PresenceUpdate[] }
  | ({ op: 'result' } & CommandResult)
  | { op: 'error'; id?: number; problem: Problem }
  | { op: 'pong' }
  | { op: 'resync' }
  | { op: 'reconnect'; after_ms: number };

/** Close codes of the gateway that the client treats in its own way. */
export const CLOSE_UNAUTHENTICATED = 4001;
export const CLOSE_RATE_LIMITED = 4003;
