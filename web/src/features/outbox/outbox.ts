/**
 * What was written and is not yet acknowledged. Every entry is kept in local storage under its own key (two
 * tabs do not overwrite each other), survives a reload, and is sent with the same nonce until the server has
 * answered: so it arrives once. Per channel in order, one at a time.
 */
import { sendMessage } from '../../api/messages';
import { asApiError } from '../../api/problem';
import type { Id, MessageView, NewMessage } from '../../api/types';
import { backoffMs } from '../../realtime/machine';
import { newNonce } from './nonce';

export type OutboxEntry = {
  readonly nonce: string;
  readonly channelId: Id;
  readonly threadId?: Id;
  readonly text: string;
  readonly createdAt: number;
  readonly readUpTo?: number;
  /** Set when the server refused it; the code says why. */
  readonly failed?: string;
  readonly confirmBroadcast?: boolean;
};

export type OutboxOutside = {
  storage: Storage;
  send: (channelId: Id, message: NewMessage) => Promise<MessageView>;
  sent: (message: MessageView) => void;
  now: () => number;
};

const PREFIX = 'plexichat.outbox.';
/** More unsent messages than this are refused by the composer. */
export const MOST_UNSENT = 200;

const outside: OutboxOutside = {
  storage: localStorage,
  send: sendMessage,
  sent: () => undefined,
  now: () => Date.now(),
};

export class Outbox {
  private entries: readonly OutboxEntry[] = [];
  private readonly listeners = new Set<() => void>();
  private readonly flying = new Set<Id>();
  private readonly attempts = new Map<Id, number>();
  private readonly timers = new Map<Id, ReturnType<typeof setTimeout>>();
  private userId: Id | undefined;

  constructor(private readonly out: OutboxOutside = outside) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  get = (): readonly OutboxEntry[] => this.entries;

  /** Takes up what an earlier visit of this person left behind. */
  open(userId: Id): void {
    this.userId = userId;
    const keys = Array.from({ length: this.out.storage.length }, (_, i) => this.out.storage.key(i) ?? '');
    const found = keys.filter((key) => key.startsWith(this.key(''))).map((key) => parse(this.out.storage.getItem(key)));
    this.set(found.filter((entry) => entry !== undefined).sort((a, b) => (BigInt(a.nonce) < BigInt(b.nonce) ? -1 : 1)));
    this.wake();
  }

  /** Signed out: nothing more is sent; what is unsent stays for the next sign-in of the same person. */
  close(): void {
    this.userId = undefined;
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.attempts.clear();
    this.set([]);
  }

  get full(): boolean {
    return this.entries.length >= MOST_UNSENT;
  }

  add(message: { channelId: Id; threadId?: Id; text: string; readUpTo?: number }): OutboxEntry {
    const entry: OutboxEntry = { ...message, nonce: newNonce(this.out.now()), createdAt: this.out.now() };
    this.keep(entry);
    this.set([...this.entries, entry]);
    this.pump(entry.channelId);
    return entry;
  }

  retry(nonce: string, confirmBroadcast = false): void {
    const held = this.entries.find((entry) => entry.nonce === nonce);
    if (!held) return;
    const { failed: _failed, ...rest } = held;
    const entry = { ...rest, ...(confirmBroadcast ? { confirmBroadcast } : {}) };
    this.keep(entry);
    this.set(this.entries.map((e) => (e.nonce === nonce ? entry : e)));
    this.pump(entry.channelId);
  }

  discard(nonce: string): void {
    this.out.storage.removeItem(this.key(nonce));
    this.set(this.entries.filter((entry) => entry.nonce !== nonce));
  }

  /** The message came back, by answer or by event, whichever was first. */
  arrived(message: MessageView): void {
    const { nonce } = message;
    if (nonce !== undefined && this.entries.some((e) => e.nonce === nonce && e.channelId === message.channel_id))
      this.discard(nonce);
  }

  /** The connection is back: no need to wait for the timers. */
  wake(): void {
    this.attempts.clear();
    for (const channelId of new Set(this.entries.map((entry) => entry.channelId))) this.pump(channelId);
  }

  private async pump(channelId: Id): Promise<void> {
    const entry = this.entries.find((e) => e.channelId === channelId && e.failed === undefined);
    if (!entry || this.flying.has(channelId) || this.userId === undefined) return;
    clearTimeout(this.timers.get(channelId));
    this.timers.delete(channelId);
    this.flying.add(channelId);
    const wait = await this.attempt(entry);
    this.flying.delete(channelId);
    if (wait === undefined) void this.pump(channelId);
    else if (this.userId !== undefined)
      this.timers.set(
        channelId,
        setTimeout(() => void this.pump(channelId), wait),
      );
  }

  /** Sends one entry once; answers how long to wait before the next attempt, if it has to be repeated. */
  private async attempt(entry: OutboxEntry): Promise<number | undefined> {
    const { nonce, text, threadId, readUpTo, confirmBroadcast, channelId } = entry;
    const message: NewMessage = {
      nonce,
      text,
      ...(threadId ? { thread_id: threadId } : {}),
      ...(readUpTo === undefined ? {} : { read_up_to: readUpTo }),
      ...(confirmBroadcast ? { confirm_broadcast: true } : {}),
    };
    try {
      const sent = await this.out.send(channelId, message);
      this.attempts.delete(channelId);
      this.discard(nonce);
      this.out.sent(sent);
      return undefined;
    } catch (cause) {
      const error = asApiError(cause);
      if (error.transient) {
        const attempt = this.attempts.get(channelId) ?? 0;
        this.attempts.set(channelId, attempt + 1);
        return error.problem.retry_after_ms ?? backoffMs(attempt + 1);
      }
      if (error.problem.status === 401) return backoffMs(6);
      this.fail(nonce, error.code);
      return undefined;
    }
  }

  private fail(nonce: string, code: string): void {
    const held = this.entries.find((entry) => entry.nonce === nonce);
    if (!held) return;
    const entry = { ...held, failed: code };
    this.keep(entry);
    this.set(this.entries.map((e) => (e.nonce === nonce ? entry : e)));
  }

  private key(nonce: string): string {
    return `${PREFIX}${this.userId ?? ''}.${nonce}`;
  }

  private keep(entry: OutboxEntry): void {
    try {
      this.out.storage.setItem(this.key(entry.nonce), JSON.stringify(entry));
    } catch {
      // Storage is full or forbidden: the entry lives as long as the page.
    }
  }

  private set(entries: readonly OutboxEntry[]): void {
    this.entries = entries;
    for (const listener of [...this.listeners]) listener();
  }
}

function parse(text: string | null): OutboxEntry | undefined {
  try {
    const value: unknown = JSON.parse(text ?? 'null');
    const known =
      typeof value === 'object' && value !== null && 'nonce' in value && 'channelId' in value && 'text' in value;
    return known && /^\d+$/.test(String(value.nonce)) ? (value as OutboxEntry) : undefined;
  } catch {
    return undefined;
  }
}
