/**
 * The one place that calls `fetch`. Same origin, session in an HttpOnly cookie, JSON both ways; every failure
 * is an `ApiError` with a stable code. A request that gets no answer in time fails as `unreachable`.
 */
import { problemOf, unreachable } from './problem';

const BASE = '/api/v1';
const TIMEOUT_MS = 20_000;

export type Query = Record<string, string | number | boolean | undefined>;
export type RequestOptions = { query?: Query; body?: unknown; headers?: Record<string, string>; signal?: AbortSignal };

function address(path: string, query: Query | undefined): string {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined) search.set(key, String(value));
  const text = search.toString();
  return text === '' ? BASE + path : `${BASE}${path}?${text}`;
}

export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const { query, body, headers, signal } = options;
  const limit = AbortSignal.timeout(TIMEOUT_MS);
  const init: RequestInit = {
    method,
    credentials: 'same-origin',
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    signal: signal ? AbortSignal.any([signal, limit]) : limit,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  };
  const response = await fetch(address(path, query), init).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await problemOf(response);
  if (response.status === 204) return undefined as T;
  return (await response.json().catch(() => {
    throw unreachable();
  })) as T;
}

export const get = <T>(path: string, query?: Query) => request<T>('GET', path, query ? { query } : {});
export const post = <T>(path: string, body?: unknown) => request<T>('POST', path, { body });
export const put = <T>(path: string, body?: unknown) => request<T>('PUT', path, { body });
export const patch = <T>(path: string, body?: unknown) => request<T>('PATCH', path, { body });
export const remove = <T>(path: string) => request<T>('DELETE', path);
