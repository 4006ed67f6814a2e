import { describe, expect, it } from 'vitest';
import { backoffMs, type ConnectionEvent, type ConnectionState, next, transitions } from './machine';

const run = (state: ConnectionState, ...events: ConnectionEvent[]) => events.reduce(next, state);

describe('the connection machine', () => {
  it('goes from signing in to live', () => {
    expect(run('signed-out', 'signed-in')).toBe('connecting');
    expect(run('signed-out', 'signed-in', 'ready', 'caught-up')).toBe('live');
  });

  it('backs off when the connection is lost, and connects again', () => {
    for (const state of ['connecting', 'syncing', 'live'] as const) expect(next(state, 'lost')).toBe('backing-off');
    expect(next('backing-off', 'retry')).toBe('connecting');
  });

  it('waits for the network when there is none, and goes on when it is back', () => {
    for (const state of ['connecting', 'syncing', 'live', 'backing-off'] as const)
      expect(next(state, 'network-lost')).toBe('offline');
    expect(next('offline', 'network-found')).toBe('connecting');
  });

  it('identifies again after a resync', () => {
    expect(run('live', 'resync')).toBe('connecting');
  });

  it('leaves every state when the session ends, and stays out until somebody signs in', () => {
    const states = Object.keys(transitions) as ConnectionState[];
    for (const state of states) expect(next(state, 'refused')).toBe('signed-out');
    for (const event of ['retry', 'network-found', 'ready', 'lost', 'caught-up'] as const)
      expect(next('signed-out', event)).toBe('signed-out');
  });

  it('ignores what means nothing in a state', () => {
    expect(next('live', 'ready')).toBe('live');
    expect(next('offline', 'caught-up')).toBe('offline');
  });
});

describe('waiting', () => {
  it('doubles, stays below half a minute, and is never shorter than half of it', () => {
    const most = [0, 1, 2, 3, 10, 50].map((attempt) => backoffMs(attempt, () => 1));
    expect(most).toEqual([500, 1_000, 2_000, 4_000, 30_000, 30_000]);
    expect(backoffMs(3, () => 0)).toBe(2_000);
  });
});
