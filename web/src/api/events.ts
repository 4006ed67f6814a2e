/** Journals, durable events, snapshot and gateway frames, by the names the client uses. */
import type { Event } from './schema.gen';

export type {
  Badge,
  Changes,
  ChannelChanges,
  ClientFrame,
  CommandResult,
  Event,
  Hello,
  JournalEvent,
  JournalKey,
  Level,
  PresenceUpdate,
  ServerFrame,
  Snapshot,
  Subscription,
  Vector,
} from './schema.gen';

export type EventType = Event['type'];
export type EventData<T extends EventType> = Extract<Event, { type: T }>['data'];
export type ReactionChange = EventData<'reaction_updated'>;

/** Close codes of the gateway that the client treats in its own way. */
export const CLOSE_UNAUTHENTICATED = 4001;
export const CLOSE_RATE_LIMITED = 4003;
