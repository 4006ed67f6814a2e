// Written by `cargo run -p xtask -- codegen` from the types of the server. Do not edit.

/** `POST /invitations/accept`: with a new account, or signed in without one. */
export type AcceptInvitation = {
  /** The new account; absent when signed in. */
  account?: NewAccount;
  /** Code of the link. */
  code: string;
  /** Cookie or bearer. */
  transport?: TokenTransport;
};

/** What kind of account. */
export type AccountKind = 'person' | 'bot' | 'system';

/** Accounts with what only their owner and administrators see. */
export type AccountPage = {
  /** Items of this page. */
  items: AccountView[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: string;
};

/** Change of one's own account; absent fields stay. */
export type AccountPatch = {
  /** New name shown to people. */
  display_name?: string;
  /** New e-mail address; empty removes it. */
  email?: string;
  /** New handle. */
  handle?: string;
};

/** Life of an account. */
export type AccountStatus = 'active' | 'suspended' | 'deactivated';

/** An account as its owner and administrators of the instance see it. */
export type AccountView = UserView & {
  /** When the account was created. */
  created_at: Timestamp;
  /** E-mail address, if given. */
  email?: string;
  /** Role on the instance. */
  instance_role: InstanceRole;
};

/** `POST /channels/{id}/members`. */
export type AddChannelMembers = {
  /** People to add, at most 200. */
  user_ids: UserId[];
};

/** Who acted, by what right. */
export type AuditActor = {
  /** `session`, `bot`, `system` or `anonymous`. */
  kind: string;
  /** Why the server itself acted. */
  reason?: string;
  /** Role on the instance. */
  role?: string;
  /** Session whose token was shown. */
  session_id?: SessionId;
  /** Account; absent when nobody was signed in. */
  user_id?: UserId;
};

/** The newest signed checkpoint of the audit log. */
export type AuditCheckpointView = {
  /** The checkpoint (C2SP tlog-checkpoint). */
  checkpoint: string;
  /** Hashes in base64: the proof that it continues the log of `since` entries (RFC 9162). */
  consistency: string[];
  /** Verifier key of the log (C2SP signed-note). */
  key: string;
  /** How many entries it has. */
  size: number;
};

/** An entry of the audit log. */
export type AuditEntryView = {
  /** Stable name of what was done, such as `channel.archive`. */
  action?: string;
  /** Who. */
  actor?: AuditActor;
  /** What it is after. */
  after?: Record<string, unknown>;
  /** When. */
  at?: Timestamp;
  /** What it was before. */
  before?: Record<string, unknown>;
  /** Whether the content is there; false when it was dropped after `audit.retention_days`: the fields below are empty then. */
  is_kept: boolean;
  /** Number in the log, from 0. */
  number: number;
  /** `done` or `refused`. */
  outcome?: string;
  /** Id of the request in the logs. */
  request_id?: string;
  /** What is sealed in the database: addresses and names. Without what is about people who were erased. */
  sealed?: Record<string, unknown>;
  /** On what. */
  target?: AuditTarget;
  /** In which workspace. */
  workspace_id?: WorkspaceId;
};

/** Entries of the audit log, newest first. */
export type AuditPage = {
  /** Items of this page. */
  items: AuditEntryView[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: string;
};

/** The proof that an entry is in the log of a signed checkpoint. */
export type AuditProofView = {
  /** The bytes of the leaf; absent when they were dropped. */
  body?: string;
  /** The checkpoint it leads to (C2SP tlog-checkpoint). */
  checkpoint: string;
  /** Verifier key of the log (C2SP signed-note). */
  key: string;
  /** Hash of the leaf, base64. */
  leaf: string;
  /** Number of the entry. */
  number: number;
  /** Hashes in base64, from the leaf upwards (RFC 9162). */
  proof: string[];
};

/** What was acted on. */
export type AuditTarget = {
  /** Id. */
  id: string;
  /** `account`, `certificate`, `channel`, `invitation`, `key_node`, `key_task`, `message`, `node_invitation`, `recovery_kit`, `root_key`, `session` or `workspace`. */
  kind: string;
};

/** A channel at level `badge` that moved. */
export type Badge = {
  /** Channel. */
  channel_id: ChannelId;
  /** Channel version above which `new_mentions` were counted; with `mention_count` the version up to which that holds. */
  counted_from: number;
  /** Newest visible main number. */
  last_main_number: number;
  /** After a resume: the whole count above the receiver's cursor, capped at 100. Replaces what is held. */
  mention_count?: number;
  /** New messages since the last badge frame that mention the receiver (in conversations: all of others). */
  new_mentions: number;
  /** Head version. */
  version: number;
};

/** `GET /admin/certificates`. */
export type CertificateList = {
  /** The certificates, at most 100. */
  items: CertificateView[];
  /** Where they come from. */
  mode: CertificateMode;
};

/** Where certificates come from (`tls.mode`). */
export type CertificateMode = 'off' | 'files' | 'acme';

/** A certificate and how it stands. */
export type CertificateView = {
  /** Last moment at which it is valid; absent: there is none yet. */
  expires_at?: Timestamp;
  /** Attempts to renew it that failed since the last that did not. */
  failures: number;
  /** Where it lies: a file, or the name of its row. */
  id: string;
  /** Whether new connections to this node get it. */
  is_in_force: boolean;
  /** Who issued it; empty: there is none yet. */
  issuer: string;
  /** Names it is for. */
  names: string[];
  /** What is wrong with it, or why the last attempt failed. */
  problem?: string;
  /** When it is renewed, or the next attempt is made; absent: by somebody else. */
  renews_at?: Timestamp;
  /** Serial number in hexadecimal; empty: there is none yet. */
  serial: string;
};

/** `GET /{journal}/changes?after=`: rows changed after a position, as events in version order. */
export type Changes = {
  /** Journal epoch. */
  epoch: string;
  /** Events with `after < version <= up_to`. Several may share a version (a reply and its thread). */
  events: JournalEvent[];
  /** True when `up_to` is below the head: ask again from `up_to`. */
  more: boolean;
  /** True when `after` is below the journal's floor, above its head or of another epoch: drop what is held of this journal and load it anew; `events` is empty and `up_to` is the head. */
  reset: boolean;
  /** The reader's new position: the head read before the rows, or the end of the window. */
  up_to: number;
};

/** Changes of one opened channel. Live events of the channel follow only above `up_to`. */
export type ChannelChanges = Changes & {
  /** Channel. */
  channel_id: ChannelId;
};

/** Counters of a channel, read together. */
export type ChannelHead = {
  /** First ordinal still kept (retention). */
  first_number: number;
  /** Ordinal of the newest visible, non-system message of the main timeline. */
  last_main_number: number;
  /** Ordinal of the newest message. */
  last_number: number;
  /** Journal version. */
  version: number;
};

/** 64-bit id as a decimal string */
export type ChannelId = string;

/** Kind of a channel. */
export type ChannelKind = 'public' | 'private' | 'announcement' | 'direct' | 'group';

/** A member with the profile, as lists show it. */
export type ChannelMemberItem = ChannelMemberView & {
  /** The profile. */
  user: UserView;
};

/** Members of a channel. */
export type ChannelMemberPage = {
  /** Items of this page. */
  items: ChannelMemberItem[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: string;
};

/** Membership of a person in a channel; with `removed` it is a tombstone. Carried by the channel journal. */
export type ChannelMemberView = {
  /** Channel. */
  channel_id: ChannelId;
  /** When they joined. */
  joined_at: Timestamp;
  /** The channel's last number at that moment; broadcasts up to it never count for them. */
  joined_number: number;
  /** True when the membership ended. */
  removed: boolean;
  /** Member. */
  user_id: UserId;
  /** Channel-journal version of the last change. */
  version: number;
};

/** Channels a member may find, or has joined. */
export type ChannelPage = {
  /** Items of this page. */
  items: ChannelView[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: string;
};

/** `PATCH /channels/{id}`; absent fields stay. */
export type ChannelPatch = {
  /** Archive or restore. */
  archived?: boolean;
  /** New name. */
  name?: string;
  /** New topic. */
  topic?: string;
};

/** A channel as one of its members holds it (in `ready` and `sync`). */
export type ChannelState = {
  /** The channel. */
  channel: ChannelView;
  /** Channel version up to which `mention_count` holds; may be above `head.version`, which the rest of the state is of. */
  counted_to: number;
  /** The caller's read position. */
  cursor: Cursor;
  /** Counters at the snapshot. */
  head: ChannelHead;
  /** User-journal version of the caller's membership settings. */
  membership_version: number;
  /** Mentions above the cursor, capped at 100; for conversations all messages above it. */
  mention_count: number;
  /** What notifies the caller. */
  notify: NotifyLevel;
  /** What the caller may do here. */
  permissions: Permissions;
};

/** `GET /sync/channels`: further joined channels in id order. */
export type ChannelStates = {
  /** A page of at most 200. */
  channels: ChannelState[];
  /** Whether more follow. */
  more: boolean;
};

/** A channel. `version` is the channel-journal version of the last change of these fields. */
export type ChannelView = {
  /** Read-only on every path. */
  archived: boolean;
  /** When. */
  created_at: Timestamp;
  /** Who created it. */
  created_by: UserId;
  /** Channel id. */
  id: ChannelId;
  /** Kind. */
  kind: ChannelKind;
  /** Name, unique in the workspace without regard to case; empty for conversations. */
  name: string;
  /** Participants of a conversation, in id order; empty otherwise. */
  participants?: UserId[];
  /** What it is about, at most 500 characters. */
  topic: string;
  /** Row version. */
  version: number;
  /** Workspace; absent for conversations. */
  workspace_id?: WorkspaceId;
};

/** A frame from the client. `id` is chosen by the client and echoed by `result` or `error`. */
export type ClientFrame =
  | {
      op: 'identify';
      /** Bearer token; absent in browsers. */
      token?: string;
      /** What the client holds; absent for a first connection. */
      vector?: Vector;
    }
  | {
      id: number;
      op: 'reauthenticate';
      token: string;
    }
  | {
      op: 'ping';
    }
  | {
      op: 'ack';
      s: number;
    }
  | {
      channels: Subscription[];
      id: number;
      op: 'subscribe';
    }
  | {
      channel_id: ChannelId;
      id: number;
      message: NewMessage;
      op: 'send';
    }
  | {
      channel_id: ChannelId;
      cursor: CursorUpdate;
      id: number;
      op: 'read';
    }
  | {
      channel_id: ChannelId;
      op: 'typing';
      thread_id?: MessageId;
    }
  | {
      id: number;
      op: 'presence';
      user_ids: UserId[];
    };

/** `result`. */
export type CommandResult = {
  /** For `subscribe`: what changed in each channel that was opened with `after`, in the order asked. */
  changes?: ChannelChanges[];
  /** Id of the command. */
  id: number;
  /** The message, for `send`. */
  message?: MessageView;
  /** For `presence`: the present state. */
  presence?: PresenceUpdate[];
};

/** A new invitation with its link. */
export type CreatedInvitation = {
  /** Code; shown once. */
  code: string;
  /** The invitation. */
  invitation: InvitationView;
  /** Path below the public address: `/invite#CODE`. */
  path: string;
};

/** A new invitation of a node. The only answer that has its token. */
export type CreatedNodeInvitation = {
  /** What may be known of it. */
  invitation: NodeInvitationView;
  /** To be given to `plexichat keys join` on the new machine; shown once and kept nowhere open. */
  token: string;
};

/** A new account with the link for its first password. */
export type CreatedUser = {
  /** Link for its first password; shown once. */
  link: OneTimeLink;
  /** The account. */
  user: UserView;
};

/** Read position of the caller in a channel. Carried by the user journal. */
export type Cursor = {
  /** Highest number read in the main timeline. */
  last_read_number: number;
  /** User-journal version of the last change. */
  version: number;
};

/** How a cursor moves. */
export type CursorMode = 'advance' | 'set';

/** `PUT /channels/{id}/cursor`. */
export type CursorUpdate = {
  /** Highest number read. */
  last_read_number: number;
  /** Forward only, or exactly there. */
  mode?: CursorMode;
  /** Root message of a thread: moves the thread's own cursor instead. */
  thread_id?: MessageId;
};

/** Stable error codes, `snake_case` on the wire. */
export type ErrorCode = 'unauthenticated' | 'invalid_credentials' | 'session_expired' | 'account_suspended' | 'forbidden' | 'missing_permission' | 'channel_archived' | 'origin_refused' | 'not_found' | 'invitation_invalid' | 'setup_link_invalid' | 'reset_link_invalid' | 'invalid' | 'invalid_json' | 'invalid_query' | 'method_not_allowed' | 'unsupported_media_type' | 'upgrade_required' | 'unknown_field' | 'password_too_weak' | 'name_taken' | 'conflict' | 'nonce_reused' | 'version_mismatch' | 'already_set_up' | 'last_owner' | 'confirmation_needed' | 'idempotency_key_reused' | 'too_large' | 'limit_reached' | 'rate_limited' | 'too_many_attempts' | 'rejected' | 'unavailable' | 'overloaded' | 'unknown_outcome' | 'read_only' | 'sealed' | 'shutting_down' | 'epoch_changed' | 'frame_invalid' | 'frame_too_large' | 'internal';

/** Every durable event, one variant a kind of row. `{"type": "...", "data": {...}}` on the wire. */
export type Event =
  | {
      /** A profile is new or changed. */
      data: {
        user: UserView;
      };
      type: 'user_updated';
    }
  | {
      /** Public settings of the instance changed. */
      data: {
        instance: InstanceView;
      };
      type: 'instance_updated';
    }
  | {
      /** The workspace is new or changed. */
      data: {
        workspace: WorkspaceView;
      };
      type: 'workspace_updated';
    }
  | {
      /** Somebody joined, left or changed role. */
      data: {
        member: WorkspaceMemberView;
        user: UserView;
      };
      type: 'workspace_member_updated';
    }
  | {
      /** A channel that members may find is new, changed or archived. */
      data: {
        channel: ChannelView;
      };
      type: 'channel_listed';
    }
  | {
      /** A message. `thread` is the summary of the thread it replies in, of the same version. */
      data: {
        /** `last_main_number` of the channel after this version. */
        last_main_number: number;
        message: MessageView;
        thread?: ThreadView;
      };
      type: 'message_created';
    }
  | {
      /** Text and mentions of a message changed. */
      data: {
        message: MessageView;
      };
      type: 'message_updated';
    }
  | {
      /** A message became a tombstone. `last_main_number` may have gone back. */
      data: {
        last_main_number: number;
        message: MessageView;
        thread?: ThreadView;
      };
      type: 'message_deleted';
    }
  | {
      /** One person's reaction was added or removed; `count` is the number of people with this emoji afterwards. */
      data: {
        count: number;
        emoji: string;
        message_id: MessageId;
        number: number;
        removed: boolean;
        user_id: UserId;
        version: number;
      };
      type: 'reaction_updated';
    }
  | {
      /** Summary of a thread changed. */
      data: {
        thread: ThreadView;
      };
      type: 'thread_updated';
    }
  | {
      /** Fields of the channel changed. */
      data: {
        channel: ChannelView;
      };
      type: 'channel_updated';
    }
  | {
      /** Somebody joined or left. Not sent in channels above 500 members. */
      data: {
        member: ChannelMemberView;
        user: UserView;
      };
      type: 'channel_member_updated';
    }
  | {
      /** Who may do what in the channel changed: read `permissions` again. */
      data: {
        channel_id: ChannelId;
        overrides: PermissionOverride[];
        version: number;
      };
      type: 'overrides_updated';
    }
  | {
      /** A read position of mine moved; `thread_id` names a thread's own position. */
      data: {
        channel_id: ChannelId;
        /** Version of the channel's journal up to which the count holds: what the channel's events say up to it is in the count, whether they have arrived or not; what they say above it is not. */
        counted_to: number;
        cursor: Cursor;
        /** Mentions above the position, capped at 100. */
        mention_count: number;
        thread_id?: MessageId;
      };
      type: 'cursor_updated';
    }
  | {
      /** I joined or left a channel, or changed its notification level. */
      data: {
        membership: MembershipView;
      };
      type: 'membership_updated';
    }
  | {
      /** I joined or left a workspace, or my role changed. */
      data: {
        membership: WorkspaceMembershipView;
      };
      type: 'workspace_membership_updated';
    }
  | {
      /** One of my sessions ended; the socket of that session is closed. */
      data: {
        session_id: SessionId;
      };
      type: 'session_revoked';
    }
  | {
      /** My sessions or my own account data changed: read them again if shown. */
      data: Record<string, never>;
      type: 'account_updated';
    }
  | {
      /** A version without anything to show (a superseded row, something filtered). Keeps the sequence whole. */
      data: Record<string, never>;
      type: 'nothing';
    };

/** `hello`. */
export type Hello = {
  /** Lowest level of all live nodes: which frames and fields may be used. */
  cluster_level: number;
  /** Commands a socket may send a minute. */
  commands_per_minute: number;
  /** Send `ping` this often; silence of twice as long closes. */
  heartbeat_ms: number;
  /** Largest frame accepted, bytes. */
  max_frame_bytes: number;
  /** Channels a socket may hold at level `open`. */
  max_open_channels: number;
  /** Version of the server. */
  server_version: string;
};

/** Role on the instance. */
export type InstanceRole = 'owner' | 'admin' | 'member';

/** Public facts of the instance. Carried by the instance journal. */
export type InstanceView = {
  /** Name shown on the sign-in page. */
  name: string;
  /** Instance-journal version of the last change. */
  version: number;
};

/** Body of `POST /invitations/preview`: the code travels in a body, never in an address. */
export type InvitationCode = {
  /** Code of the link. */
  code: string;
};

/** 64-bit id as a decimal string */
export type InvitationId = string;

/** Invitations of a workspace. */
export type InvitationPage = {
  /** Items of this page. */
  items: InvitationView[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: string;
};

/** What an invited person sees before joining (`POST /invitations/preview`). */
export type InvitationPreview = {
  /** Names of the channels joined. */
  channels: string[];
  /** When it ends. */
  expires_at: Timestamp;
  /** Who invited. */
  invited_by: string;
  /** Role given. */
  role: Role;
  /** Workspace's name. */
  workspace_name: string;
};

/** An invitation as its makers see it. The code is shown once, in [`CreatedInvitation`]. */
export type InvitationView = {
  /** When. */
  created_at: Timestamp;
  /** Who made it. */
  created_by: UserId;
  /** When it ends. */
  expires_at: Timestamp;
  /** Invitation id. */
  id: InvitationId;
  /** Number of uses allowed. */
  max_uses: number;
  /** Whether it was revoked. */
  revoked: boolean;
  /** Role given. */
  role: Role;
  /** Number of uses so far. */
  uses: number;
  /** Workspace. */
  workspace_id: WorkspaceId;
};

/** Answer of set-up and of an accepted invitation. */
export type Joined = SignedIn & {
  /** The channel to show first. */
  channel_id: ChannelId;
  /** The workspace joined. */
  workspace: WorkspaceView;
};

/** An event at its place in its journal. */
export type JournalEvent = Event & {
  /** First version this entry covers when it stands for a run of `nothing`; absent when it equals `version`. */
  from_version?: number;
  /** Which journal. */
  journal: JournalKey;
  /** Its version; the journal's versions are gapless. */
  version: number;
};

export type JournalKey = string;

/** 64-bit id as a decimal string */
export type KeyNodeId = string;

/** Nodes that joined. */
export type KeyNodeList = {
  /** In the order in which they joined; all of them. */
  items: KeyNodeView[];
};

/** A node that joined: it opens the root key by a key of its own. */
export type KeyNodeView = {
  /** Of its public key, as `plexichat keys join` showed it. */
  fingerprint: string;
  /** Id. */
  id: KeyNodeId;
  /** When it joined. */
  joined_at: Timestamp;
};

/** 64-bit id as a decimal string */
export type KeyTaskId = string;

/** What is done with keys. */
export type KeyTaskKind = 'rotate' | 'shred';

/** Tasks on keys. */
export type KeyTaskList = {
  /** Newest first; the last 200. */
  items: KeyTaskView[];
};

/** How a task stands. */
export type KeyTaskState = 'unapproved' | 'waiting' | 'settling' | 'working' | 'done' | 'cancelled';

/** Whose keys. */
export type KeyTaskTarget =
  | {
      level: 'root';
    }
  | {
      level: 'instance';
    }
  | {
      /** Workspace. */
      id: WorkspaceId;
      level: 'workspace';
    }
  | {
      /** Channel. */
      id: ChannelId;
      level: 'channel';
    };

/** A task on keys. */
export type KeyTaskView = {
  /** Who approved it. */
  approved_by?: UserId;
  /** When. */
  asked_at: Timestamp;
  /** Who asked for it. */
  asked_by: UserId;
  /** Place in the channel it is at, in numbers of messages. */
  at: number;
  /** Keys or messages changed so far. */
  changed: number;
  /** It does not begin before. */
  due_at: Timestamp;
  /** Id. */
  id: KeyTaskId;
  /** Replace or destroy. */
  kind: KeyTaskKind;
  /** Only those of this month, such as `2026-11`; all if absent. */
  month?: string;
  /** Where the channel ends; 0 when it is not gone through. */
  of: number;
  /** Since when it is in this state. */
  since: Timestamp;
  /** How it stands. */
  state: KeyTaskState;
  /** Whose keys. */
  target: KeyTaskTarget;
};

/** `GET /admin/keys`: the root key and what recovers it. */
export type KeysView = {
  /** The recovery kit that counts. */
  kit?: RecoveryKitView;
  /** Version of the root key; it rises with each rotation. */
  root_version: number;
  /** How long after it was asked for keys are destroyed, hours (`keys.shred_grace_hours`). */
  shred_grace_hours: number;
  /** Whether a second administrator has to approve that (`keys.shred_needs_approval`). */
  shred_needs_approval: boolean;
  /** Vault that opened it. */
  vault: string;
  /** A kit that was made and not entered again yet; it takes the place of the other when it is. */
  waiting_kit?: RecoveryKitView;
};

/** In which form people keep a recovery kit. */
export type KitForm = 'words' | 'shares';

/** How much of a channel a socket wants. */
export type Level = 'open' | 'badge' | 'none';

/** `POST /auth/login`. */
export type Login = {
  /** What the session list shows, for instance `Firefox on Linux`; at most 120 characters. */
  device_name?: string;
  /** Handle or e-mail address. */
  login: string;
  /** Password, at most 1024 bytes. */
  password: string;
  /** Cookie or bearer. */
  transport?: TokenTransport;
};

/** `PATCH /channels/{id}/membership`: the caller's own settings of the channel. */
export type MembershipPatch = {
  /** What notifies. */
  notify: NotifyLevel;
};

/** A channel membership of the journal's owner, as its own devices hold it. */
export type MembershipView = {
  /** Channel. */
  channel_id: ChannelId;
  /** What notifies. */
  notify: NotifyLevel;
  /** True when the membership ended: drop the channel. */
  removed: boolean;
  /** User-journal version of the last change. */
  version: number;
};

/** Whom a message addresses. */
export type Mention =
  | {
      /** One person: `@handle`. */
      user: UserId;
    }
  | 'everyone'
  | 'here'
  | {
      /** Everybody with a workspace role: `@admins`, `@owners`, `@guests`. */
      role: Role;
    };

/** 64-bit id as a decimal string */
export type MessageId = string;

/** Who or what wrote a message. */
export type MessageKind = 'user' | 'system';

/** A page of a channel's main timeline or of a thread, in ascending number. */
export type MessagePage = {
  /** Counters read before the rows: the rows are at least as new as `head.version`. */
  head: ChannelHead;
  /** Messages in ascending number, tombstones included. */
  messages: MessageView[];
  /** Whether newer ones exist. */
  more_after: boolean;
  /** Whether older ones exist. */
  more_before: boolean;
  /** Profiles of the authors on the page. */
  users: UserView[];
};

/** `PATCH /channels/{id}/messages/{message_id}`. */
export type MessagePatch = {
  /** New text. */
  text: string;
};

/** A message. Order is `number`; `version` is the channel-journal version of its last change. */
export type MessageView = {
  /** Author. */
  author_id: UserId;
  /** Channel. */
  channel_id: ChannelId;
  /** When it was accepted. */
  created_at: Timestamp;
  /** A tombstone: text, mentions, reactions are gone; id, number, version stay. */
  deleted?: boolean;
  /** When it was last edited. */
  edited_at?: Timestamp;
  /** Message id. */
  id: MessageId;
  /** Kind. */
  kind: MessageKind;
  /** Whom it addresses. */
  mentions?: Mention[];
  /** Nonce of the send, so that the author's client can replace its local echo; absent after 7 days. */
  nonce?: Nonce;
  /** Ordinal in the channel: gapless, also across deletes. */
  number: number;
  /** Reactions in order of first use. Absent in events about the text: keep what is held. */
  reactions?: ReactionView[];
  /** Markdown, at most 12,000 characters; empty when deleted. */
  text: string;
  /** The thread under it, if there is one. Absent in events about the text: keep what is held. */
  thread?: ThreadView;
  /** Root message, for replies in a thread. */
  thread_id?: MessageId;
  /** Row version. */
  version: number;
};

/** A new account with a password. */
export type NewAccount = {
  /** Name shown to people. */
  display_name: string;
  /** E-mail address. */
  email?: string;
  /** Unique handle. */
  handle: string;
  /** Password. */
  password: string;
};

/** `POST /workspaces/{id}/channels`. */
export type NewChannel = {
  /** `public`, `private` or `announcement`. */
  kind: ChannelKind;
  /** People added besides the creator, at most 200. */
  member_ids?: UserId[];
  /** Name, 1–80 characters. */
  name: string;
  /** What it is about. */
  topic?: string;
};

/** `POST /conversations`: opens the direct (one other) or group (2–19 others) conversation, or returns the existing one. */
export type NewConversation = {
  /** The others. */
  user_ids: UserId[];
};

/** `POST /workspaces/{id}/invitations`. */
export type NewInvitation = {
  /** Channels joined besides the workspace's default channel. */
  channel_ids?: ChannelId[];
  /** Life in hours, 1–8,760; if absent, the server's `auth.invitation_days`. */
  expires_in_hours?: number;
  /** Number of uses, 1–10,000; 1 if absent. */
  max_uses?: number;
  /** Role given; never above the inviter's own. */
  role: Role;
};

/** Asks for a task on keys. */
export type NewKeyTask = {
  /** Replace or destroy. */
  kind: KeyTaskKind;
  /** Only those of this month, such as `2026-11`, of a channel; all if absent. */
  month?: string;
  /** Whose keys. */
  target: KeyTaskTarget;
};

/** `POST /channels/{id}/messages` and the `send` command. */
export type NewMessage = {
  /** Confirms a broadcast to more than 50 people. */
  confirm_broadcast?: boolean;
  /** Chosen by the sender, unique for (channel, author) during 7 days: the same nonce is the same message. */
  nonce: Nonce;
  /** The newest number the sender has seen: also moves the cursor there. */
  read_up_to?: number;
  /** Markdown, 1–12,000 characters. */
  text: string;
  /** Root message, to reply in its thread. */
  thread_id?: MessageId;
};

/** Asks for an invitation of a node. */
export type NewNodeInvitation = {
  /** How long it is good for; 24 if absent. */
  expires_in_hours?: number;
};

/** A new recovery kit. The only answer that has what opens it. */
export type NewRecoveryKit = {
  /** What may be known of it. */
  kit: RecoveryKitView;
  /** The texts of the shares by their numbers, or none for words; shown once and kept nowhere. */
  shares: string[];
  /** The 24 words in their order, or none for shares; shown once and kept nowhere. */
  words: string[];
};

/** New account made by an administrator (`POST /users`); a password link is returned instead of a password being sent. */
export type NewUser = {
  /** Name shown to people. */
  display_name: string;
  /** E-mail address. */
  email?: string;
  /** Unique handle. */
  handle: string;
  /** Role on the instance; `member` if absent. */
  instance_role?: InstanceRole;
};

/** `POST /workspaces`. */
export type NewWorkspace = {
  /** What it is for. */
  description?: string;
  /** Name. */
  name: string;
};

/** 64-bit id as a decimal string */
export type NodeInvitationId = string;

/** Invitations that wait for their node. */
export type NodeInvitationList = {
  /** The oldest first; all of them. */
  items: NodeInvitationView[];
};

/** An invitation that waits for its node. */
export type NodeInvitationView = {
  /** When it was made. */
  created_at: Timestamp;
  /** Who made it; 0: the command line of a server. */
  created_by: UserId;
  /** When it ends. */
  expires_at: Timestamp;
  /** Id. */
  id: NodeInvitationId;
};

/** 64-bit id as a decimal string */
export type Nonce = string;

/** What notifies a member of a channel. */
export type NotifyLevel = 'all' | 'mentions' | 'muted';

/** A one-time link an administrator hands over. */
export type OneTimeLink = {
  /** Code of the link; shown once. */
  code: string;
  /** When it ends. */
  expires_at: Timestamp;
  /** Path below the public address, for instance `/reset#CODE`. */
  path: string;
};

/** `PUT /channels/{id}/overrides`: the whole list, at most 100. */
export type OverrideList = {
  /** All overrides of the channel. */
  overrides: PermissionOverride[];
};

/** Whom an override is about. */
export type OverrideTarget = {
  /** Everybody with this workspace role. */
  role: Role;
} | {
  /** One person. */
  user: UserId;
};

/** `POST /auth/password`: change of one's own password. Ends all other sessions. */
export type PasswordChange = {
  /** Present password. */
  current: string;
  /** New password. */
  new: string;
};

/** `POST /auth/reset`: new password by a one-time link. Ends all sessions. */
export type PasswordReset = {
  /** Code of the link. */
  code: string;
  /** New password. */
  password: string;
};

/** One thing a role may allow. `snake_case` on the wire. */
export type Permission = 'view_channel' | 'send_messages' | 'reply_in_threads' | 'add_reactions' | 'mention_many' | 'delete_messages' | 'edit_channel' | 'archive_channel' | 'manage_channel_members' | 'manage_overrides' | 'create_public_channels' | 'create_private_channels' | 'join_public_channels' | 'create_invitations' | 'manage_invitations' | 'manage_members' | 'edit_workspace' | 'start_conversations' | 'manage_accounts' | 'create_workspaces' | 'manage_instance';

/** What a channel allows or denies beyond the workspace. */
export type PermissionOverride = {
  /** Allowed here. */
  allow: Permissions;
  /** Denied here; wins over `allow` of the same target level. */
  deny: Permissions;
  /** Whom. */
  target: OverrideTarget;
};

/** Set of permissions */
export type Permissions = Permission[];

/** Whether somebody is there. */
export type PresenceStatus = 'online' | 'offline' | 'unknown';

/** Presence of one person. */
export type PresenceUpdate = {
  /** State. */
  status: PresenceStatus;
  /** Who. */
  user_id: UserId;
};

/** An error as REST answers it: RFC 9457 `application/problem+json`. */
export type Problem = {
  /** Stable code. */
  code: ErrorCode;
  /** What happened here, for a person. */
  detail: string;
  /** Facts for programs, by code. */
  details?: unknown;
  /** Path of the wrong input, for instance `text` or `overrides[2].role_id`. */
  field?: string;
  /** Id to find this request in the logs. */
  request_id?: string;
  /** Earliest sensible retry, milliseconds. */
  retry_after_ms?: number;
  /** HTTP status. */
  status: number;
  /** Short text of the code, always the same for a code. */
  title: string;
  /** Link to the catalogue entry of the code. */
  type: string;
};

/** A reaction with its count. */
export type ReactionView = {
  /** How many people. */
  count: number;
  /** Emoji (one grapheme cluster) or `:name:`. */
  emoji: string;
  /** Whether the caller is among them; only in answers to a caller, absent in events. */
  me?: boolean;
  /** The first people in order of reacting, at most 20. */
  user_ids: UserId[];
};

/** `ready`. */
export type Ready = {
  /** Journal epoch. */
  epoch: string;
  /** Whether the vector was accepted. */
  resumed: boolean;
  /** Everything, when it was not. */
  snapshot?: Snapshot;
};

/** 64-bit id as a decimal string */
export type RecoveryKitId = string;

/** `POST /admin/keys/recovery-kit`: in which form. */
export type RecoveryKitOrder = {
  form: 'words';
} | {
  form: 'shares';
  /** How many open it, 2 to `total`. */
  needed: number;
  /** How many there are, 2 to 16. */
  total: number;
};

/** `POST /admin/keys/recovery-kit/proof`: the kit, entered again. */
export type RecoveryKitProof = {
  /** The 24 words, or the texts of shares one after the other. */
  words: string;
};

/** A recovery kit, as far as the server knows it. */
export type RecoveryKitView = {
  /** When it was made. */
  created_at: Timestamp;
  /** What stands on its sheet, to tell it from others. */
  fingerprint: string;
  /** Its form. */
  form: KitForm;
  /** Id. */
  id: RecoveryKitId;
  /** How many shares open it; 1 for words. */
  needed: number;
  /** When it was last entered again and opened the root key; absent: never, and it does not count. */
  proven_at?: Timestamp;
  /** How many shares there are; 1 for words. */
  total: number;
};

/** Role of a member in a workspace, highest first. */
export type Role = 'owner' | 'admin' | 'member' | 'guest';

/** A frame from the server. */
export type ServerFrame =
  | Hello & {
      op: 'hello';
    }
  | Ready & {
      op: 'ready';
    }
  | JournalEvent & {
      op: 'event';
    }
  | Changes & {
      journal: JournalKey;
    } & {
      op: 'changes';
    }
  | {
      channels: Badge[];
      op: 'badges';
    }
  | {
      channel_id: ChannelId;
      op: 'typing';
      thread_id?: MessageId;
      user_id: UserId;
    }
  | {
      op: 'presence';
      updates: PresenceUpdate[];
    }
  | CommandResult & {
      op: 'result';
    }
  | {
      id?: number;
      op: 'error';
      problem: Problem;
    }
  | {
      op: 'pong';
    }
  | {
      op: 'resync';
    }
  | {
      after_ms: number;
      op: 'reconnect';
    };

/** 64-bit id as a decimal string */
export type SessionId = string;

/** Sessions of the caller. */
export type SessionPage = {
  /** Items of this page. */
  items: SessionView[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: string;
};

/** A session of the caller. */
export type SessionView = {
  /** When it began. */
  created_at: Timestamp;
  /** Whether it is the one that asks. */
  current: boolean;
  /** Name of the device. */
  device_name: string;
  /** When it ends unless used (sliding, at most the absolute bound). */
  expires_at: Timestamp;
  /** Session id. */
  id: SessionId;
  /** Last use (to the minute). */
  last_seen_at: Timestamp;
};

/** `POST /setup`: creates owner, workspace and first channel with the one-time code. */
export type Setup = {
  /** Code of the one-time link. */
  code: string;
  /** The owner's account. */
  owner: NewAccount;
  /** Cookie or bearer. */
  transport?: TokenTransport;
  /** Name of the first workspace. */
  workspace_name: string;
};

/** `GET /setup`: whether the instance waits for its owner. */
export type SetupState = {
  /** Shortest accepted password, characters. */
  min_password_chars: number;
  /** True until an owner exists. */
  needed: boolean;
  /** Version of the server. */
  server_version: string;
};

/** A new session. */
export type SignedIn = {
  /** Who is signed in. */
  account: AccountView;
  /** The session. */
  session: SessionView;
  /** The token, with `transport: bearer` only; shown once. */
  token?: string;
};

/** `GET /sync`: everything a client needs to draw, of one moment, with the vector to go on from. */
export type Snapshot = {
  /** Joined channels and conversations, unread and mentioned first; at most 500. */
  channels: ChannelState[];
  /** Journal epoch. */
  epoch: string;
  /** Public facts of the instance. */
  instance: InstanceView;
  /** Head of the instance journal. */
  instance_head: number;
  /** The caller. */
  me: AccountView;
  /** True when more channels exist: read them by `GET /sync/channels?after=`. */
  more_channels: boolean;
  /** Head of the caller's user journal. */
  user_head: number;
  /** Profiles needed to name the conversations and the caller; others on demand by `GET /users?ids=`. */
  users: UserView[];
  /** Workspaces of the caller. */
  workspaces: WorkspaceState[];
};

/** One channel of a `subscribe`. */
export type Subscription = {
  /** Position held of this channel's journal, to be told what changed since; absent: from now on. */
  after?: number;
  /** Channel. */
  channel_id: ChannelId;
  /** How much. */
  level: Level;
};

/** `GET /system/status` (administrators). */
export type SystemStatus = {
  /** Channels and conversations. */
  channels: number;
  /** Live gateway connections of this node. */
  connections: number;
  /** `sqlite`, `postgres` or `mysql`, and its version. */
  database: string;
  /** Journal epoch. */
  epoch: string;
  /** Nodes that renewed their lease. */
  live_nodes: number;
  /** Number of this node. */
  node: number;
  /** Whether a recovery kit for the root key was kept and entered again; the set-up is not complete before. */
  recovery_kit_proven: boolean;
  /** Resident memory, bytes. */
  rss_bytes: number;
  /** Version of the server. */
  server_version: string;
  /** Seconds since start. */
  uptime_seconds: number;
  /** Accounts. */
  users: number;
  /** State of each long-running part. */
  workers: WorkerStatus[];
  /** Workspaces. */
  workspaces: number;
};

/** Threads of a channel, newest activity first. */
export type ThreadPage = {
  /** Items of this page. */
  items: ThreadView[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: string;
};

/** Summary of a thread, carried by its root message. */
export type ThreadView = {
  /** Channel. */
  channel_id: ChannelId;
  /** Channel number of the newest visible reply; 0 if none. */
  last_number: number;
  /** When the newest visible reply was written. */
  last_reply_at?: Timestamp;
  /** The last distinct authors, at most 5, newest first. */
  participants: UserId[];
  /** Number of visible replies. */
  reply_count: number;
  /** Root message. */
  root_id: MessageId;
  /** Channel-journal version of the last change. */
  version: number;
};

/** UTC time with milliseconds, RFC 3339 */
export type Timestamp = string;

/** How the token of a new session is kept. */
export type TokenTransport = 'cookie' | 'bearer';

/** 64-bit id as a decimal string */
export type UserId = string;

/** Accounts. */
export type UserPage = {
  /** Items of this page. */
  items: UserView[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: string;
};

/** Administrative change of an account; absent fields stay. */
export type UserPatch = {
  /** New instance role. */
  instance_role?: InstanceRole;
  /** New life state. */
  status?: AccountStatus;
};

/** Public profile. Carried by the instance journal; `version` is the journal version of its last change. */
export type UserView = {
  /** Name shown to people. */
  display_name: string;
  /** Unique name for mentions and sign-in: 2–32 of `a-z 0-9 . _ -`. */
  handle: string;
  /** Account id. */
  id: UserId;
  /** Kind of account. */
  kind: AccountKind;
  /** Life of the account. */
  status: AccountStatus;
  /** Instance-journal version of the last change. */
  version: number;
};

/** A part of the vault that keeps the root key. */
export type VaultPartView = {
  /** Its name. */
  name: string;
  /** What is wrong with it; absent: it opens what it has of the root key. */
  problem?: string;
};

/** `GET /admin/keys/vault`: what the vault says now. */
export type VaultView = {
  /** Whether it opens the root key at this moment. */
  opens: boolean;
  /** Its parts; a vault of one piece is its own only part. */
  parts: VaultPartView[];
};

/** What a client holds: the position in each journal it follows. */
export type Vector = {
  /** Positions in channel journals, of the channels whose events are held (at most 20 are resumed). */
  channels?: Record<string, number>;
  /** Journal epoch of all the positions. Another epoch: nothing held is worth anything. */
  epoch: string;
  /** Position in the instance journal. */
  instance: number;
  /** Position in the own user journal. */
  user: number;
  /** Positions in workspace journals. */
  workspaces?: Record<string, number>;
};

/** State of a long-running part. */
export type WorkerStatus = {
  /** Last failure. */
  last_error?: string;
  /** Name. */
  name: string;
  /** Times it was restarted. */
  restarts: number;
  /** `running`, `restarting` or `stopped`. */
  state: string;
};

/** 64-bit id as a decimal string */
export type WorkspaceId = string;

/** A member with the profile, as lists show it. */
export type WorkspaceMemberItem = WorkspaceMemberView & {
  /** The profile. */
  user: UserView;
};

/** Members of a workspace. */
export type WorkspaceMemberPage = {
  /** Items of this page. */
  items: WorkspaceMemberItem[];
  /** Pass as `after` for the next page; absent on the last. */
  next?: string;
};

/** `PATCH /workspaces/{id}/members/{user_id}`. */
export type WorkspaceMemberPatch = {
  /** New role. */
  role: Role;
};

/** Membership of a person in a workspace; with `removed` it is a tombstone. */
export type WorkspaceMemberView = {
  /** When they joined. */
  joined_at: Timestamp;
  /** True when the membership ended. */
  removed: boolean;
  /** Role. */
  role: Role;
  /** Member. */
  user_id: UserId;
  /** Workspace-journal version of the last change. */
  version: number;
  /** Workspace. */
  workspace_id: WorkspaceId;
};

/** A workspace membership of the journal's owner. */
export type WorkspaceMembershipView = {
  /** True when the membership ended: drop the workspace. */
  removed: boolean;
  /** Role. */
  role: Role;
  /** User-journal version of the last change. */
  version: number;
  /** Workspace. */
  workspace_id: WorkspaceId;
};

/** `PATCH /workspaces/{id}`; absent fields stay. */
export type WorkspacePatch = {
  /** New description. */
  description?: string;
  /** New name. */
  name?: string;
};

/** A workspace as one of its members holds it (in `ready` and `sync`). */
export type WorkspaceState = {
  /** Head version of the workspace journal at the snapshot. */
  head: number;
  /** What the caller may do in the workspace. */
  permissions: Permissions;
  /** The caller's role. */
  role: Role;
  /** The workspace. */
  workspace: WorkspaceView;
};

/** A workspace. `version` is the workspace-journal version of the last change of these fields. */
export type WorkspaceView = {
  /** When it was created. */
  created_at: Timestamp;
  /** The channel everybody joins. */
  default_channel_id: ChannelId;
  /** What it is for, at most 500 characters. */
  description: string;
  /** Workspace id. */
  id: WorkspaceId;
  /** Name, 1–80 characters. */
  name: string;
  /** Row version. */
  version: number;
};

/** What each operation takes and answers. */
export interface Operations {
  /** All accounts of the instance, in the order in which they were made */
  list_accounts: {
    path: Record<string, never>;
    query: { q?: string; status?: AccountStatus; after?: UserId; limit?: number };
    body: undefined;
    response: AccountPage;
  };
  /** One account, also of somebody the caller shares nothing with */
  get_account: {
    path: { user_id: UserId };
    query: Record<string, never>;
    body: undefined;
    response: AccountView;
  };
  /** Entries of the audit log, newest first */
  list_audit_entries: {
    path: Record<string, never>;
    query: { actor?: UserId; action?: 'account.created' | 'account.updated' | 'account.administered' | 'session.opened' | 'session.closed' | 'session.refreshed' | 'session.revoked' | 'password.changed' | 'password.reset' | 'password.link_created' | 'instance.set_up' | 'instance.setup_link_created' | 'config.reloaded' | 'workspace.created' | 'workspace.updated' | 'member.updated' | 'member.removed' | 'invitation.created' | 'invitation.revoked' | 'invitation.accepted' | 'channel.created' | 'channel.updated' | 'channel.archive' | 'channel.restore' | 'channel.overrides' | 'channel.members_added' | 'channel.member_removed' | 'conversation.opened' | 'message.removed' | 'keys.rotation_ordered' | 'keys.shred_ordered' | 'keys.shred_approved' | 'keys.task_cancelled' | 'keys.resealed' | 'keys.node_invited' | 'keys.node_invitation_revoked' | 'keys.node_joined' | 'keys.node_removed' | 'certificate.renewal_ordered' | 'recovery_kit.created' | 'recovery_kit.proven' | 'recovery_kit.removed' | 'root_key.recovered' | 'audit.erased' | 'audit.dropped' | 'audit.exported' | 'audit.telemetry' | 'audit.went_back'; target?: string; from_ms?: number; until_ms?: number; after?: number; limit?: number };
    body: undefined;
    response: AuditPage;
  };
  /** The newest signed checkpoint of the audit log */
  get_audit_checkpoint: {
    path: Record<string, never>;
    query: { since?: number };
    body: undefined;
    response: AuditCheckpointView;
  };
  /** The whole audit log as lines of JSON, to be verified without the server */
  export_audit_log: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: string;
  };
  /** Make what the audit log holds about a person unreadable for ever; every proof stays valid */
  erase_audit_subject: {
    path: { user_id: UserId };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** One entry of the audit log */
  get_audit_entry: {
    path: { number: number };
    query: Record<string, never>;
    body: undefined;
    response: AuditEntryView;
  };
  /** The proof that an entry is in the audit log */
  prove_audit_entry: {
    path: { number: number };
    query: Record<string, never>;
    body: undefined;
    response: AuditProofView;
  };
  /** The certificates of the server, when they end and when they are renewed */
  list_certificates: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: CertificateList;
  };
  /** Renew the certificate from the ACME server now */
  renew_certificate: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** The root key and what recovers it */
  get_keys: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: KeysView;
  };
  /** Forget a recovery kit that fell into wrong hands */
  remove_recovery_kit: {
    path: { kit_id: RecoveryKitId };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** Invitations that wait for their node */
  list_node_invitations: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: NodeInvitationList;
  };
  /** Make a one-time token by which a node joins, which the answer shows once */
  create_node_invitation: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: NewNodeInvitation;
    response: CreatedNodeInvitation;
  };
  /** Take an invitation of a node back */
  revoke_node_invitation: {
    path: { node_invitation_id: NodeInvitationId };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** Nodes that joined and open the root key by keys of their own */
  list_key_nodes: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: KeyNodeList;
  };
  /** Forget a node that joined */
  remove_key_node: {
    path: { node_id: KeyNodeId };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** Make a recovery kit of 24 words or of shares, which the answer shows once; it counts when it was entered again */
  create_recovery_kit: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: RecoveryKitOrder;
    response: NewRecoveryKit;
  };
  /** Prove that the recovery kit was kept, by entering it again */
  prove_recovery_kit: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: RecoveryKitProof;
    response: RecoveryKitView;
  };
  /** Tasks on keys, newest first */
  list_key_tasks: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: KeyTaskList;
  };
  /** Replace keys, or destroy them with all they seal */
  order_key_task: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: NewKeyTask;
    response: KeyTaskView;
  };
  /** Give up a task that has not begun */
  cancel_key_task: {
    path: { task_id: KeyTaskId };
    query: Record<string, never>;
    body: undefined;
    response: KeyTaskView;
  };
  /** Approve that keys are destroyed, as a second administrator */
  approve_key_task: {
    path: { task_id: KeyTaskId };
    query: Record<string, never>;
    body: undefined;
    response: KeyTaskView;
  };
  /** Ask the vault, part by part, whether it opens the root key at this moment */
  examine_vault: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: VaultView;
  };
  /** Sign in */
  login: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: Login;
    response: SignedIn;
  };
  /** End this session */
  logout: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** Change the caller's password; ends all other sessions */
  change_password: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: PasswordChange;
    response: undefined;
  };
  /** Renew this session: a new token, the old one ends */
  refresh_session: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: SignedIn;
  };
  /** Set a new password by a one-time link; ends all sessions */
  reset_password: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: PasswordReset;
    response: undefined;
  };
  /** Sessions of the caller */
  list_sessions: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: SessionPage;
  };
  /** End all other sessions of the caller */
  revoke_other_sessions: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** End one session of the caller */
  revoke_session: {
    path: { session_id: SessionId };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** A channel as the caller holds it */
  get_channel: {
    path: { channel_id: ChannelId };
    query: Record<string, never>;
    body: undefined;
    response: ChannelState;
  };
  /** Change name or topic, archive or restore */
  update_channel: {
    path: { channel_id: ChannelId };
    query: Record<string, never>;
    body: ChannelPatch;
    response: ChannelView;
  };
  /** What changed in a channel */
  get_channel_changes: {
    path: { channel_id: ChannelId };
    query: { after: number; epoch?: string };
    body: undefined;
    response: Changes;
  };
  /** Move the caller's read position */
  update_cursor: {
    path: { channel_id: ChannelId };
    query: Record<string, never>;
    body: CursorUpdate;
    response: Cursor;
  };
  /** Join a channel that everybody may join */
  join_channel: {
    path: { channel_id: ChannelId };
    query: Record<string, never>;
    body: undefined;
    response: ChannelState;
  };
  /** Leave a channel */
  leave_channel: {
    path: { channel_id: ChannelId };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** Members of a channel, by handle */
  list_channel_members: {
    path: { channel_id: ChannelId };
    query: { q?: string; after?: string; limit?: number };
    body: undefined;
    response: ChannelMemberPage;
  };
  /** Add people to a channel */
  add_channel_members: {
    path: { channel_id: ChannelId };
    query: Record<string, never>;
    body: AddChannelMembers;
    response: ChannelMemberPage;
  };
  /** Remove somebody from a channel */
  remove_channel_member: {
    path: { channel_id: ChannelId; user_id: UserId };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** Change what notifies the caller in a channel */
  update_membership: {
    path: { channel_id: ChannelId };
    query: Record<string, never>;
    body: MembershipPatch;
    response: MembershipView;
  };
  /** A page of the main timeline */
  list_messages: {
    path: { channel_id: ChannelId };
    query: { before?: number; after?: number; around?: number; limit?: number };
    body: undefined;
    response: MessagePage;
  };
  /** Send a message; the same nonce is the same message */
  send_message: {
    path: { channel_id: ChannelId };
    query: Record<string, never>;
    body: NewMessage;
    response: MessageView;
  };
  /** One message */
  get_message: {
    path: { channel_id: ChannelId; message_id: MessageId };
    query: Record<string, never>;
    body: undefined;
    response: MessageView;
  };
  /** Delete a message; a tombstone stays */
  delete_message: {
    path: { channel_id: ChannelId; message_id: MessageId };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** Edit one's own message */
  edit_message: {
    path: { channel_id: ChannelId; message_id: MessageId };
    query: Record<string, never>;
    body: MessagePatch;
    response: MessageView;
  };
  /** React to a message */
  add_reaction: {
    path: { channel_id: ChannelId; message_id: MessageId; emoji: string };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** Take a reaction back */
  remove_reaction: {
    path: { channel_id: ChannelId; message_id: MessageId; emoji: string };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** What the channel allows or denies beyond the workspace */
  get_overrides: {
    path: { channel_id: ChannelId };
    query: Record<string, never>;
    body: undefined;
    response: OverrideList;
  };
  /** Replace what the channel allows or denies */
  replace_overrides: {
    path: { channel_id: ChannelId };
    query: Record<string, never>;
    body: OverrideList;
    response: OverrideList;
  };
  /** Threads of a channel, newest activity first */
  list_threads: {
    path: { channel_id: ChannelId };
    query: { after?: string; limit?: number };
    body: undefined;
    response: ThreadPage;
  };
  /** A page of the replies of a thread; the root is not among them */
  list_thread_messages: {
    path: { channel_id: ChannelId; root_id: MessageId };
    query: { before?: number; after?: number; around?: number; limit?: number };
    body: undefined;
    response: MessagePage;
  };
  /** Open the conversation with these people, or get the one there is */
  open_conversation: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: NewConversation;
    response: ChannelState;
  };
  /** Opens a socket. */
  gateway: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** What changed in the instance */
  get_instance_changes: {
    path: Record<string, never>;
    query: { after: number; epoch?: string };
    body: undefined;
    response: Changes;
  };
  /** Join a workspace by a link, with a new account or signed in */
  accept_invitation: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: AcceptInvitation;
    response: Joined;
  };
  /** What an invited person sees before joining */
  preview_invitation: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: InvitationCode;
    response: InvitationPreview;
  };
  /** Whether the instance waits for its owner */
  get_setup: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: SetupState;
  };
  /** Create owner, workspace and first channel with the one-time code */
  complete_setup: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: Setup;
    response: Joined;
  };
  /** Everything a client needs to begin */
  get_snapshot: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: Snapshot;
  };
  /** Further joined channels, in id order */
  list_channel_states: {
    path: Record<string, never>;
    query: { after?: ChannelId; limit?: number };
    body: undefined;
    response: ChannelStates;
  };
  /** State of the instance and of this node */
  get_status: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: SystemStatus;
  };
  /** People the caller sees: by ids, or by the beginning of their name */
  list_users: {
    path: Record<string, never>;
    query: { ids?: string; q?: string; after?: string; limit?: number };
    body: undefined;
    response: UserPage;
  };
  /** Create an account; its password is set by the link */
  create_user: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: NewUser;
    response: CreatedUser;
  };
  /** The caller's own account */
  get_me: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: AccountView;
  };
  /** Change the caller's own account */
  update_me: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: AccountPatch;
    response: AccountView;
  };
  /** What changed for the caller's own devices */
  get_user_changes: {
    path: Record<string, never>;
    query: { after: number; epoch?: string };
    body: undefined;
    response: Changes;
  };
  /** Somebody the caller sees */
  get_user: {
    path: { user_id: UserId };
    query: Record<string, never>;
    body: undefined;
    response: UserView;
  };
  /** Suspend, restore or deactivate an account, or change its instance role */
  update_user: {
    path: { user_id: UserId };
    query: Record<string, never>;
    body: UserPatch;
    response: UserView;
  };
  /** A one-time link by which somebody sets a new password */
  create_password_link: {
    path: { user_id: UserId };
    query: Record<string, never>;
    body: undefined;
    response: OneTimeLink;
  };
  /** Workspaces of the caller */
  list_workspaces: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: undefined;
    response: WorkspaceState[];
  };
  /** Create a workspace */
  create_workspace: {
    path: Record<string, never>;
    query: Record<string, never>;
    body: NewWorkspace;
    response: WorkspaceState;
  };
  /** A workspace as the caller holds it */
  get_workspace: {
    path: { workspace_id: WorkspaceId };
    query: Record<string, never>;
    body: undefined;
    response: WorkspaceState;
  };
  /** Change a workspace */
  update_workspace: {
    path: { workspace_id: WorkspaceId };
    query: Record<string, never>;
    body: WorkspacePatch;
    response: WorkspaceView;
  };
  /** What changed in a workspace */
  get_workspace_changes: {
    path: { workspace_id: WorkspaceId };
    query: { after: number; epoch?: string };
    body: undefined;
    response: Changes;
  };
  /** Channels of a workspace that the caller may find or is in */
  list_channels: {
    path: { workspace_id: WorkspaceId };
    query: { q?: string; archived?: boolean; after?: string; limit?: number };
    body: undefined;
    response: ChannelPage;
  };
  /** Create a channel */
  create_channel: {
    path: { workspace_id: WorkspaceId };
    query: Record<string, never>;
    body: NewChannel;
    response: ChannelState;
  };
  /** Invitations of a workspace, newest first */
  list_invitations: {
    path: { workspace_id: WorkspaceId };
    query: { after?: string; limit?: number };
    body: undefined;
    response: InvitationPage;
  };
  /** Make an invitation link */
  create_invitation: {
    path: { workspace_id: WorkspaceId };
    query: Record<string, never>;
    body: NewInvitation;
    response: CreatedInvitation;
  };
  /** End an invitation */
  revoke_invitation: {
    path: { workspace_id: WorkspaceId; invitation_id: InvitationId };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** Members of a workspace, by handle */
  list_workspace_members: {
    path: { workspace_id: WorkspaceId };
    query: { q?: string; after?: string; limit?: number };
    body: undefined;
    response: WorkspaceMemberPage;
  };
  /** Remove a member; oneself: leave */
  remove_workspace_member: {
    path: { workspace_id: WorkspaceId; user_id: UserId };
    query: Record<string, never>;
    body: undefined;
    response: undefined;
  };
  /** Give a member another role */
  update_workspace_member: {
    path: { workspace_id: WorkspaceId; user_id: UserId };
    query: Record<string, never>;
    body: WorkspaceMemberPatch;
    response: WorkspaceMemberView;
  };
}

/** How each operation is called. */
export const operations = {
  list_accounts: { method: 'GET', path: '/api/v1/admin/accounts' },
  get_account: { method: 'GET', path: '/api/v1/admin/accounts/{user_id}' },
  list_audit_entries: { method: 'GET', path: '/api/v1/admin/audit' },
  get_audit_checkpoint: { method: 'GET', path: '/api/v1/admin/audit/checkpoint' },
  export_audit_log: { method: 'GET', path: '/api/v1/admin/audit/export' },
  erase_audit_subject: { method: 'DELETE', path: '/api/v1/admin/audit/subjects/{user_id}' },
  get_audit_entry: { method: 'GET', path: '/api/v1/admin/audit/{number}' },
  prove_audit_entry: { method: 'GET', path: '/api/v1/admin/audit/{number}/proof' },
  list_certificates: { method: 'GET', path: '/api/v1/admin/certificates' },
  renew_certificate: { method: 'POST', path: '/api/v1/admin/certificates/renew' },
  get_keys: { method: 'GET', path: '/api/v1/admin/keys' },
  remove_recovery_kit: { method: 'DELETE', path: '/api/v1/admin/keys/kits/{kit_id}' },
  list_node_invitations: { method: 'GET', path: '/api/v1/admin/keys/node-invitations' },
  create_node_invitation: { method: 'POST', path: '/api/v1/admin/keys/node-invitations' },
  revoke_node_invitation: { method: 'DELETE', path: '/api/v1/admin/keys/node-invitations/{node_invitation_id}' },
  list_key_nodes: { method: 'GET', path: '/api/v1/admin/keys/nodes' },
  remove_key_node: { method: 'DELETE', path: '/api/v1/admin/keys/nodes/{node_id}' },
  create_recovery_kit: { method: 'POST', path: '/api/v1/admin/keys/recovery-kit' },
  prove_recovery_kit: { method: 'POST', path: '/api/v1/admin/keys/recovery-kit/proof' },
  list_key_tasks: { method: 'GET', path: '/api/v1/admin/keys/tasks' },
  order_key_task: { method: 'POST', path: '/api/v1/admin/keys/tasks' },
  cancel_key_task: { method: 'DELETE', path: '/api/v1/admin/keys/tasks/{task_id}' },
  approve_key_task: { method: 'POST', path: '/api/v1/admin/keys/tasks/{task_id}/approve' },
  examine_vault: { method: 'GET', path: '/api/v1/admin/keys/vault' },
  login: { method: 'POST', path: '/api/v1/auth/login' },
  logout: { method: 'POST', path: '/api/v1/auth/logout' },
  change_password: { method: 'POST', path: '/api/v1/auth/password' },
  refresh_session: { method: 'POST', path: '/api/v1/auth/refresh' },
  reset_password: { method: 'POST', path: '/api/v1/auth/reset' },
  list_sessions: { method: 'GET', path: '/api/v1/auth/sessions' },
  revoke_other_sessions: { method: 'DELETE', path: '/api/v1/auth/sessions' },
  revoke_session: { method: 'DELETE', path: '/api/v1/auth/sessions/{session_id}' },
  get_channel: { method: 'GET', path: '/api/v1/channels/{channel_id}' },
  update_channel: { method: 'PATCH', path: '/api/v1/channels/{channel_id}' },
  get_channel_changes: { method: 'GET', path: '/api/v1/channels/{channel_id}/changes' },
  update_cursor: { method: 'PUT', path: '/api/v1/channels/{channel_id}/cursor' },
  join_channel: { method: 'POST', path: '/api/v1/channels/{channel_id}/join' },
  leave_channel: { method: 'POST', path: '/api/v1/channels/{channel_id}/leave' },
  list_channel_members: { method: 'GET', path: '/api/v1/channels/{channel_id}/members' },
  add_channel_members: { method: 'POST', path: '/api/v1/channels/{channel_id}/members' },
  remove_channel_member: { method: 'DELETE', path: '/api/v1/channels/{channel_id}/members/{user_id}' },
  update_membership: { method: 'PATCH', path: '/api/v1/channels/{channel_id}/membership' },
  list_messages: { method: 'GET', path: '/api/v1/channels/{channel_id}/messages' },
  send_message: { method: 'POST', path: '/api/v1/channels/{channel_id}/messages' },
  get_message: { method: 'GET', path: '/api/v1/channels/{channel_id}/messages/{message_id}' },
  delete_message: { method: 'DELETE', path: '/api/v1/channels/{channel_id}/messages/{message_id}' },
  edit_message: { method: 'PATCH', path: '/api/v1/channels/{channel_id}/messages/{message_id}' },
  add_reaction: { method: 'PUT', path: '/api/v1/channels/{channel_id}/messages/{message_id}/reactions/{emoji}' },
  remove_reaction: { method: 'DELETE', path: '/api/v1/channels/{channel_id}/messages/{message_id}/reactions/{emoji}' },
  get_overrides: { method: 'GET', path: '/api/v1/channels/{channel_id}/overrides' },
  replace_overrides: { method: 'PUT', path: '/api/v1/channels/{channel_id}/overrides' },
  list_threads: { method: 'GET', path: '/api/v1/channels/{channel_id}/threads' },
  list_thread_messages: { method: 'GET', path: '/api/v1/channels/{channel_id}/threads/{root_id}/messages' },
  open_conversation: { method: 'POST', path: '/api/v1/conversations' },
  gateway: { method: 'GET', path: '/api/v1/gateway' },
  get_instance_changes: { method: 'GET', path: '/api/v1/instance/changes' },
  accept_invitation: { method: 'POST', path: '/api/v1/invitations/accept' },
  preview_invitation: { method: 'POST', path: '/api/v1/invitations/preview' },
  get_setup: { method: 'GET', path: '/api/v1/setup' },
  complete_setup: { method: 'POST', path: '/api/v1/setup' },
  get_snapshot: { method: 'GET', path: '/api/v1/sync' },
  list_channel_states: { method: 'GET', path: '/api/v1/sync/channels' },
  get_status: { method: 'GET', path: '/api/v1/system/status' },
  list_users: { method: 'GET', path: '/api/v1/users' },
  create_user: { method: 'POST', path: '/api/v1/users' },
  get_me: { method: 'GET', path: '/api/v1/users/me' },
  update_me: { method: 'PATCH', path: '/api/v1/users/me' },
  get_user_changes: { method: 'GET', path: '/api/v1/users/me/changes' },
  get_user: { method: 'GET', path: '/api/v1/users/{user_id}' },
  update_user: { method: 'PATCH', path: '/api/v1/users/{user_id}' },
  create_password_link: { method: 'POST', path: '/api/v1/users/{user_id}/password-link' },
  list_workspaces: { method: 'GET', path: '/api/v1/workspaces' },
  create_workspace: { method: 'POST', path: '/api/v1/workspaces' },
  get_workspace: { method: 'GET', path: '/api/v1/workspaces/{workspace_id}' },
  update_workspace: { method: 'PATCH', path: '/api/v1/workspaces/{workspace_id}' },
  get_workspace_changes: { method: 'GET', path: '/api/v1/workspaces/{workspace_id}/changes' },
  list_channels: { method: 'GET', path: '/api/v1/workspaces/{workspace_id}/channels' },
  create_channel: { method: 'POST', path: '/api/v1/workspaces/{workspace_id}/channels' },
  list_invitations: { method: 'GET', path: '/api/v1/workspaces/{workspace_id}/invitations' },
  create_invitation: { method: 'POST', path: '/api/v1/workspaces/{workspace_id}/invitations' },
  revoke_invitation: { method: 'DELETE', path: '/api/v1/workspaces/{workspace_id}/invitations/{invitation_id}' },
  list_workspace_members: { method: 'GET', path: '/api/v1/workspaces/{workspace_id}/members' },
  remove_workspace_member: { method: 'DELETE', path: '/api/v1/workspaces/{workspace_id}/members/{user_id}' },
  update_workspace_member: { method: 'PATCH', path: '/api/v1/workspaces/{workspace_id}/members/{user_id}' },
} as const;
