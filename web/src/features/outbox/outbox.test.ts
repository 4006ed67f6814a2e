import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiError, unreachable } from '../../api/problem';
import type { MessageView, NewMessage } from '../../api/types';
import { CHANNEL_ID, message } from '../../test/rows';
import { newNonce } from './nonce';
import { Outbox } from './outbox';

type Send = (channelId: string, message: NewMessage) => Promise<MessageView>;
const accepted: Send = async (channel_id, m) => message(1, { channel_id, nonce: m.nonce, text: m.text });
const refusal = (status: number, code: string, retry_after_ms?: number) =>
  new ApiError({ title: code, status, detail: code, code, ...(retry_after_ms ? { retry_after_ms } : {}) });

function setUp(send: Send) {
  const calls: NewMessage[] = [];
  const arrived: MessageView[] = [];
  const spy = vi.fn(async (channelId: string, m: NewMessage) => {
    calls.push(m);
    return send(channelId, m);
  });
  const outbox = new Outbox({ storage: localStorage, send: spy, sent: (m) => arrived.push(m), now: () => Date.now() });
  outbox.open('1');
  return { outbox, calls, arrived, spy };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

beforeEach(() => vi.useFakeTimers({ now: Date.UTC(2026, 10, 20) }));
afterEach(() => vi.useRealTimers());

describe('the outbox', () => {
  it('sends, and lets go when it is answered', async () => {
    const t = setUp(accepted);
    t.outbox.add({ channelId: CHANNEL_ID, text: 'hello' });
    expect(t.outbox.get()).toHaveLength(1);
    await settle();
    expect(t.outbox.get()).toEqual([]);
    expect(t.arrived.map((m) => m.text)).toEqual(['hello']);
    expect(localStorage.length).toBe(0);
  });

  it('keeps the order of a channel, one at a time', async () => {
    const t = setUp(accepted);
    for (const text of ['one', 'two', 'three']) t.outbox.add({ channelId: CHANNEL_ID, text });
    expect(t.calls).toHaveLength(1);
    await settle();
    expect(t.calls.map((m) => m.text)).toEqual(['one', 'two', 'three']);
  });

  it('repeats with the same nonce while the server is away', async () => {
    let away = true;
    const t = setUp((channelId, m) => (away ? Promise.reject(unreachable()) : accepted(channelId, m)));
    t.outbox.add({ channelId: CHANNEL_ID, text: 'kept' });
    await vi.advanceTimersByTimeAsync(5_000);
    expect(t.outbox.get()).toHaveLength(1);
    away = false;
    t.outbox.wake();
    await settle();
    expect(t.outbox.get()).toEqual([]);
    expect(new Set(t.calls.map((m) => m.nonce)).size).toBe(1);
    expect(t.calls.length).toBeGreaterThan(1);
  });

  it('waits as long as the server asks for', async () => {
    let busy = true;
    const t = setUp((c, m) => (busy ? Promise.reject(refusal(429, 'rate_limited', 4_000)) : accepted(c, m)));
    t.outbox.add({ channelId: CHANNEL_ID, text: 'slowly' });
    await vi.advanceTimersByTimeAsync(3_900);
    busy = false;
    expect(t.calls).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(t.outbox.get()).toEqual([]);
  });

  it('shows a refusal, goes on with the next, and tries again when asked', async () => {
    let refuse = true;
    const t = setUp((c, m) => (refuse && m.text === 'no' ? Promise.reject(refusal(403, 'forbidden')) : accepted(c, m)));
    const entry = t.outbox.add({ channelId: CHANNEL_ID, text: 'no' });
    t.outbox.add({ channelId: CHANNEL_ID, text: 'yes' });
    await settle();
    expect(t.outbox.get()).toMatchObject([{ text: 'no', failed: 'forbidden' }]);
    refuse = false;
    t.outbox.retry(entry.nonce);
    await settle();
    expect(t.outbox.get()).toEqual([]);
    expect(t.calls.at(-1)?.nonce).toBe(entry.nonce);
  });

  it('confirms a broadcast only when a person says so', async () => {
    const t = setUp((c, m) =>
      m.confirm_broadcast ? accepted(c, m) : Promise.reject(refusal(409, 'confirmation_needed')),
    );
    const entry = t.outbox.add({ channelId: CHANNEL_ID, text: '@everyone' });
    await settle();
    expect(t.outbox.get()[0]?.failed).toBe('confirmation_needed');
    t.outbox.retry(entry.nonce, true);
    await settle();
    expect(t.outbox.get()).toEqual([]);
  });

  it('survives a reload, in order and with the same nonces', async () => {
    const before = setUp(() => Promise.reject(unreachable()));
    before.outbox.add({ channelId: CHANNEL_ID, text: 'first' });
    await vi.advanceTimersByTimeAsync(10);
    before.outbox.add({ channelId: CHANNEL_ID, threadId: 'm9', text: 'second' });
    const nonces = before.outbox.get().map((entry) => entry.nonce);
    const after = setUp(accepted);
    await settle();
    expect(after.calls.map((m) => [m.nonce, m.text, m.thread_id])).toEqual([
      [nonces[0], 'first', undefined],
      [nonces[1], 'second', 'm9'],
    ]);
    expect(localStorage.length).toBe(0);
  });

  it('lets the event take the place of the echo when it is first', async () => {
    let answer: (m: MessageView) => void = () => undefined;
    const t = setUp(() => new Promise((resolve) => (answer = resolve)));
    const entry = t.outbox.add({ channelId: CHANNEL_ID, text: 'raced' });
    const view = message(7, { nonce: entry.nonce });
    t.outbox.arrived({ ...view, channel_id: 'elsewhere' });
    expect(t.outbox.get()).toHaveLength(1);
    t.outbox.arrived(view);
    expect(t.outbox.get()).toEqual([]);
    answer(view);
    await settle();
    expect(t.outbox.get()).toEqual([]);
  });

  it('keeps the unsent of one person from another', () => {
    const mine = setUp(() => Promise.reject(unreachable()));
    mine.outbox.add({ channelId: CHANNEL_ID, text: 'mine' });
    mine.outbox.close();
    mine.outbox.open('2');
    expect(mine.outbox.get()).toEqual([]);
  });

  it('ignores what is not an entry', () => {
    localStorage.setItem('plexichat.outbox.1.5', 'not json');
    localStorage.setItem('plexichat.outbox.1.6', '{"nonce":"x"}');
    expect(setUp(accepted).outbox.get()).toEqual([]);
  });
});

describe('nonces', () => {
  it('are positive, of 63 bits, and sort by time', () => {
    const list = [0, 1, 60_000, 3.2e11].map((ms) => BigInt(newNonce(Date.UTC(2025, 0, 1) + ms, () => 0x1f_ffff)));
    expect(list.every((n) => n > 0n && n < 2n ** 63n)).toBe(true);
    expect([...list].sort((a, b) => (a < b ? -1 : 1))).toEqual(list);
    expect(new Set(Array.from({ length: 200 }, () => newNonce())).size).toBe(200);
  });
});
