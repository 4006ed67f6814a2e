import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ClientFrame, ServerFrame } from '../api/events';
import { Entities } from '../entities/entities';
import { CHANNEL_ID, created, message, page, snapshot } from '../test/rows';
import { Connection } from './connection';
import type { SocketLike } from './socket';

/** The other end of the wire. */
class Wire implements SocketLike {
  readyState = 1;
  onmessage: ((event: MessageEvent) => void) | null = null;
  onclose: ((event: CloseEvent) => void) | null = null;
  readonly sent: ClientFrame[] = [];

  send(data: string): void {
    this.sent.push(JSON.parse(data) as ClientFrame);
  }

  close(): void {
    this.readyState = 3;
  }

  tell(frame: ServerFrame): void {
    this.onmessage?.({ data: JSON.stringify(frame) } as MessageEvent);
  }

  drop(code: number): void {
    this.readyState = 3;
    this.onclose?.({ code } as CloseEvent);
  }

  last<T extends ClientFrame['op']>(op: T): Extract<ClientFrame, { op: T }> | undefined {
    return this.sent.findLast((f): f is Extract<ClientFrame, { op: T }> => f.op === op);
  }
}

const hello: ServerFrame = {
  op: 'hello',
  heartbeat_ms: 30_000,
  cluster_level: 1,
  server_version: '0.1.0',
  max_frame_bytes: 65_536,
  max_open_channels: 20,
  commands_per_minute: 600,
};

function setUp() {
  const wires: Wire[] = [];
  const entities = new Entities();
  let online = true;
  const connection = new Connection(entities, {
    open: () => {
      const wire = new Wire();
      wires.push(wire);
      return wire;
    },
    online: () => online,
    now: () => Date.now(),
    random: () => 0,
  });
  const wire = () => wires.at(-1) as Wire;
  const settle = () => vi.advanceTimersByTimeAsync(0);
  const goLive = async () => {
    connection.start();
    wire().tell(hello);
    wire().tell({ op: 'ready', epoch: 'e1', resumed: false, snapshot: snapshot() });
    await settle();
  };
  return { connection, entities, wires, wire, settle, goLive, setOnline: (v: boolean) => (online = v) };
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe('the connection', () => {
  it('identifies without a vector first, takes the snapshot and is live', async () => {
    const t = setUp();
    await t.goLive();
    expect(t.wire().last('identify')).toEqual({ op: 'identify' });
    expect(t.connection.state).toBe('live');
    expect(t.entities.state.channels.get(CHANNEL_ID)?.channel.name).toBe('general');
  });

  it('resumes with the vector held, and asks for what open channels missed', async () => {
    const t = setUp();
    await t.goLive();
    t.entities.ingest({ kind: 'page', channelId: CHANNEL_ID, page: page([9, 10]), follow: true });
    void t.connection.follow(CHANNEL_ID);
    expect(t.wire().last('subscribe')?.channels).toEqual([{ channel_id: CHANNEL_ID, level: 'open', after: 10 }]);
    t.wire().tell({ op: 'event', ...created(message(11)) });
    t.wire().drop(1006);
    expect(t.connection.state).toBe('backing-off');
    await vi.advanceTimersByTimeAsync(1_000);
    expect(t.wires).toHaveLength(2);
    t.wire().tell(hello);
    expect(t.wire().last('identify')?.vector).toEqual({
      epoch: 'e1',
      instance: 4,
      user: 7,
      workspaces: { '5': 3 },
      channels: {},
    });
    t.wire().tell({ op: 'ready', epoch: 'e1', resumed: true });
    await t.settle();
    expect(t.connection.state).toBe('syncing');
    const asked = t.wire().last('subscribe');
    expect(asked?.channels).toEqual([{ channel_id: CHANNEL_ID, level: 'open', after: 11 }]);
    const missed = { epoch: 'e1', up_to: 12, events: [created(message(12))], more: false, reset: false };
    t.wire().tell({ op: 'result', id: asked?.id ?? 0, changes: [{ channel_id: CHANNEL_ID, ...missed }] });
    await t.settle();
    expect(t.connection.state).toBe('live');
    expect(t.entities.state.messages.get('m12')?.text).toBe('text 12');
    expect(t.entities.position(`channel:${CHANNEL_ID}`)).toBe(12);
  });

  it('signs out when the server says the session ended', async () => {
    const t = setUp();
    await t.goLive();
    t.wire().drop(4001);
    expect(t.connection.state).toBe('signed-out');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(t.wires).toHaveLength(1);
  });

  it('notices silence, also when the close is never answered', async () => {
    const t = setUp();
    await t.goLive();
    await vi.advanceTimersByTimeAsync(61_000);
    expect(t.connection.state).not.toBe('live');
  });

  it('stays while the server answers the heartbeat', async () => {
    const t = setUp();
    await t.goLive();
    for (let beat = 0; beat < 5; beat += 1) {
      await vi.advanceTimersByTimeAsync(30_000);
      t.wire().tell({ op: 'pong' });
    }
    expect(t.connection.state).toBe('live');
    expect(t.wire().sent.filter((f) => f.op === 'ping')).toHaveLength(5);
  });

  it('comes back when a draining node says so', async () => {
    const t = setUp();
    await t.goLive();
    t.wire().tell({ op: 'reconnect', after_ms: 7_000 });
    await vi.advanceTimersByTimeAsync(6_900);
    expect(t.wires).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(t.wires).toHaveLength(2);
  });

  it('identifies again on the same socket after a resync', async () => {
    const t = setUp();
    await t.goLive();
    t.wire().tell({ op: 'resync' });
    expect(t.wires).toHaveLength(1);
    expect(t.wire().sent.filter((f) => f.op === 'identify')).toHaveLength(2);
    t.wire().tell({ op: 'ready', epoch: 'e1', resumed: true });
    await t.settle();
    expect(t.connection.state).toBe('live');
  });

  it('does not try without a network, and tries at once when it is back', async () => {
    const t = setUp();
    await t.goLive();
    t.setOnline(false);
    t.connection.networkChanged();
    expect(t.connection.state).toBe('offline');
    await vi.advanceTimersByTimeAsync(120_000);
    expect(t.wires).toHaveLength(1);
    t.setOnline(true);
    t.connection.networkChanged();
    expect(t.wires).toHaveLength(2);
  });

  it('says at most every three seconds that somebody types', async () => {
    const t = setUp();
    await t.goLive();
    for (let key = 0; key < 20; key += 1) {
      t.connection.typing(CHANNEL_ID);
      await vi.advanceTimersByTimeAsync(200);
    }
    expect(t.wire().sent.filter((f) => f.op === 'typing')).toHaveLength(2);
  });

  it('survives frames that are not JSON or unknown', async () => {
    const t = setUp();
    await t.goLive();
    t.wire().onmessage?.({ data: 'not json' } as MessageEvent);
    t.wire().onmessage?.({ data: '{"op":"from_the_future"}' } as MessageEvent);
    expect(t.connection.state).toBe('live');
  });
});
