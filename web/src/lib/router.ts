/**
 * Routes as data: an address is parsed into a `Route`, a `Route` is written as an address, both checked by the
 * compiler. Codes of one-time links stand behind `#`, so they are never sent to a server or kept in its logs.
 */
import { type AnchorHTMLAttributes, createElement, type MouseEvent, useSyncExternalStore } from 'react';
import type { Id } from '../api/types';

export const SETTINGS_PAGES = ['profile', 'appearance', 'notifications', 'security'] as const;
export const WORKSPACE_PAGES = ['general', 'members', 'invitations'] as const;
export const CHANNEL_PAGES = ['about', 'members'] as const;
export const ADMIN_PAGES = ['keys', 'certificates', 'audit'] as const;

export type Route =
  | { name: 'home' }
  | { name: 'setup' | 'invite' | 'reset'; code: string }
  | { name: 'sign-in' }
  | { name: 'settings'; page: (typeof SETTINGS_PAGES)[number] }
  | { name: 'workspace'; workspaceId: Id }
  | { name: 'workspace-settings'; workspaceId: Id; page: (typeof WORKSPACE_PAGES)[number] }
  | { name: 'channel'; workspaceId: Id | undefined; channelId: Id; number?: number; rootId?: Id }
  | { name: 'channel-settings'; workspaceId: Id; channelId: Id; page: (typeof CHANNEL_PAGES)[number] }
  | { name: 'admin-settings'; page: (typeof ADMIN_PAGES)[number] }
  | { name: 'unknown' };

const ID = /^\d{1,19}$/;

/** The page of that name, or the first when none is named. */
function pageOf<P extends string>(pages: readonly P[], name: string | undefined): P | undefined {
  return name === undefined ? pages[0] : pages.find((page) => page === name);
}

export function parseRoute(path: string, hash = ''): Route {
  const parts = path.split('/').filter((part) => part !== '');
  const [head = '', id = ''] = parts;
  if (parts.length === 0) return { name: 'home' };
  if (head === 'setup' || head === 'invite' || head === 'reset') return { name: head, code: decode(hash.slice(1)) };
  if (head === 'sign-in') return { name: 'sign-in' };
  if (head === 'settings') {
    const page = pageOf(SETTINGS_PAGES, parts[1]);
    if (page) return { name: 'settings', page };
  }
  if (head === 'admin') {
    const page = pageOf(ADMIN_PAGES, parts[1]);
    if (page) return { name: 'admin-settings', page };
  }
  if (head === 'w' && ID.test(id)) {
    if (parts.length === 2) return { name: 'workspace', workspaceId: id };
    if (parts[2] === 'c') return channelRoute(id, parts.slice(3));
    const page = parts[2] === 'settings' ? pageOf(WORKSPACE_PAGES, parts[3]) : undefined;
    if (page) return { name: 'workspace-settings', workspaceId: id, page };
  }
  if (head === 'c') return channelRoute(undefined, parts.slice(1));
  return { name: 'unknown' };
}

function channelRoute(workspaceId: Id | undefined, [channelId = '', kind, value = '']: string[]): Route {
  if (!ID.test(channelId)) return { name: 'unknown' };
  const route = { name: 'channel' as const, workspaceId, channelId };
  if (kind === undefined) return route;
  if (kind === 'm' && ID.test(value)) return { ...route, number: Number(value) };
  if (kind === 't' && ID.test(value)) return { ...route, rootId: value };
  const page = kind === 'settings' && workspaceId ? pageOf(CHANNEL_PAGES, value || undefined) : undefined;
  if (page && workspaceId) return { name: 'channel-settings', workspaceId, channelId, page };
  return { name: 'unknown' };
}

export function pathOf(route: Route): string {
  switch (route.name) {
    case 'setup':
    case 'invite':
    case 'reset':
      return route.code === '' ? `/${route.name}` : `/${route.name}#${route.code}`;
    case 'sign-in':
      return '/sign-in';
    case 'settings':
      return `/settings/${route.page}`;
    case 'admin-settings':
      return `/admin/${route.page}`;
    case 'workspace':
      return `/w/${route.workspaceId}`;
    case 'workspace-settings':
      return `/w/${route.workspaceId}/settings/${route.page}`;
    case 'channel-settings':
      return `/w/${route.workspaceId}/c/${route.channelId}/settings/${route.page}`;
    case 'channel': {
      const base = route.workspaceId ? `/w/${route.workspaceId}/c/${route.channelId}` : `/c/${route.channelId}`;
      if (route.rootId) return `${base}/t/${route.rootId}`;
      return route.number === undefined ? base : `${base}/m/${route.number}`;
    }
    default:
      return '/';
  }
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const listeners = new Set<() => void>();
let current: Route | undefined;

function refresh(): void {
  current = parseRoute(location.pathname, location.hash);
  for (const listener of [...listeners]) listener();
}

if (typeof addEventListener === 'function') {
  addEventListener('popstate', refresh);
  addEventListener('hashchange', refresh);
}

export function getRoute(): Route {
  current ??= parseRoute(location.pathname, location.hash);
  return current;
}

export function useRoute(): Route {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, getRoute);
}

export function navigate(route: Route, how: 'push' | 'replace' = 'push'): void {
  const path = pathOf(route);
  if (how === 'replace') history.replaceState(null, '', path);
  else if (path !== location.pathname + location.hash) history.pushState(null, '', path);
  refresh();
}

type LinkProps = { to: Route } & Omit<AnchorHTMLAttributes<HTMLAnchorElement>, 'href'>;

/** A real link: middle click and "open in new tab" work; a plain click stays in the page. */
export function Link({ to, onClick, ...rest }: LinkProps) {
  const handleClick = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    navigate(to);
  };
  return createElement('a', { ...rest, href: pathOf(to), onClick: handleClick });
}
