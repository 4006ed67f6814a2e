/**
 * The story of the first landing: a server is set up by its printed link, a second person is invited, and the two
 * talk in two browsers, through a power cut, on a phone, in the dark, and with nothing but the keyboard.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DESKTOP, Person, PHONE, TABLET } from './browser';
import { makeKit } from './kit';
import { Server } from './server';
import { fortunes } from './texts';

const PASSWORD = 'lantern drifts over quiet ice';
const BOTH = ['light', 'dark'] as const;

let server: Server;
let noor: Person;
let ravi: Person;
let link = '';
const faults: string[] = [];
const inspect = async (person: Person, name: string) => {
  faults.push(...(await person.inspect(name)));
};

beforeAll(async () => {
  server = await Server.start();
  noor = await Person.arrive();
  ravi = await Person.arrive({ locale: 'de-DE' });
});

afterAll(async () => {
  await Promise.all([noor?.leave(), ravi?.leave()]);
  await server?.stop();
});

describe('the first day', () => {
  it('leads a stranger nowhere but to the set-up, which wants the printed code', async () => {
    await ravi.page.goto(server.url);
    await ravi.page.getByRole('heading', { name: 'Richte deinen Server ein' }).waitFor();
    await inspect(ravi, 'setup-stranger-de');
  });

  it('sets the server up by its printed link', async () => {
    const { page } = noor;
    await page.goto(`${server.url}/setup#${await server.setupCode()}`);
    await page.getByLabel('Your name').fill('Noor Haddad');
    expect(await page.getByLabel('Username').inputValue()).toBe('noor');
    await page.getByLabel('Password', { exact: true }).fill('short');
    await page.getByRole('button', { name: 'Continue' }).click();
    await inspect(noor, 'setup-owner-fault');
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    for (const theme of BOTH) {
      await noor.theme(theme);
      await inspect(noor, `setup-owner-${theme}`);
    }
    await noor.theme('light');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByLabel('Workspace name').fill('Northwind');
    await inspect(noor, 'setup-workspace');
    await page.getByRole('button', { name: 'Create workspace' }).click();
    await makeKit(page);
    await inspect(noor, 'setup-kit-done');
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('button', { name: 'Make a link' }).click();
    link = await page.getByLabel('Invitation link').inputValue();
    expect(link).toContain('/invite#');
    await inspect(noor, 'setup-invite');
    await page.getByRole('button', { name: 'Open Northwind' }).click();
    await page.locator('#composer').waitFor();
  });

  it('takes a second person in by the invitation, in their language', async () => {
    const { page } = ravi;
    await page.goto(link);
    await page.getByRole('heading', { name: 'Northwind beitreten' }).waitFor();
    for (const theme of BOTH) {
      await ravi.theme(theme);
      await inspect(ravi, `invite-${theme}`);
    }
    await page.getByLabel('Dein Name').fill('Ravi Menon');
    await page.getByLabel('Passwort', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Northwind beitreten' }).click();
    await page.locator('#composer').waitFor();
  });
});

describe('talking', () => {
  it('carries texts of many scripts both ways, at once and in order', async () => {
    const texts = fortunes(14);
    for (const [i, text] of texts.entries()) {
      const [from, to] = i % 2 === 0 ? [noor, ravi] : [ravi, noor];
      await from.say(text);
      await to.reads(text);
    }
    const shown = (person: Person) =>
      person.page
        .locator('#messages article[data-mid]')
        .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-mid')));
    const [a, b] = [await shown(noor), await shown(ravi)];
    const common = Math.min(a.length, b.length, 5);
    expect(a.slice(-common)).toEqual(b.slice(-common));
  });

  it('draws markdown and code, never HTML', async () => {
    await noor.say('**Bold** and `code`, <img src=x onerror=alert(1)> stays text\n\n```rust\nlet answer = 42;\n```');
    await ravi.reads('stays text');
    const row = ravi.page.locator('#messages article').filter({ hasText: 'stays text' });
    expect(await row.locator('strong').filter({ hasText: 'Bold' }).count()).toBe(1);
    expect(await row.locator('img').count()).toBe(0);
    await row.locator('pre [class]').first().waitFor();
  });

  it('edits the last message with arrow up, reacts, replies in a thread and deletes', async () => {
    await noor.say('Tuseday at ten?');
    await ravi.reads('Tuseday at ten?');
    await noor.page.locator('#composer').press('ArrowUp');
    const editor = noor.page.getByLabel('Edit message', { exact: true });
    await editor.fill('Tuesday at ten?');
    await editor.press('Enter');
    await ravi.reads('Tuesday at ten?');
    const row = ravi.page.locator('#messages article').filter({ hasText: 'Tuesday at ten?' });
    await row.hover();
    await row.getByRole('button', { name: 'Mit 👍 reagieren' }).click();
    await noor.page.getByRole('button', { name: /👍 1, by Ravi Menon/ }).waitFor();
    await row.hover();
    await row.getByRole('button', { name: 'Im Thread antworten' }).click();
    await ravi.page.locator('#thread-composer').waitFor();
    await ravi.say('Zehn passt.', '#thread-composer');
    await noor.page.getByRole('button', { name: /1 reply/ }).click();
    await noor.page.getByRole('feed', { name: 'Thread messages' }).getByText('Zehn passt.').waitFor();
    for (const theme of BOTH) {
      await noor.theme(theme);
      await inspect(noor, `thread-${theme}`);
    }
    await noor.page.setViewportSize(TABLET);
    await inspect(noor, 'thread-tablet');
    await noor.page.setViewportSize(DESKTOP);
    await noor.page.getByRole('button', { name: 'Close thread' }).click();
    await noor.say('A slip of the tongue');
    await ravi.reads('A slip of the tongue');
    const slip = noor.page.locator('#messages article').filter({ hasText: 'A slip of the tongue' });
    await slip.focus();
    await slip.press('Delete');
    await noor.page.getByRole('dialog').getByText('Delete this message?').waitFor();
    await inspect(noor, 'delete-dialog');
    await noor.page.getByRole('button', { name: 'Delete message' }).click();
    await ravi.page.getByText('Diese Nachricht wurde gelöscht.').first().waitFor();
  });

  it('counts what was not read, and opens at the first of it', async () => {
    const { page } = ravi;
    await page.getByRole('button', { name: 'Kanal anlegen' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('abseits');
    await inspect(ravi, 'new-channel-de');
    await page.getByRole('dialog').getByRole('button', { name: 'Kanal anlegen' }).click();
    await page.getByRole('heading', { name: 'abseits', exact: true }).waitFor();
    await noor.say('One for later');
    await noor.say('And @ravi should see this one');
    await page.getByRole('link', { name: /general, 1 Erwähnung/ }).waitFor();
    await inspect(ravi, 'unread');
    await page.getByRole('link', { name: /general/ }).click();
    await page.locator('[data-mention]').filter({ hasText: 'should see this one' }).waitFor();
    await page.getByRole('link', { name: 'general', exact: true }).waitFor();
  });

  it('opens a conversation for two', async () => {
    const { page } = noor;
    await page.keyboard.press('Alt+n');
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /Ravi Menon/ })
      .click();
    await inspect(noor, 'new-message');
    await page.getByRole('button', { name: 'Open conversation' }).click();
    await page.getByRole('heading', { name: 'Ravi Menon', exact: true }).waitFor();
    await noor.say('Just between us');
    await ravi.page.getByRole('link', { name: /Noor Haddad.*1 ungelesen/ }).click();
    await ravi.reads('Just between us');
    await inspect(ravi, 'direct');
  });
});

describe('a power cut', () => {
  it('loses nothing that was told, and sends what was written meanwhile, once', async () => {
    await noor.page.getByRole('link', { name: /^general/ }).click();
    await ravi.page.getByRole('link', { name: /^general/ }).click();
    await noor.say('Before the lights went out');
    await ravi.reads('Before the lights went out');
    await server.kill();
    await noor.page.getByRole('status').filter({ hasText: 'cannot be reached' }).waitFor();
    await noor.say('Written in the dark');
    await noor.say('And a second one');
    await noor.page.getByText('Waiting for connection').first().waitFor();
    await inspect(noor, 'offline');
    await server.up();
    for (const text of ['Written in the dark', 'And a second one']) {
      await ravi.reads(text);
      await noor.reads(text);
      expect(await ravi.count(text)).toBe(1);
      expect(await noor.count(text)).toBe(1);
    }
    expect(await ravi.count('Before the lights went out')).toBe(1);
    await noor.page.getByText('Waiting for connection').first().waitFor({ state: 'detached' });
  });

  it('keeps the unsent through a reload of the page', async () => {
    await server.kill();
    await noor.say('Survives a reload');
    await noor.page.locator('#messages article').filter({ hasText: 'Survives a reload' }).waitFor();
    await server.up();
    await noor.page.reload();
    await ravi.reads('Survives a reload');
    await noor.reads('Survives a reload');
    expect(await ravi.count('Survives a reload')).toBe(1);
    expect(await noor.count('Survives a reload')).toBe(1);
  });
});

describe('with the keyboard alone', () => {
  it('jumps, walks and comes back', async () => {
    const { page } = noor;
    await page.locator('#composer').focus();
    await page.keyboard.press('Control+k');
    await page.getByPlaceholder('Find a channel or person').waitFor();
    for (const theme of BOTH) {
      await noor.theme(theme);
      await inspect(noor, `switcher-${theme}`);
    }
    await page.keyboard.type('ravi');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Ravi Menon', exact: true }).waitFor();
    await page.keyboard.press('Control+k');
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+k');
    await page.keyboard.type('general');
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await noor.reads('Survives a reload');
    await page.locator('#composer').focus();
    await page.keyboard.press('Shift+F6');
    const focused = () => page.evaluate(() => document.activeElement?.getAttribute('data-mid'));
    const last = await focused();
    expect(last).toBeTruthy();
    await page.keyboard.press('ArrowUp');
    await page.waitForFunction((id) => document.activeElement?.getAttribute('data-mid') !== id, last);
    await page.keyboard.press('End');
    await page.waitForFunction((id) => document.activeElement?.getAttribute('data-mid') === id, last);
    await page.keyboard.press('Enter');
    await page.locator('#thread-composer:focus').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#thread-composer').waitFor({ state: 'detached' });
    await page.waitForFunction((id) => document.activeElement?.getAttribute('data-mid') === id, last);
    await page.keyboard.press('Escape');
    await page.locator('#composer:focus').waitFor();
    await page.keyboard.press('Control+/');
    await page.getByRole('heading', { name: 'Keyboard shortcuts' }).waitFor();
    await inspect(noor, 'keys');
    await page.keyboard.press('Escape');
  });
});

describe('on a phone', () => {
  it('shows one pane at a time', async () => {
    const { page } = ravi;
    await page.setViewportSize(PHONE);
    for (const theme of BOTH) {
      await ravi.theme(theme);
      await inspect(ravi, `phone-chat-${theme}`);
    }
    await page.getByRole('button', { name: 'Zurück zu den Unterhaltungen' }).click();
    await page.getByRole('navigation', { name: 'Unterhaltungen' }).waitFor();
    for (const theme of BOTH) {
      await ravi.theme(theme);
      await inspect(ravi, `phone-list-${theme}`);
    }
    await page.getByRole('link', { name: /^general/ }).click();
    await ravi.say('Vom Telefon');
    await noor.reads('Vom Telefon');
    await page.setViewportSize(DESKTOP);
  });
});

describe('a second workspace', () => {
  it('is made, entered and left again', async () => {
    const { page } = noor;
    await page.getByRole('button', { name: 'Create a workspace' }).click();
    await page.getByLabel('Workspace name').fill('Open Source');
    await inspect(noor, 'new-workspace');
    await page.getByRole('dialog').getByRole('button', { name: 'Create workspace' }).click();
    await page.getByRole('button', { name: 'Open Source' }).waitFor();
    await noor.say('The first words here');
    await noor.reads('The first words here');
    await expect.poll(() => noor.inView('The first words here')).toBe(true);
    await page.getByRole('button', { name: 'Open Source' }).click();
    await page.getByRole('menuitem', { name: 'Browse channels' }).click();
    await page.getByRole('button', { name: 'Open general' }).waitFor();
    await inspect(noor, 'browse');
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'Northwind' }).click();
    await noor.reads('Vom Telefon');
  });
});

describe('a long history', () => {
  const MANY = 130;
  const visible = (person: Person) =>
    person.page.locator('#messages article[data-mid]').evaluateAll((rows) => {
      const box = document.getElementById('messages')?.getBoundingClientRect();
      return rows
        .filter(
          (row) => box && row.getBoundingClientRect().bottom > box.top && row.getBoundingClientRect().top < box.bottom,
        )
        .map((row) => ({ id: row.getAttribute('data-mid'), top: row.getBoundingClientRect().top }));
    });

  it('opens at the first unread, grows upwards without a jump, and comes back to the end', async () => {
    const { page } = ravi;
    await page.getByRole('button', { name: 'Kanal anlegen' }).first().click();
    await page.getByLabel('Name', { exact: true }).fill('lang');
    await page.getByRole('dialog').getByRole('button', { name: 'Kanal anlegen' }).click();
    await page.getByRole('heading', { name: 'lang', exact: true }).waitFor();
    const channel = page.url().split('/').at(-1) ?? '';
    await page.evaluate(
      async ([id, many]) => {
        for (let n = 1; n <= Number(many); n += 1) {
          const body = JSON.stringify({
            nonce: String(1_000_000 + n),
            text: `Zeile ${n} ${'und weiter '.repeat(n % 17)}`,
          });
          const headers = { 'content-type': 'application/json' };
          const sent = await fetch(`/api/v1/channels/${id}/messages`, { method: 'POST', headers, body });
          if (sent.status === 429) {
            await new Promise((done) => setTimeout(done, 1_000));
            n -= 1;
          }
        }
      },
      [channel, MANY],
    );
    await ravi.reads(`Zeile ${MANY}`);
    await page.reload();
    await ravi.reads(`Zeile ${MANY}`);
    const box = page.locator('#messages');
    await box.hover();
    for (let step = 0; step < 60; step += 1) {
      const before = await visible(ravi);
      await page.mouse.wheel(0, -400);
      await page.waitForTimeout(60);
      const after = await visible(ravi);
      const kept = before.find((row) => after.some((other) => other.id === row.id));
      const moved = kept ? (after.find((other) => other.id === kept.id)?.top ?? 0) - kept.top : 0;
      // The wheel moves 400 px; what is measured late may add a little, a lost place would add a window.
      expect(moved).toBeLessThan(900);
      if (await box.evaluate((element) => element.scrollTop <= 0)) break;
    }
    await page.getByRole('heading', { name: 'Hier beginnt #lang' }).waitFor();
    await page.getByText('Zeile 1', { exact: false }).first().waitFor();
    await inspect(ravi, 'history-start');
    await page.getByRole('button', { name: 'Zum Neuesten' }).click();
    await ravi.reads(`Zeile ${MANY}`);
    const ids = (await visible(ravi)).map((row) => row.id);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

describe('leaving', () => {
  it('signs out, refuses a wrong password in words, and signs in again', async () => {
    const { page } = noor;
    await page.getByRole('button', { name: /^You: Noor/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await page.getByLabel('Email or username').fill('noor');
    await page.getByLabel('Password', { exact: true }).fill('wrong password');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').getByText('The name or the password is wrong').waitFor();
    for (const theme of BOTH) {
      await noor.theme(theme);
      await inspect(noor, `sign-in-${theme}`);
    }
    await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await noor.reads('Vom Telefon');
    for (const theme of BOTH) {
      await noor.theme(theme);
      await inspect(noor, `chat-${theme}`);
    }
  });

  it('met no violation of accessibility and no error on the way', () => {
    expect(faults).toEqual([]);
    expect([...noor.faults, ...ravi.faults]).toEqual([]);
  });
});
