/**
 * One timeline on screen or kept warm: a window of numbers, what is being loaded, where the New line stands.
 * Immutable snapshots for `useSyncExternalStore`; rows themselves live in the entities store.
 */
import type { PageAt } from '../../api/messages';
import { type ApiError, asApiError } from '../../api/problem';
import type { Id, MessagePage, MessageView } from '../../api/types';
import type { Entities } from '../../entities/entities';
import { channelJournal } from '../../entities/state';
import {
  appendPage,
  emptyWindow,
  insertMessage,
  MOST_ROWS,
  openWindow,
  prependPage,
  trim,
  type Window,
} from './window';

const PAGE = 60;
/** Live messages are let in beyond the bound by so many, so that the list is not cut at each of them. */
const SLACK = 100;

export type TimelineView = {
  readonly window: Window;
  readonly status: 'loading' | 'ready' | 'failed';
  readonly error: ApiError | undefined;
  /** True for the one snapshot that grew at its start: the list keeps its place. */
  readonly grewAtStart: boolean;
  /** Reading is suspended: somebody said "unread from here". */
  readonly held: boolean;
  /** Read up to here when the timeline was opened; the New line stands after it. */
  readonly newAfter: number | undefined;
  /** Show this number when the window is new. */
  readonly target: number | undefined;
  /** Counts windows: another value means the list starts anew. */
  readonly generation: number;
};

export type TimelineOutside = {
  entities: Entities;
  /** Reads again what changed since a version, when a page is older than what the stream already told. */
  replay: (channelId: Id, after: number) => Promise<void>;
  load: (channelId: Id, at: PageAt, limit: number, rootId?: Id) => Promise<MessagePage>;
};

export class Timeline {
  private view: TimelineView = {
    window: emptyWindow,
    status: 'loading',
    error: undefined,
    grewAtStart: false,
    held: false,
    newAfter: undefined,
    target: undefined,
    generation: 0,
  };
  private readonly listeners = new Set<() => void>();
  private busyBefore = false;
  private busyAfter = false;

  constructor(
    readonly channelId: Id,
    readonly rootId: Id | undefined,
    private readonly outside: TimelineOutside,
  ) {}

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  get = (): TimelineView => this.view;

  get watched(): boolean {
    return this.listeners.size > 0;
  }

  /** Loads the first page: at a number, at the first unread, or the newest. */
  async open(target?: number): Promise<void> {
    const channel = this.outside.entities.state.channels.get(this.channelId);
    const cursor = channel?.cursor.last_read_number ?? 0;
    const unread = !this.rootId && channel !== undefined && channel.head.last_main_number > cursor;
    const at: PageAt =
      target !== undefined
        ? { around: target }
        : unread && cursor > 0
          ? { around: cursor }
          : this.rootId
            ? { after: 0 }
            : {};
    this.set({ status: 'loading', error: undefined, held: false, newAfter: unread ? cursor : undefined });
    try {
      const page = await this.fetch(at, true);
      this.set({ window: openWindow(page), status: 'ready', target, generation: this.view.generation + 1 });
      await this.settle(page);
    } catch (error) {
      this.set({ status: 'failed', error: asApiError(error) });
    }
  }

  /** What is held of the journal is worth nothing any more: starts anew. */
  async restart(): Promise<void> {
    this.set({ window: emptyWindow });
    await this.open();
  }

  async loadBefore(): Promise<void> {
    const first = this.view.window.rows[0];
    if (this.busyBefore || !this.view.window.moreBefore || !first) return;
    this.busyBefore = true;
    const page = await this.fetch({ before: first.number }).catch(() => undefined);
    this.busyBefore = false;
    if (!page || this.view.window.rows[0] !== first) return;
    this.set({ window: this.trimmed(prependPage(this.view.window, page), 'end'), grewAtStart: true });
    await this.settle(page);
  }

  async loadAfter(): Promise<void> {
    const last = this.view.window.rows.at(-1);
    if (this.busyAfter || !this.view.window.moreAfter || !last) return;
    this.busyAfter = true;
    const page = await this.fetch({ after: last.number }).catch(() => undefined);
    this.busyAfter = false;
    if (!page || this.view.window.rows.at(-1) !== last) return;
    this.set({ window: this.trimmed(appendPage(this.view.window, page), 'start') });
    await this.settle(page);
  }

  /** To the newest messages, in one step when they are not loaded. */
  async toLatest(): Promise<void> {
    if (!this.view.window.moreAfter && this.view.status === 'ready') return;
    try {
      const page = await this.fetch({});
      this.set({ window: openWindow(page), status: 'ready', target: undefined, generation: this.view.generation + 1 });
      await this.settle(page);
    } catch {
      // The list stays where it is; the pill can be pressed again.
    }
  }

  /** A message written, whoever wrote it. */
  take(message: MessageView): void {
    if (this.view.status !== 'ready' || message.thread_id !== this.rootId) return;
    const window = insertMessage(this.view.window, message);
    if (window === this.view.window) return;
    this.set({ window });
    if (window.rows.length > MOST_ROWS + SLACK) this.set({ window: this.trimmed(window, 'start') });
  }

  showNumber(target: number): void {
    this.set({ target, generation: this.view.generation + 1 });
  }

  /** Shown again: the New line is where reading stopped; a window that ends in the past is loaded anew. */
  resume(): void {
    const channel = this.outside.entities.state.channels.get(this.channelId);
    if (this.view.status !== 'ready' || this.view.window.moreAfter || !channel) {
      void this.open();
      return;
    }
    const cursor = channel.cursor.last_read_number;
    const unread = !this.rootId && channel.head.last_main_number > cursor;
    const newAfter = unread ? cursor : undefined;
    this.set({ newAfter, held: false, target: undefined, generation: this.view.generation + 1 });
  }

  /** "Unread from here": the New line goes there, and nothing counts as read until the timeline is shown again. */
  holdAt(after: number): void {
    this.set({ newAfter: after, held: true });
  }

  ids(): readonly Id[] {
    return this.view.window.rows.map((row) => row.id);
  }

  private fetch(at: PageAt, follow = false): Promise<MessagePage> {
    return this.outside.load(this.channelId, at, PAGE, this.rootId).then((page) => {
      this.outside.entities.ingest({ kind: 'page', channelId: this.channelId, page, follow: follow && !this.rootId });
      return page;
    });
  }

  private async settle(page: MessagePage): Promise<void> {
    const at = this.outside.entities.position(channelJournal(this.channelId));
    if (at !== undefined && at > page.head.version) await this.outside.replay(this.channelId, page.head.version);
  }

  private trimmed(window: Window, side: 'start' | 'end'): Window {
    const { window: kept, dropped } = trim(window, side);
    if (dropped.length > 0)
      this.outside.entities.ingest({ kind: 'forget_messages', ids: dropped.map((row) => row.id) });
    return kept;
  }

  private set(change: Partial<TimelineView>): void {
    this.view = { ...this.view, grewAtStart: false, ...change };
    for (const listener of [...this.listeners]) listener();
  }
}
