/** Dialogs, menus and toasts above a channel. */
import type { Screen } from './screens';
import type { Stage } from './stage';

/** A dialog proper: the popover of a menu that is still closing has the role as well. */
const dialog = (stage: Stage) => stage.page.locator('section[role=dialog]');

async function general(stage: Stage): Promise<void> {
  await stage.as('noor');
  await stage.read('general');
  await stage.channel('general');
}

async function keys(stage: Stage, combination: string): Promise<void> {
  await general(stage);
  await stage.page.keyboard.press(combination);
  await dialog(stage).waitFor();
  await stage.person.quiet();
}

/** The list of conversations, which on the phone is a pane of its own. */
async function sidebar(stage: Stage): Promise<void> {
  await stage.as('noor');
  await stage.go(
    stage.phone ? `/w/${stage.world.workspace}` : `/w/${stage.world.workspace}/c/${stage.world.channels.general}`,
  );
  await stage.page.locator('[data-region=sidebar]').waitFor();
}

/** The menu under the name of the workspace; its entries in their order. */
async function workspaceMenu(stage: Stage): Promise<void> {
  await sidebar(stage);
  await stage.page.getByRole('button', { name: 'Northwind' }).click();
  await stage.page.getByRole('menu').waitFor();
}

async function fromWorkspaceMenu(stage: Stage, entry: number): Promise<void> {
  await workspaceMenu(stage);
  await stage.page.getByRole('menuitem').nth(entry).click();
  await dialog(stage).waitFor();
  await stage.person.quiet();
}

async function fromHead(stage: Stage, name: RegExp): Promise<void> {
  await general(stage);
  await stage.page.locator('main header').first().getByRole('button', { name }).click();
}

export const dialogScreens: readonly Screen[] = [
  { name: 'switcher', shows: ['dialog/switcher'], open: (stage) => keys(stage, 'Control+k') },
  {
    name: 'switcher-found',
    shows: ['dialog/switcher'],
    open: async (stage) => {
      await keys(stage, 'Control+k');
      await stage.page.keyboard.type('a');
    },
  },
  {
    name: 'switcher-none',
    shows: ['dialog/switcher'],
    open: async (stage) => {
      await keys(stage, 'Control+k');
      await stage.page.keyboard.type('xyzzy');
    },
  },
  { name: 'keys', shows: ['dialog/keys'], open: (stage) => keys(stage, 'Control+/') },
  { name: 'new-message', shows: ['dialog/new-message'], open: (stage) => keys(stage, 'Alt+n') },
  {
    name: 'new-message-chosen',
    shows: ['dialog/new-message'],
    open: async (stage) => {
      await keys(stage, 'Alt+n');
      for (const name of [/Maximiliane/, /Llanfair/, /محمد/])
        await dialog(stage).getByRole('button', { name }).last().click();
    },
  },
  { name: 'invite-people', shows: ['dialog/invite'], open: (stage) => fromWorkspaceMenu(stage, 0) },
  {
    name: 'invite-people-made',
    shows: ['dialog/invite'],
    open: async (stage) => {
      await fromWorkspaceMenu(stage, 0);
      await dialog(stage).getByRole('button').last().click();
      await dialog(stage).locator('input[readonly]').waitFor();
    },
  },
  {
    name: 'invite-people-guest',
    shows: ['dialog/invite'],
    open: async (stage) => {
      await fromWorkspaceMenu(stage, 0);
      await dialog(stage)
        .getByRole('button', { name: /Role|Rolle/ })
        .click();
      await stage.page.getByRole('option').nth(1).click();
      await dialog(stage).getByRole('button').last().click();
      await dialog(stage).getByRole('checkbox').first().waitFor();
    },
  },
  { name: 'new-channel', shows: ['dialog/new-channel'], open: (stage) => fromWorkspaceMenu(stage, 1) },
  {
    name: 'new-channel-taken',
    shows: ['dialog/new-channel'],
    open: async (stage) => {
      await fromWorkspaceMenu(stage, 1);
      await dialog(stage).locator('input').first().fill('General');
      await dialog(stage).locator('button[type=submit]').click();
    },
  },
  { name: 'browse', shows: ['dialog/browse'], open: (stage) => fromWorkspaceMenu(stage, 2) },
  {
    name: 'members',
    shows: ['dialog/members'],
    open: async (stage) => {
      await fromHead(stage, /^(Members|Mitglieder)$/);
      await dialog(stage).locator('li').first().waitFor();
    },
  },
  {
    name: 'add-members',
    shows: ['dialog/add-members'],
    open: async (stage) => {
      await fromHead(stage, /^(Add people|Leute hinzufügen)$/);
      await dialog(stage).locator('li').first().waitFor();
    },
  },
  {
    name: 'new-workspace',
    shows: ['dialog/new-workspace'],
    open: async (stage) => {
      await sidebar(stage);
      if (stage.phone) await stage.page.getByRole('button', { name: 'Northwind' }).click();
      const name = /^(Create a workspace|Arbeitsbereich anlegen)$/;
      await stage.page.getByRole(stage.phone ? 'menuitem' : 'button', { name }).click();
      await dialog(stage).locator('button[type=submit]').click();
    },
  },
  {
    name: 'delete-message',
    shows: ['dialog/delete'],
    open: async (stage) => {
      await general(stage);
      const row = stage.message('Tuesday it is');
      await row.focus();
      await row.press('Delete');
      await dialog(stage).waitFor();
    },
  },
  { name: 'workspace-menu', shows: ['workspace'], open: workspaceMenu },
  {
    name: 'channel-menu',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      await stage.page.locator('main header').first().getByRole('button').last().click();
      await stage.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'you-menu',
    shows: ['workspace'],
    open: async (stage) => {
      await sidebar(stage);
      await stage.page
        .getByRole('button', { name: /Noor Haddad/ })
        .last()
        .click();
      await stage.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'toast',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      const row = stage.message('Tuesday it is');
      await row.focus();
      await row.press('u');
      await stage.page.locator('[aria-live=polite] li').waitFor();
    },
  },
];
