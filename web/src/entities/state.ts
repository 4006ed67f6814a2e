/** What the client holds of the server's state. Written by the reducers alone, through `Entities.ingest`. */
import type { JournalKey } from '../api/events';
import type {
  AccountView,
  ChannelState,
  ChannelView,
  Id,
  InstanceView,
  MessageView,
  PresenceStatus,
  UserView,
  WorkspaceState,
} from '../api/types';
import type { Steps } from './counting';
import { Table } from './table';

/** Profiles are fetched again when asked for, so the oldest may go. */
const MOST_USERS = 5_000;
const MOST_LISTED = 2_000;
/** A safety net: timelines forget what they no longer show, long before this. */
const MOST_MESSAGES = 20_000;

export type Typist = { userId: Id; until: number };

/** What reducers tell the features, after the rows are written. */
export type Change =
  | { type: 'message'; message: MessageView; created: boolean }
  | { type: 'channel_dropped'; channelId: Id }
  | { type: 'channel_reset'; channelId: Id }
  | { type: 'everything_reset' }
  | { type: 'more_channels' }
  | { type: 'need_channel'; channelId: Id }
  | { type: 'need_workspace'; workspaceId: Id }
  | { type: 'need_workspace_reload'; workspaceId: Id }
  | { type: 'gap'; journal: JournalKey }
  | { type: 'session_revoked'; sessionId: Id }
  | { type: 'account_changed' };

export class State {
  epoch = '';
  /** True between the first snapshot and signing out. */
  readonly meta = new Table<{ ready: boolean }>();
  readonly me = new Table<AccountView>();
  readonly instance = new Table<InstanceView>();
  readonly users = new Table<UserView>(MOST_USERS);
  readonly workspaces = new Table<WorkspaceState>();
  readonly channels = new Table<ChannelState>();
  readonly listed = new Table<ChannelView>(MOST_LISTED);
  readonly messages = new Table<MessageView>(MOST_MESSAGES);
  readonly presence = new Table<PresenceStatus>(MOST_USERS);
  readonly typing = new Table<readonly Typist[]>();
  /** Positions of the followed journals; of channels only those whose events are held. */
  readonly positions = new Map<JournalKey, number>();
  /** Highest version seen per journal above a gap, so that a repair knows when it is done. */
  readonly seen = new Map<JournalKey, number>();
  /** The latest changes of each channel's count. */
  readonly steps = new Map<Id, Steps>();
  /** What the current ingest has to tell; emptied by the door. */
  readonly told: Change[] = [];

  get myId(): Id {
    return this.me.get(ME)?.id ?? '';
  }

  tables(): { flush(): void }[] {
    return [
      this.users,
      this.workspaces,
      this.channels,
      this.listed,
      this.messages,
      this.presence,
      this.typing,
      this.instance,
      this.me,
      this.meta,
    ];
  }

  clear(): void {
    this.epoch = '';
    this.positions.clear();
    this.seen.clear();
    this.steps.clear();
    for (const table of [this.meta, this.me, this.instance, this.users, this.workspaces]) table.clear();
    for (const table of [this.channels, this.listed, this.messages, this.presence, this.typing]) table.clear();
  }
}

/** Tables of one row use this id. */
export const ME = 'me';
export const ONE = 'one';

export const channelJournal = (id: Id): JournalKey => `channel:${id}`;
export const workspaceJournal = (id: Id): JournalKey => `workspace:${id}`;
export const userJournal = (id: Id): JournalKey => `user:${id}`;
export const INSTANCE_JOURNAL: JournalKey = 'instance:0';

export function splitJournal(key: JournalKey): { kind: string; id: Id } {
  const at = key.indexOf(':');
  return { kind: key.slice(0, at), id: key.slice(at + 1) };
}

export const typingKey = (channelId: Id, threadId?: Id): string => (threadId ? `${channelId}/${threadId}` : channelId);
