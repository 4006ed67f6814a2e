/** What those who run the instance do: keep a recovery kit, replace and destroy keys, read the log and check it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Person } from './browser';
import { makeKit, wordsOf } from './kit';
import { Server } from './server';
import { Stage } from './stage';
import { type Actor, build, keepKit, PASSWORD, type World } from './world';

let server: Server;
let world: World;
let noor: Stage;
let folder = '';

beforeAll(async () => {
  server = await Server.start({
    PLEXICHAT_LIMITS__ENABLED: 'false',
    PLEXICHAT_KEYS__SHRED_GRACE_HOURS: '0',
    PLEXICHAT_KEYS__SHRED_NEEDS_APPROVAL: 'true',
    PLEXICHAT_KEYS__SETTLE_SECONDS: '20',
  });
  world = await build(server);
  folder = mkdtempSync(join(tmpdir(), 'plexichat-export-'));
  noor = new Stage(await Person.arrive(), world, { url: '', code: '' }, false);
  await noor.as('noor');
});

afterAll(async () => {
  await noor?.person.leave();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

const kits = async () => {
  const keys = await world.noor.call('GET', '/admin/keys');
  return { counts: keys['kit'] !== undefined, waits: keys['waiting_kit'] !== undefined };
};

describe('the recovery kit', () => {
  it('is removed, and everybody who administers is reminded until another was proven', async () => {
    const { page } = noor;
    await noor.settings('/admin/keys');
    await page.getByRole('button', { name: /^Remove the kit/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove kit' }).click();
    await page.getByText('No kit counts').waitFor();
    expect(await kits()).toEqual({ counts: false, waits: false });
    await noor.channel('general');
    const banner = page.getByRole('complementary', { name: 'Recovery kit' });
    await banner.getByText('There is no recovery kit yet.').waitFor();
    await banner.getByRole('button', { name: 'Make one' }).click();
    await page.getByRole('button', { name: 'Make the kit' }).click();
    const words = await wordsOf(page);
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await banner.getByText('was not proven yet').waitFor();
    expect(await kits()).toEqual({ counts: false, waits: true });
    await banner.getByRole('button', { name: 'Enter it' }).click();
    await page.getByLabel('The 24 words').fill(words.map((word) => word.slice(0, 4)).join(' '));
    await page.getByRole('button', { name: 'Prove', exact: true }).click();
    await page.getByRole('heading', { name: 'The recovery kit counts' }).waitFor();
    await page.getByRole('button', { name: 'Done' }).click();
    await banner.waitFor({ state: 'detached' });
    expect(await kits()).toEqual({ counts: true, waits: false });
  });

  it('is made by the keyboard alone, and saved as a file that the command line takes', async () => {
    const { page } = noor;
    await noor.settings('/admin/keys');
    await page.getByRole('button', { name: 'Make a new kit' }).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Make a recovery kit' }).waitFor();
    await page.getByRole('button', { name: 'Make the kit' }).focus();
    await page.keyboard.press('Enter');
    await wordsOf(page);
    const saved = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Save as a file' }).focus();
    await page.keyboard.press('Enter');
    const sheet = join(folder, 'sheet.txt');
    await (await saved).saveAs(sheet);
    const text = readFileSync(sheet, 'utf8');
    expect(text).toContain(`# PlexiChat recovery kit for ${server.url}`);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await world.noor.call('POST', '/admin/keys/recovery-kit/proof', { words: text });
    expect(await kits()).toEqual({ counts: true, waits: false });
  });

  it('stands alone on paper', async () => {
    const { page } = noor;
    await noor.settings('/admin/keys');
    await page.getByRole('button', { name: 'Make a new kit' }).click();
    await page.getByRole('button', { name: 'Make the kit' }).click();
    const words = await wordsOf(page);
    await page.emulateMedia({ media: 'print' });
    // biome-ignore lint/performance/useDomNodeTextContent: what is not displayed must not be in it
    const shown = await page.evaluate(() => document.body.innerText);
    await noor.person.picture('admin-kit-print');
    await page.emulateMedia({ media: null });
    expect(shown).toContain(words[23]);
    expect(shown).not.toContain('Root key and vault');
    await page.getByRole('button', { name: 'Close', exact: true }).click();
    await page.getByRole('button', { name: 'Leave', exact: true }).click();
    await keepKit(world.noor);
  });
});

describe('keys', () => {
  it('are replaced while the page tells how far it is', async () => {
    const { page } = noor;
    await noor.settings('/admin/keys');
    const form = page.getByRole('form', { name: 'Replace keys' });
    await form.getByRole('button', { name: 'Replace keys' }).click();
    await form.getByText('Asked for').waitFor();
    const row = page.getByRole('listitem').filter({ hasText: 'Replace the root key' });
    await row.getByText('Done').waitFor({ timeout: 60_000 });
    await page.getByText('Version 2').waitFor();
  });

  it('are destroyed when a second administrator agrees, and what they sealed is gone', async () => {
    const { page } = noor;
    const ravi = world.people['ravi'] as Actor;
    await world.noor.call('PATCH', `/users/${ravi.id}`, { instance_role: 'admin' });
    await noor.settings('/admin/keys');
    const card = page.locator('section').filter({ has: page.getByRole('heading', { name: 'Destroy keys' }) });
    await card
      .getByRole('button', { name: /Channel/ })
      .last()
      .click();
    await page.getByRole('option', { name: '#leitung' }).click();
    await card.getByRole('button', { name: 'Destroy keys…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('textbox').fill('#general');
    await dialog.getByRole('button', { name: 'Destroy keys' }).click();
    await dialog.getByText('This is not the name.').waitFor();
    await dialog.getByRole('textbox').fill('#leitung');
    await dialog.getByRole('button', { name: 'Destroy keys' }).click();
    const row = page.getByRole('listitem').filter({ hasText: 'Destroy the keys of #leitung' });
    await row.getByText('Waits for approval').waitFor();
    expect(await row.getByRole('button', { name: /^Approve/ }).count(), 'nobody approves what they asked for').toBe(0);
    const other = new Stage(await Person.arrive(), world, { url: '', code: '' }, false);
    try {
      await other.as('ravi');
      await other.settings('/admin/keys');
      await other.page.getByRole('button', { name: /^Approve: Destroy the keys of/ }).click();
    } finally {
      await other.person.leave();
    }
    await row.getByText('Done').waitFor({ timeout: 90_000 });
    const read = await world.noor.call('GET', `/channels/${world.channels.private}/messages`);
    const messages = read['messages'] as unknown as { deleted_at?: string; text?: string }[];
    expect(messages.filter(({ text }) => text?.includes('Only between us'))).toEqual([]);
  });

  it('are given up before they are destroyed', async () => {
    const { page } = noor;
    await world.noor.call('POST', '/admin/keys/tasks', {
      kind: 'shred',
      target: { level: 'channel', id: world.channels.news },
    });
    await noor.settings('/admin/keys');
    const row = page.getByRole('listitem').filter({ hasText: 'ankündigungen' });
    await row.getByRole('button', { name: /^Give up/ }).click();
    await row.getByText('Given up').waitFor();
  });
});

describe('certificates', () => {
  it('are none where the server speaks no TLS', async () => {
    await noor.settings('/admin/certificates');
    await noor.page.getByText('The server speaks no TLS of its own').waitFor();
  });
});

describe('the audit log', () => {
  it('is checked by the browser, as a whole and entry by entry', async () => {
    const { page } = noor;
    await noor.settings('/admin/audit');
    await page.getByText('The log is the one that was signed').waitFor();
    await page.getByRole('button', { name: /What$/ }).click();
    await page.getByRole('option', { name: 'Archived a channel' }).click();
    const row = page.getByRole('row').filter({ hasText: 'Archived a channel' });
    await row.getByText('Noor Haddad').waitFor();
    await row.getByText('#空港プロジェクト').waitFor();
    await row.getByRole('button', { name: /^Prove entry/ }).click();
    await row.getByText('Proven').waitFor();
    await row.getByRole('button', { name: /^Details/ }).click();
    await page.getByText('is in the signed log, as it is shown').waitFor();
    await page.getByText('Ed25519, checked here').waitFor();
    await page.getByText('127.0.0.1', { exact: true }).waitFor();
  });

  it('does not take an entry that is not the one that was signed', async () => {
    const { page } = noor;
    await page.route('**/api/v1/admin/audit?*', async (route) => {
      const answer = await route.fetch();
      const text = (await answer.text()).replaceAll('"archived":true', '"archived":false');
      await route.fulfill({ response: answer, body: text });
    });
    await noor.settings('/admin/audit');
    await page.getByRole('button', { name: /What$/ }).click();
    await page.getByRole('option', { name: 'Archived a channel' }).click();
    await page
      .getByRole('row')
      .filter({ hasText: 'Archived a channel' })
      .getByRole('button', { name: /^Prove/ })
      .click();
    await page.getByText('Not genuine').waitFor();
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('is narrowed by who did it, and goes on page by page', async () => {
    const { page } = noor;
    await noor.settings('/admin/audit');
    await page.locator('tbody tr').nth(49).waitFor();
    expect(await page.locator('tbody tr').count()).toBe(50);
    await page.getByRole('button', { name: 'Load older' }).click();
    await page.locator('tbody tr').nth(50).waitFor();
    await page.getByRole('button', { name: /^Who/ }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('ravi');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Ravi Menon/ })
      .click();
    const rows = page.locator('tbody tr');
    await expect.poll(() => rows.filter({ hasText: 'Noor Haddad' }).count(), { timeout: 15_000 }).toBe(0);
    await rows.filter({ hasText: 'Approved that keys are destroyed' }).waitFor();
    await page.getByRole('button', { name: 'Clear filters' }).click();
    await rows.filter({ hasText: 'Noor Haddad' }).first().waitFor();
  });

  it('is exported as a file that verifies without the server', async () => {
    const { page } = noor;
    const saved = page.waitForEvent('download');
    await page.getByRole('link', { name: 'Export with proofs' }).click();
    const file = join(folder, 'audit.ndjson');
    await (await saved).saveAs(file);
    const program = resolve(import.meta.dirname, '../..', process.env['PLEXICHAT_BIN'] ?? '');
    const out = execFileSync(program, ['audit', 'verify', file], { encoding: 'utf8' });
    expect(out).toMatch(/entries/);
    // An entry is there when it was numbered, within a second.
    const exported = page.locator('tbody tr').filter({ hasText: 'Exported the log' }).first();
    const again = async () => {
      await page.getByRole('button', { name: 'Load again' }).click();
      return await exported.isVisible();
    };
    await expect.poll(again, { timeout: 30_000, interval: 500 }).toBe(true);
  });

  it('met no error on the way', () => {
    expect(noor.person.faults).toEqual([]);
  });
});

describe('somebody without a role on the instance', () => {
  it('is told nothing of all this', async () => {
    await noor.as('max');
    const { page } = noor;
    await page.goto(`${world.url}/admin/keys`);
    await page.getByRole('heading', { name: 'There is nothing at this address' }).waitFor();
    expect(await page.getByRole('complementary', { name: 'Recovery kit' }).count()).toBe(0);
  });
});

describe('a set-up that leaves the kit for later', () => {
  it('reminds its owner', async () => {
    const fresh = await Server.start();
    const owner = await Person.arrive();
    try {
      const { page } = owner;
      await page.goto(`${fresh.url}/setup#${await fresh.setupCode()}`);
      await page.getByLabel('Your name').fill('Noor Haddad');
      await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await page.getByRole('button', { name: 'Continue' }).click();
      await page.getByLabel('Workspace name').fill('Northwind');
      await page.getByRole('button', { name: 'Create workspace' }).click();
      await page.getByRole('button', { name: 'Later' }).click();
      await page.getByRole('button', { name: 'Open Northwind' }).click();
      const banner = page.getByRole('complementary', { name: 'Recovery kit' });
      await banner.getByRole('button', { name: 'Make one' }).click();
      await makeKit(page);
      await page.getByRole('button', { name: 'Done' }).click();
      await banner.waitFor({ state: 'detached' });
      await page.locator('#composer').waitFor();
      expect(owner.faults).toEqual([]);
    } finally {
      await owner.leave();
      await fresh.stop();
    }
  });
});
