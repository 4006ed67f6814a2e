/**
 * The timelines that are held, by channel and by thread. A held main timeline is followed in full by the
 * connection; the least recently shown ones are let go, so that memory and subscriptions stay bounded.
 */
import type { Id } from '../../api/types';
import type { Change } from '../../entities/state';
import { Timeline, type TimelineOutside } from './timeline';

/** The server allows 20 channels in full per socket. */
export const MOST_HELD = 12;

export type Follow = { follow: (channelId: Id) => Promise<void>; unfollow: (channelId: Id) => void };

const keyOf = (channelId: Id, rootId?: Id): string => (rootId ? `${channelId}/${rootId}` : channelId);

export class Timelines {
  /** In order of last use. */
  private readonly held = new Map<string, Timeline>();

  constructor(
    private readonly outside: TimelineOutside,
    private readonly connection: Follow,
  ) {}

  /** The timeline, opened if it was not held. */
  show(channelId: Id, rootId?: Id, target?: number): Timeline {
    const key = keyOf(channelId, rootId);
    const held = this.held.get(key);
    const timeline = held ?? new Timeline(channelId, rootId, this.outside);
    this.held.delete(key);
    this.held.set(key, timeline);
    if (!held) void this.load(timeline, target);
    // Called while rendering: who already watches is told afterwards.
    else if (target !== undefined) queueMicrotask(() => this.goTo(timeline, target));
    this.shrink();
    return timeline;
  }

  private goTo(timeline: Timeline, target: number): void {
    if (timeline.get().window.rows.some((row) => row.number === target)) timeline.showNumber(target);
    else void this.load(timeline, target);
  }

  /** The channel comes on screen. */
  enter(channelId: Id, rootId?: Id, target?: number): Timeline {
    const known = this.held.has(keyOf(channelId, rootId));
    const timeline = this.show(channelId, rootId, target);
    if (known && target === undefined && !timeline.watched) timeline.resume();
    return timeline;
  }

  async reload(timeline: Timeline): Promise<void> {
    await this.load(timeline);
  }

  handle(change: Change): void {
    if (change.type === 'message') {
      const { channel_id, thread_id } = change.message;
      this.held.get(keyOf(channel_id, thread_id))?.take(change.message);
    } else if (change.type === 'channel_reset') {
      for (const timeline of this.of(change.channelId)) void this.restart(timeline);
    } else if (change.type === 'everything_reset') {
      for (const [key, timeline] of [...this.held]) {
        if (timeline.watched) void this.restart(timeline);
        else this.drop(key, timeline);
      }
    } else if (change.type === 'channel_dropped') {
      for (const timeline of this.of(change.channelId)) this.drop(keyOf(timeline.channelId, timeline.rootId), timeline);
    }
  }

  /** Signed out. */
  clear(): void {
    for (const timeline of this.held.values()) this.connection.unfollow(timeline.channelId);
    this.held.clear();
  }

  private of(channelId: Id): Timeline[] {
    return [...this.held.values()].filter((timeline) => timeline.channelId === channelId);
  }

  /** The connection is back: what failed to load is tried again. */
  wake(): void {
    for (const timeline of this.held.values()) if (timeline.get().status === 'failed') void this.load(timeline);
  }

  private async restart(timeline: Timeline): Promise<void> {
    await timeline.restart();
    if (timeline.get().status === 'ready') await this.connection.follow(timeline.channelId);
  }

  private async load(timeline: Timeline, target?: number): Promise<void> {
    await timeline.open(target);
    if (timeline.get().status === 'ready') await this.connection.follow(timeline.channelId);
  }

  private shrink(): void {
    const over = this.held.size - MOST_HELD;
    if (over <= 0) return;
    const idle = [...this.held].filter(([, timeline]) => !timeline.watched);
    // The newest entry is being shown although nothing subscribes to it yet.
    for (const [key, timeline] of idle.slice(0, Math.min(over, idle.length - 1))) this.drop(key, timeline);
  }

  private drop(key: string, timeline: Timeline): void {
    this.held.delete(key);
    this.outside.entities.ingest({ kind: 'forget_messages', ids: timeline.ids() });
    if (this.of(timeline.channelId).length === 0) this.connection.unfollow(timeline.channelId);
  }
}
