/**
 * Keeps the client equal to the server: connects, identifies with what is held, applies what was missed, then
 * follows. It knows the store's door and no feature. Which channels are wanted in full is said by `setOpen`.
 */
import { create } from 'zustand';
import { CLOSE_RATE_LIMITED, CLOSE_UNAUTHENTICATED, type ServerFrame, type Subscription } from '../api/events';
import { ApiError } from '../api/problem';
import type { Id } from '../api/types';
import type { Entities, Input } from '../entities/entities';
import { channelJournal } from '../entities/state';
import { backoffMs, type ConnectionEvent, type ConnectionState, next } from './machine';
import { Socket, type SocketLike } from './socket';

const SLOW_START = 4;
const PRESENCE_MOST = 200;
const TYPING_EVERY_MS = 3_000;

export type ConnectionView = { state: ConnectionState; retryAt: number | undefined };
export type Outside = {
  open: (path: string) => SocketLike;
  online: () => boolean;
  now: () => number;
  random: () => number;
};

const browser: Outside = {
  open: (path) => new WebSocket(new URL(path, location.href.replace(/^http/, 'ws'))),
  online: () => navigator.onLine,
  now: () => Date.now(),
  random: () => Math.random(),
};

export class Connection {
  readonly view = create<ConnectionView>()(() => ({ state: 'signed-out', retryAt: undefined }));
  private socket: Socket | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private attempt = 0;
  private nextWaitMs: number | undefined;
  private readonly open = new Set<Id>();
  private typingAfter = 0;
  private watched: readonly Id[] = [];

  constructor(
    private readonly entities: Entities,
    private readonly outside: Outside = browser,
  ) {}

  get state(): ConnectionState {
    return this.view.getState().state;
  }

  start(): void {
    this.to('signed-in');
  }

  stop(): void {
    this.to('refused');
  }

  /** A person does not want to wait. */
  retry(): void {
    this.attempt = 0;
    this.to('retry');
  }

  networkChanged(): void {
    this.to(this.outside.online() ? 'network-found' : 'network-lost');
  }

  /** Follows the channel in full from the position held, and resolves when what was missed has been applied. */
  async follow(channelId: Id): Promise<void> {
    this.open.add(channelId);
    if (this.state === 'live' || this.state === 'syncing') await this.subscribe([channelId]);
  }

  unfollow(channelId: Id): void {
    if (!this.open.delete(channelId)) return;
    this.entities.ingest({ kind: 'unfollow', channelId });
    this.socket?.ask({ op: 'subscribe', channels: [{ channel_id: channelId, level: 'badge' }] }).catch(() => undefined);
  }

  /** "I am writing here": told at most once in three seconds, however often somebody types. */
  typing(channelId: Id, threadId?: Id): void {
    const now = this.outside.now();
    if (this.state !== 'live' || now < this.typingAfter) return;
    this.typingAfter = now + TYPING_EVERY_MS;
    this.socket?.send({ op: 'typing', channel_id: channelId, ...(threadId ? { thread_id: threadId } : {}) });
  }

  /** Whose presence is shown at the moment. */
  watch(userIds: readonly Id[]): void {
    this.watched = userIds.slice(0, PRESENCE_MOST);
    if (this.state === 'live') this.askPresence();
  }

  private to(event: ConnectionEvent): void {
    const before = this.state;
    const after = next(before, event);
    if (after === before) return;
    if (event === 'retry' || event === 'network-found') clearTimeout(this.timer);
    this.view.setState({ state: after, retryAt: undefined });
    if (after === 'connecting') {
      if (event === 'resync') this.identify();
      else this.connect();
    } else if (after === 'backing-off') this.wait();
    else if (after === 'offline' || after === 'signed-out') {
      clearTimeout(this.timer);
      this.drop();
      if (after === 'signed-out') this.open.clear();
    } else if (after === 'live') this.attempt = 0;
  }

  private connect(): void {
    this.drop();
    if (!this.outside.online()) {
      this.to('network-lost');
      return;
    }
    const mine: { socket?: Socket } = {};
    mine.socket = new Socket(this.outside.open('/api/v1/gateway'), {
      onHello: () => this.identify(),
      onFrame: (frame) => this.socket === mine.socket && this.receive(frame),
      onClose: (code) => this.socket === mine.socket && this.closed(code),
    });
    this.socket = mine.socket;
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }

  private identify(): void {
    const vector = this.entities.vector();
    this.socket?.send({ op: 'identify', ...(vector ? { vector } : {}) });
  }

  private closed(code: number): void {
    this.socket = undefined;
    if (code === CLOSE_RATE_LIMITED) this.attempt = Math.max(this.attempt, SLOW_START);
    this.to(code === CLOSE_UNAUTHENTICATED ? 'refused' : 'lost');
  }

  private wait(): void {
    this.drop();
    const ms = this.nextWaitMs ?? backoffMs(this.attempt, this.outside.random);
    this.nextWaitMs = undefined;
    this.attempt += 1;
    this.view.setState({ retryAt: this.outside.now() + ms });
    this.timer = setTimeout(() => this.to('retry'), ms);
  }

  private receive(frame: ServerFrame): void {
    switch (frame.op) {
      case 'ready':
        if (frame.snapshot) this.ingest({ kind: 'snapshot', snapshot: frame.snapshot });
        this.to('ready');
        this.catchUp();
        return;
      case 'event':
        this.ingest({ kind: 'event', event: frame });
        return;
      case 'changes':
        this.ingest({ kind: 'changes', journal: frame.journal, changes: frame });
        return;
      case 'badges':
        this.ingest({ kind: 'badges', badges: frame.channels });
        return;
      case 'presence':
        this.ingest({ kind: 'presence', updates: frame.updates });
        return;
      case 'typing': {
        const { channel_id: channelId, user_id: userId, thread_id: threadId } = frame;
        this.ingest({ kind: 'typing', channelId, userId, now: this.outside.now(), ...(threadId ? { threadId } : {}) });
        return;
      }
      case 'resync':
        this.to('resync');
        return;
      case 'reconnect':
        this.nextWaitMs = frame.after_ms;
        this.to('lost');
        return;
      default:
    }
  }

  private ingest(input: Input): void {
    this.entities.ingest(input);
  }

  /** After `ready`: the channels that are followed in full go on from the position each holds. */
  private async catchUp(): Promise<void> {
    const socket = this.socket;
    await this.subscribe([...this.open]);
    if (this.socket !== socket) return;
    this.to('caught-up');
    this.askPresence();
  }

  private async subscribe(ids: readonly Id[]): Promise<void> {
    const channels = ids.map((id): Subscription => {
      const after = this.entities.position(channelJournal(id));
      return { channel_id: id, level: 'open', ...(after === undefined ? {} : { after }) };
    });
    if (channels.length === 0) return;
    // One refused channel (removed meanwhile) must not cost the others; a lost socket is told by its close.
    const result = await this.socket?.ask({ op: 'subscribe', channels }).catch((error: ApiError) => error);
    if (result instanceof ApiError) {
      if (!result.transient && ids.length > 1) for (const id of ids) await this.subscribe([id]);
      return;
    }
    for (const { channel_id, ...changes } of result?.changes ?? [])
      this.ingest({ kind: 'changes', journal: channelJournal(channel_id), changes });
  }

  private askPresence(): void {
    if (this.watched.length === 0) return;
    this.socket
      ?.ask({ op: 'presence', user_ids: [...this.watched] })
      .then((result) => result.presence && this.ingest({ kind: 'presence', updates: result.presence }))
      .catch(() => undefined);
  }
}
