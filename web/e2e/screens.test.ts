import { describe, expect, it } from 'vitest';
import type { Overlay } from '../src/lib/overlay';
import { ADMIN_PAGES, CHANNEL_PAGES, type Route, SETTINGS_PAGES, WORKSPACE_PAGES } from '../src/lib/router';
import { screens } from './screens';

// A route or dialog that is missing here does not compile; one that no screen shows fails below.
const routes: Record<Route['name'], readonly string[]> = {
  home: [],
  setup: [],
  invite: [],
  reset: [],
  'sign-in': [],
  settings: SETTINGS_PAGES,
  workspace: [],
  'workspace-settings': WORKSPACE_PAGES,
  channel: ['message', 'thread'],
  'channel-settings': CHANNEL_PAGES,
  'admin-settings': ADMIN_PAGES,
  unknown: [],
};
const dialogs: Record<Overlay['kind'] | 'delete', true> = {
  switcher: true,
  keys: true,
  'new-message': true,
  invite: true,
  'new-channel': true,
  browse: true,
  members: true,
  'add-members': true,
  'new-workspace': true,
  'recovery-kit': true,
  delete: true,
};
const places = [
  ...Object.entries(routes).flatMap(([name, pages]) => [name, ...pages.map((page) => `${name}/${page}`)]),
  ...Object.keys(dialogs).map((name) => `dialog/${name}`),
];

describe('the list of screens', () => {
  it.each(places)('shows %s', (place) => {
    const shown = screens.some((screen) => screen.shows.some((name) => name === place || name.startsWith(`${place}/`)));
    expect(shown, `no entry of e2e/screens.ts shows ${place}`).toBe(true);
  });

  it('names nothing that does not exist, and nothing twice', () => {
    expect(screens.flatMap((screen) => screen.shows).filter((name) => !places.includes(name))).toEqual([]);
    const names = screens.map((screen) => screen.name);
    expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([]);
  });
});
