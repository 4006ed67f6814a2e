/** Two people with a browser each, and what every page is held to: no console errors, no accessibility violations. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--headless',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const OUT = new URL('./out/', import.meta.url).pathname;
/** The network being away, and being asked to sign in, are part of the stories told here. */
const EXPECTED = /Failed to load resource|WebSocket connection|net::ERR_|dynamically imported module/;

export const DESKTOP = { width: 1440, height: 900 };
export const TABLET = { width: 1024, height: 768 };
export const PHONE = { width: 390, height: 844 };

export type Arrival = {
  locale?: string;
  /** A phone: its width, fingers instead of a pointer. */
  phone?: boolean;
};

export class Person {
  readonly faults: string[] = [];

  private constructor(
    private readonly folder: string,
    readonly context: BrowserContext,
    readonly page: Page,
  ) {}

  static async arrive({ locale = 'en-US', phone = false }: Arrival = {}): Promise<Person> {
    const folder = mkdtempSync(join(tmpdir(), 'plexichat-browser-'));
    const context = await chromium.launchPersistentContext(folder, {
      executablePath: process.env['CHROMIUM_BIN'] ?? '/usr/bin/chromium',
      headless: true,
      args: FLAGS,
      viewport: phone ? PHONE : DESKTOP,
      isMobile: phone,
      hasTouch: phone,
      locale,
      timezoneId: 'Europe/Berlin',
      reducedMotion: 'reduce',
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    context.setDefaultTimeout(15_000);
    const page = context.pages()[0] ?? (await context.newPage());
    const person = new Person(folder, context, page);
    page.on('console', (message) => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) person.faults.push(message.text());
    });
    page.on('pageerror', (error) => person.faults.push(error.message));
    return person;
  }

  async leave(): Promise<void> {
    await this.context.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The page as it stands is accessible, fits its width, and is kept as a picture. */
  async inspect(name: string): Promise<string[]> {
    const wide = await this.picture(name);
    const { violations } = await new AxeBuilder({ page: this.page }).withTags(RULES).analyze();
    const found = violations.flatMap((v) =>
      v.nodes.map((n) => `${name}: ${v.id}: ${n.target.join(' ')}: ${n.html.slice(0, 160)}`),
    );
    return [...wide, ...found];
  }

  /** Kept as a picture; what is cut off at the side is a fault. */
  async picture(name: string): Promise<string[]> {
    const path = join(OUT, `${name}.png`);
    mkdirSync(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
    const wide = await this.page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    return wide ? [`${name}: wider than the window`] : [];
  }

  async theme(theme: 'light' | 'dark'): Promise<void> {
    await this.page.evaluate((value) => {
      localStorage.setItem('plexichat.theme', value);
      document.documentElement.dataset['theme'] = value;
    }, theme);
    // Colours that are under way would be in the picture: a slow machine paints parts of the page frames later.
    const frame = () =>
      this.page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 120))));
    for (let n = 0; n < 3; n += 1) await frame();
  }

  async say(text: string, box = '#composer'): Promise<void> {
    await this.page.locator(box).fill(text);
    await this.page.locator(box).press('Enter');
  }

  /** Waits until a message with this text is on screen and acknowledged. */
  async reads(text: string): Promise<void> {
    const article = this.page.locator('#messages article[data-mid]').filter({ hasText: text });
    await article.first().waitFor({ state: 'visible' });
  }

  /** Whether the message can be read without scrolling. */
  inView(text: string): Promise<boolean> {
    const article = this.page.locator('#messages article[data-mid]').filter({ hasText: text }).first();
    return article.evaluate((row) => {
      const box = document.getElementById('messages')?.getBoundingClientRect();
      const own = row.getBoundingClientRect();
      return box !== undefined && own.top >= box.top - 1 && own.bottom <= box.bottom + 1;
    });
  }

  count(text: string): Promise<number> {
    return this.page.locator('#messages article').filter({ hasText: text }).count();
  }
}
