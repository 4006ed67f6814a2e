import { describe, expect, it } from 'vitest';
import { parseRoute, pathOf, type Route } from './router';

describe('addresses', () => {
  it('are read and written alike', () => {
    const routes: Route[] = [
      { name: 'home' },
      { name: 'sign-in' },
      { name: 'invite', code: 'AbC-12' },
      { name: 'workspace', workspaceId: '5' },
      { name: 'settings', page: 'security' },
      { name: 'workspace-settings', workspaceId: '5', page: 'invitations' },
      { name: 'channel-settings', workspaceId: '5', channelId: '10', page: 'members' },
      { name: 'admin-settings', page: 'audit' },
      { name: 'channel', workspaceId: '5', channelId: '10' },
      { name: 'channel', workspaceId: '5', channelId: '10', number: 42 },
      { name: 'channel', workspaceId: undefined, channelId: '20', rootId: '99' },
    ];
    for (const route of routes) {
      const url = new URL(pathOf(route), 'http://x');
      expect(parseRoute(url.pathname, url.hash)).toEqual(route);
    }
  });

  it('of settings without a page lead to the first', () => {
    expect(parseRoute('/settings')).toEqual({ name: 'settings', page: 'profile' });
    expect(parseRoute('/admin')).toEqual({ name: 'admin-settings', page: 'keys' });
    expect(parseRoute('/w/5/settings')).toMatchObject({ page: 'general' });
    expect(parseRoute('/w/5/c/10/settings')).toMatchObject({ page: 'about' });
  });

  it('that mean nothing are unknown, not an error', () => {
    const nowhere = ['/w/x', '/c/', '/w/5/c/abc', '/c/1/z/2', '/nowhere', '/c/99999999999999999999'];
    for (const path of [
      ...nowhere,
      '/settings/x',
      '/admin/x',
      '/w/5/settings/x',
      '/w/5/c/1/settings/x',
      '/c/1/settings/about',
    ])
      expect(parseRoute(path).name).toBe('unknown');
    expect(parseRoute('/invite', '#%zz')).toEqual({ name: 'invite', code: '%zz' });
  });
});
