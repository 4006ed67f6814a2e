/**
 * The one place that calls `fetch`. Operations are called by the names of the contract, with the types the server
 * generates. Same origin, session in an HttpOnly cookie, JSON both ways; every failure is an `ApiError` with a
 * stable code. A request that gets no answer in time fails as `unreachable`.
 */
import { problemOf, unreachable } from './problem';
import { type Operations, operations } from './schema.gen';

const TIMEOUT_MS = 20_000;

type Nothing = Record<string, never>;
type Loose<T> = { [K in keyof T]: T[K] | undefined };
type Part<K extends string, T> = T extends undefined | Nothing
  ? unknown
  : Nothing extends T
    ? { [P in K]?: Loose<T> }
    : { [P in K]: Loose<T> };

/** What an operation needs: path, query and body, each only where the contract has it. */
export type Needs<N extends keyof Operations> = Part<'path', Operations[N]['path']> &
  Part<'query', Operations[N]['query']> &
  (Operations[N]['body'] extends undefined ? unknown : { body: Operations[N]['body'] });

type Given = { path?: Record<string, string>; query?: Record<string, unknown>; body?: unknown };

function address(path: string, { path: parts = {}, query = {} }: Given): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(parts[name] ?? ''));
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) search.set(key, String(value));
  return search.size === 0 ? filled : `${filled}?${search}`;
}

export async function call<N extends keyof Operations>(name: N, needs: Needs<N>): Promise<Operations[N]['response']> {
  const { method, path } = operations[name];
  const given = needs as Given;
  const init: RequestInit = {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      ...(given.body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    signal: AbortSignal.timeout(TIMEOUT_MS),
    ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
  };
  const response = await fetch(address(path, given), init).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined;
  return (await response.json().catch(() => {
    throw unreachable();
  })) as Operations[N]['response'];
}
