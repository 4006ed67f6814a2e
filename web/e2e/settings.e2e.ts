/** Settings that change something: seen by the person, by others, and by the server. With the keyboard where it counts. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from './browser';
import { Server } from './server';
import { Stage } from './stage';
import { Actor, build, PASSWORD, type World } from './world';

let server: Server;
let world: World;
let noor: Stage;
let ravi: Stage;

beforeAll(async () => {
  server = await Server.start({ PLEXICHAT_LIMITS__ENABLED: 'false' });
  world = await build(server);
  const nowhere = { url: '', code: '' };
  noor = new Stage(await Person.arrive(), world, nowhere, false);
  ravi = new Stage(await Person.arrive(), world, nowhere, false);
  await noor.as('noor');
  await ravi.as('ravi');
});

afterAll(async () => {
  await Promise.all([noor?.person.leave(), ravi?.person.leave()]);
  await server?.stop();
});

const saved = (stage: Stage) => stage.page.getByRole('status').filter({ hasText: 'Saved' }).waitFor();

describe('an unread channel', () => {
  it('opens at the first unread message, however tall the ones above turn out to be', async () => {
    await noor.channel('general');
    const top = () =>
      noor.page
        .locator('#messages article')
        .filter({ hasText: 'First new message.' })
        .evaluate(
          (row) => row.getBoundingClientRect().top - (row.closest('#messages')?.getBoundingClientRect().top ?? 0),
        );
    await expect.poll(top, { timeout: 15_000 }).toBeGreaterThan(60);
    expect(await top()).toBeLessThan(200);
  });
});

describe('with the keyboard alone', () => {
  it('changes a name that others see at once, and leads back to the channel', async () => {
    const { page } = noor;
    await ravi.channel('general');
    await noor.channel('general');
    await page.keyboard.press('Control+,');
    await page.getByRole('heading', { name: 'Profile' }).waitFor();
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('autocomplete'));
    for (let n = 0; n < 20 && (await focused()) !== 'name'; n += 1) await page.keyboard.press('Tab');
    expect(await focused()).toBe('name');
    await page.keyboard.press('End');
    await page.keyboard.type(' (Nürnberg)');
    await page.keyboard.press('Enter');
    await saved(noor);
    await ravi.page.locator('#messages').getByText('Noor Haddad (Nürnberg)').first().waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.press('Escape');
    await page.locator('#composer').waitFor();
    await page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
    await page.keyboard.type('Typed at once');
    expect(await page.locator('#composer').inputValue()).toBe('Typed at once');
    await page.locator('#composer').fill('');
  });

  it('walks the pages, chooses a theme by arrow keys and keeps it', async () => {
    const { page } = noor;
    await noor.settings('/settings/profile');
    await page.getByRole('link', { name: 'Appearance' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('radiogroup', { name: 'Theme' }).waitFor();
    await page.getByRole('radio', { name: 'As the system' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    await page.getByRole('radio', { name: 'Comfortable' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.reload();
    await page.getByRole('radio', { name: 'Compact' }).waitFor();
    const shown = await page.evaluate(() => ({ ...document.documentElement.dataset }));
    expect(shown).toMatchObject({ theme: 'dark', density: 'compact' });
  });

  it('speaks another language at once', async () => {
    const { page } = noor;
    await page.getByRole('button', { name: /Language/ }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('option', { name: 'Deutsch' }).waitFor();
    await page.keyboard.type('Deu');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Darstellung' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.lang)).toBe('de');
    await page.getByRole('button', { name: /Sprache/ }).click();
    await page.getByRole('option', { name: 'English' }).click();
    await page.getByRole('heading', { name: 'Appearance' }).waitFor();
  });
});

describe('the account', () => {
  it('changes the password and ends the other sessions', async () => {
    const other = await Actor.signIn(world.url, 'aiko', 'Safari on iOS');
    await ravi.as('aiko');
    const { page } = ravi;
    await ravi.settings('/settings/security');
    await page.getByText('Safari on iOS').waitFor();
    await page.getByLabel('Present password', { exact: true }).fill('wrong');
    await page.getByLabel('New password', { exact: true }).fill('harbour lights in november');
    await page.keyboard.press('Enter');
    await page.getByText('This is not your present password.').waitFor();
    await page.getByLabel('Present password', { exact: true }).fill(PASSWORD);
    await page.keyboard.press('Enter');
    await page.getByText('Your password is changed').waitFor();
    await expect(other.call('GET', '/users/me')).rejects.toThrow('401');
    await ravi.as('ravi');
  });

  it('signs out another device', async () => {
    const phone = await Actor.signIn(world.url, 'noor', 'Firefox on Android');
    const { page } = noor;
    await noor.settings('/settings/security');
    await page.getByRole('button', { name: 'Sign out Firefox on Android' }).click();
    await page.getByText('Firefox on Android').waitFor({ state: 'detached' });
    await expect(phone.call('GET', '/users/me')).rejects.toThrow('401');
  });

  it('mutes a channel, here and in the sidebar', async () => {
    const { page } = noor;
    await noor.settings('/settings/notifications');
    await page.getByRole('button', { name: /Tell me about leitung/ }).click();
    await page.getByRole('option', { name: 'Nothing' }).click();
    await noor.channel('general');
    await page.locator('a[data-muted]').filter({ hasText: 'leitung' }).waitFor();
    const state = await world.noor.call('GET', `/channels/${world.channels.private}`);
    expect(String(state['notify'])).toBe('muted');
  });
});

describe('a channel', () => {
  it('is renamed for everybody, and refuses a name that is taken at the name', async () => {
    const { page } = noor;
    await noor.settings(`/w/${world.workspace}/c/${world.channels.private}/settings/about`);
    const name = page.getByLabel('Name', { exact: true });
    await name.fill('General');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('This name is taken. Choose another.').waitFor();
    expect(await name.getAttribute('aria-invalid')).toBe('true');
    await name.fill('geschäftsleitung');
    await page.getByLabel('Topic (optional)').fill('Nur für uns');
    await page.getByRole('button', { name: 'Save' }).click();
    await saved(noor);
    await ravi.channel('private');
    await ravi.page.getByRole('heading', { name: 'geschäftsleitung', exact: true }).waitFor();
    await ravi.page.getByText('Nur für uns').waitFor();
  });

  it('is archived, found again and restored', async () => {
    const { page } = noor;
    await noor.settings(`/w/${world.workspace}/c/${world.channels.private}/settings/about`);
    await page.getByRole('button', { name: 'Archive…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Archive channel' }).click();
    await page.getByText('This channel is archived and read-only.').waitFor();
    await ravi.page.locator('#composer').waitFor({ state: 'detached' });
    await ravi.page.getByRole('button', { name: 'Northwind' }).click();
    await ravi.page.getByRole('menuitem', { name: 'Browse channels' }).click();
    await ravi.page.getByRole('button', { name: 'Show archived channels' }).click();
    await ravi.page.getByRole('button', { name: 'Open geschäftsleitung' }).waitFor();
    await ravi.page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByRole('button', { name: 'Archive…' }).waitFor();
    await ravi.page.locator('#composer').waitFor();
  });

  it('loses a member, who then cannot see it', async () => {
    const { page } = noor;
    await noor.settings(`/w/${world.workspace}/c/${world.channels.private}/settings/members`);
    await page.getByRole('button', { name: 'Remove Ravi Menon' }).click();
    await page.getByText('Ravi Menon').waitFor({ state: 'detached' });
    await ravi.page.getByRole('heading', { name: 'You cannot open this channel' }).waitFor();
  });
});

describe('a workspace', () => {
  it('is renamed, and everybody sees it', async () => {
    const { page } = noor;
    await noor.settings(`/w/${world.workspace}/settings/general`);
    await page.getByLabel('Workspace name').fill('Northwind Süd');
    await page.getByRole('button', { name: 'Save' }).click();
    await saved(noor);
    await ravi.channel('general');
    await ravi.page.getByRole('button', { name: 'Northwind Süd' }).waitFor();
  });

  it('gives another role, and removes a member', async () => {
    const { page } = noor;
    await noor.settings(`/w/${world.workspace}/settings/members`);
    await page.getByRole('button', { name: /Role of Maximiliane/ }).click();
    await page.getByRole('option', { name: 'Admin' }).click();
    const role = async () => {
      const list = await world.noor.call('GET', `/workspaces/${world.workspace}/members?q=max`);
      return String((list['items'] as unknown as { role: string }[])[0]?.role);
    };
    await expect.poll(role, { timeout: 15_000 }).toBe('admin');
    await page.getByRole('button', { name: /Actions for Llanfair/ }).click();
    await page.getByRole('menuitem', { name: 'Remove from workspace…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove from workspace' }).click();
    await page
      .locator('#content')
      .getByText(/^Llanfair/)
      .waitFor({ state: 'detached' });
    await expect(world.people['llanfair']?.call('GET', `/workspaces/${world.workspace}`)).rejects.toThrow('404');
  });

  it('ends an invitation: its link opens nothing any more', async () => {
    const { page } = noor;
    await noor.settings(`/w/${world.workspace}/settings/invitations`);
    const links = page.getByRole('list', { name: 'Invitations' }).getByRole('listitem');
    await links.first().waitFor();
    const before = await links.count();
    await page.getByRole('button', { name: 'Make a link' }).click();
    const link = await page.getByLabel('Invitation link').inputValue();
    await expect.poll(() => links.count(), { timeout: 15_000 }).toBe(before + 1);
    const newest = links.first();
    await newest.getByRole('button', { name: /^Revoke/ }).click();
    await newest.getByText('Revoked').waitFor();
    await ravi.page.goto(link);
    await ravi.page.getByRole('heading', { name: 'This link does not open anything' }).waitFor();
  });

  it('lets an administrator hand out a password link that works', async () => {
    const { page } = noor;
    await noor.settings(`/w/${world.workspace}/settings/members`);
    await page.getByRole('button', { name: 'Actions for Ravi Menon' }).click();
    await page.getByRole('menuitem', { name: 'Make a password link…' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make a link' }).click();
    const link = await page.getByRole('textbox', { name: 'Password link' }).inputValue();
    await ravi.as('');
    await ravi.page.goto(link);
    await ravi.page.getByLabel('New password', { exact: true }).fill('quite another lantern');
    await ravi.page.getByRole('button', { name: 'Change password' }).click();
    await ravi.page.getByLabel('Email or username').fill('ravi');
    await ravi.page.getByLabel('Password', { exact: true }).fill('quite another lantern');
    await ravi.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await ravi.page.locator('#composer').waitFor();
  });
});

describe('the tab', () => {
  it('says how much waits', async () => {
    await noor.channel('direct');
    const number = async () => Number(/^\((\d+)\)/.exec(await noor.page.title())?.[1] ?? 0);
    const before = await number();
    const body = { nonce: '77', text: 'And @noor should see this' };
    await world.people['max']?.call('POST', `/channels/${world.channels.general}/messages`, body);
    await expect.poll(number, { timeout: 15_000 }).toBe(before + 1);
  });

  it('met no error on the way', () => {
    expect([...noor.person.faults, ...ravi.person.faults]).toEqual([]);
  });
});
