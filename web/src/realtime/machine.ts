/**
 * The connection as a table: which state follows from which, and nothing else. Timers and sockets live in
 * `connection.ts`; the banner, the outbox and the tests read this machine.
 */
export type ConnectionState = 'offline' | 'connecting' | 'syncing' | 'live' | 'backing-off' | 'signed-out';

export type ConnectionEvent =
  /** Somebody is signed in. */
  | 'signed-in'
  /** Signed out here, or the server says the session ended. */
  | 'refused'
  /** The browser lost or regained its network. */
  | 'network-lost'
  | 'network-found'
  /** `ready` arrived: the server knows us and has said from where we go on. */
  | 'ready'
  /** Everything missed has been applied. */
  | 'caught-up'
  /** The server dropped frames for us: identify again on the same socket. */
  | 'resync'
  /** The socket closed, fell silent or could not be opened. */
  | 'lost'
  /** The waiting time is over, or a person asked to try now. */
  | 'retry';

type Row = Partial<Record<ConnectionEvent, ConnectionState>>;

export const transitions: Record<ConnectionState, Row> = {
  'signed-out': { 'signed-in': 'connecting' },
  offline: { 'network-found': 'connecting', retry: 'connecting', refused: 'signed-out' },
  connecting: { ready: 'syncing', lost: 'backing-off', 'network-lost': 'offline', refused: 'signed-out' },
  syncing: {
    'caught-up': 'live',
    resync: 'connecting',
    lost: 'backing-off',
    'network-lost': 'offline',
    refused: 'signed-out',
  },
  live: { resync: 'connecting', lost: 'backing-off', 'network-lost': 'offline', refused: 'signed-out' },
  'backing-off': {
    retry: 'connecting',
    'network-found': 'connecting',
    'network-lost': 'offline',
    refused: 'signed-out',
  },
};

/** The next state; an event that means nothing in this state changes nothing. */
export function next(state: ConnectionState, event: ConnectionEvent): ConnectionState {
  return transitions[state][event] ?? state;
}

const FIRST_MS = 500;
const MOST_MS = 30_000;

/** Doubling waits with full jitter, so that a thousand clients do not return in the same second. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const ceiling = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt, 10));
  return Math.round(ceiling / 2 + (random() * ceiling) / 2);
}
