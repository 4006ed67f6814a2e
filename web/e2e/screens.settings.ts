/** The account, a workspace, a channel. */
import type { Screen } from './screens';
import type { Stage } from './stage';

const content = (stage: Stage) => stage.page.locator('#content');
/** A dialog proper: the popover of a menu that is still closing has the role as well. */
const dialog = (stage: Stage) => stage.page.locator('section[role=dialog]');

async function account(stage: Stage, page: string): Promise<void> {
  await stage.as('noor');
  await stage.settings(`/settings/${page}`);
}

async function workspace(stage: Stage, page: string, handle = 'noor'): Promise<void> {
  await stage.as(handle);
  await stage.settings(`/w/${stage.world.workspace}/settings/${page}`);
}

async function channel(stage: Stage, page: string, name: 'general' | 'long' | 'archived' = 'long'): Promise<void> {
  await stage.as('noor');
  await stage.settings(`/w/${stage.world.workspace}/c/${stage.world.channels[name]}/settings/${page}`);
}

async function memberMenu(stage: Stage, entry: number): Promise<void> {
  await workspace(stage, 'members');
  await content(stage).locator('li').filter({ hasText: 'Ravi' }).getByRole('button').last().click();
  await stage.page.getByRole('menuitem').nth(entry).click();
  await dialog(stage).waitFor();
}

export const settingsScreens: readonly Screen[] = [
  { name: 'settings-profile', shows: ['settings/profile'], open: (stage) => account(stage, 'profile') },
  {
    name: 'settings-profile-faults',
    shows: ['settings/profile'],
    open: async (stage) => {
      await account(stage, 'profile');
      for (const [i, text] of ['', 'x', 'nobody'].entries()) await content(stage).locator('input').nth(i).fill(text);
      await content(stage).locator('button[type=submit]').click();
    },
  },
  {
    name: 'settings-menu',
    shows: ['settings/profile'],
    open: async (stage) => {
      await account(stage, 'profile');
      if (!stage.phone) return;
      await stage.page.locator('header button').first().click();
      await stage.page.getByRole('menu').waitFor();
    },
  },
  { name: 'settings-appearance', shows: ['settings/appearance'], open: (stage) => account(stage, 'appearance') },
  {
    name: 'settings-notifications',
    shows: ['settings/notifications'],
    open: (stage) => account(stage, 'notifications'),
  },
  { name: 'settings-security', shows: ['settings/security'], open: (stage) => account(stage, 'security') },
  {
    name: 'settings-security-faults',
    shows: ['settings/security'],
    open: async (stage) => {
      await account(stage, 'security');
      await stage.page.locator('input[type=password]').nth(0).fill('not the one');
      await stage.page.locator('input[type=password]').nth(1).fill('long enough to be taken');
      await content(stage).locator('button[type=submit]').click();
      await content(stage).locator('[data-invalid]').first().waitFor();
    },
  },
  {
    name: 'settings-failed',
    shows: ['settings/security'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.answer('**/api/v1/auth/sessions', 'GET', 503, 'overloaded');
      await stage.settings('/settings/security');
      await stage.page.getByRole('alert').waitFor();
    },
  },
  { name: 'workspace-about', shows: ['workspace-settings/general'], open: (stage) => workspace(stage, 'general') },
  {
    name: 'workspace-about-member',
    shows: ['workspace-settings/general'],
    open: (stage) => workspace(stage, 'general', 'max'),
  },
  {
    name: 'workspace-leave',
    shows: ['workspace-settings/general'],
    open: async (stage) => {
      await workspace(stage, 'general');
      await content(stage).getByRole('button').last().click();
      await dialog(stage).getByRole('button').last().click();
      await stage.page.getByRole('alert').waitFor();
    },
  },
  { name: 'workspace-members', shows: ['workspace-settings/members'], open: (stage) => workspace(stage, 'members') },
  {
    name: 'workspace-members-none',
    shows: ['workspace-settings/members'],
    open: async (stage) => {
      await workspace(stage, 'members');
      await content(stage).locator('input').first().fill('xyzzy');
    },
  },
  { name: 'workspace-member-remove', shows: ['workspace-settings/members'], open: (stage) => memberMenu(stage, 1) },
  {
    name: 'workspace-member-password',
    shows: ['workspace-settings/members'],
    open: async (stage) => {
      await memberMenu(stage, 0);
      await dialog(stage).getByRole('button').last().click();
      await dialog(stage).locator('input[readonly]').waitFor();
    },
  },
  {
    name: 'workspace-invitations',
    shows: ['workspace-settings/invitations'],
    open: (stage) => workspace(stage, 'invitations'),
  },
  {
    name: 'workspace-settings-missing',
    shows: ['workspace-settings/general'],
    open: async (stage) => {
      await stage.as('max');
      await stage.go(`/w/${stage.world.empty.workspace}/settings/general`);
      await stage.page.locator('main h1').waitFor();
    },
  },
  { name: 'channel-about', shows: ['channel-settings/about'], open: (stage) => channel(stage, 'about') },
  {
    name: 'channel-about-taken',
    shows: ['channel-settings/about'],
    open: async (stage) => {
      await channel(stage, 'about');
      await content(stage).locator('input').first().fill('General');
      await content(stage).locator('button[type=submit]').click();
      await content(stage).locator('[data-invalid]').first().waitFor();
    },
  },
  {
    name: 'channel-about-archived',
    shows: ['channel-settings/about'],
    open: (stage) => channel(stage, 'about', 'archived'),
  },
  {
    name: 'channel-archive',
    shows: ['channel-settings/about'],
    open: async (stage) => {
      await channel(stage, 'about');
      await content(stage).getByRole('button').nth(-2).click();
      await dialog(stage).waitFor();
    },
  },
  {
    name: 'channel-members',
    shows: ['channel-settings/members'],
    open: (stage) => channel(stage, 'members', 'general'),
  },
];
