/** Two people with a browser each, and what every page is held to: no console errors, no accessibility violations. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type axe from 'axe-core';
import { type BrowserContext, chromium, type Page, type Request } from 'playwright-core';

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
/** Every page is given it: the short form takes half the time to read. */
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const OUT = new URL('./out/', import.meta.url).pathname;
/**
 * Without a change of the document for so long, and without a request under way, a page is what it will be: longer than
 * the client waits for the next letter before it searches.
 */
const QUIET_MS = 200;
/** What never ends, such as a request that a test holds back, is not waited for. */
const QUIET_AT_MOST_MS = 2_000;
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
  private readonly requests = new Set<Request>();

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
    // What the policy of the page refuses is a fault; `console` below hears it.
    await context.addInitScript(() => {
      addEventListener('securitypolicyviolation', (event) =>
        console.error(`policy: ${event.effectiveDirective} ${event.blockedURI} ${event.sample}`),
      );
    });
    const page = context.pages()[0] ?? (await context.newPage());
    const person = new Person(folder, context, page);
    page.on('console', (message) => {
      if (message.type() === 'error' && !EXPECTED.test(message.text())) person.faults.push(message.text());
    });
    page.on('pageerror', (error) => person.faults.push(error.message));
    page.on('request', (request) => {
      // The end of what a page had asked for when it was left is not always told.
      if (request.isNavigationRequest()) person.requests.clear();
      person.requests.add(request);
    });
    page.on('requestfinished', (request) => person.requests.delete(request));
    page.on('requestfailed', (request) => person.requests.delete(request));
    return person;
  }

  async leave(): Promise<void> {
    await this.context.close();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The page as it stands is accessible, fits its width, and is kept as a picture. */
  async inspect(name: string): Promise<string[]> {
    const wide = await this.picture(name);
    return [...wide, ...(await this.violations(name))];
  }

  /**
   * What axe finds. The wrapper for Playwright joins the results of frames in a new tab, in which it loads axe anew every
   * time: that takes as long as all the rules. The client has no frames; one that appears must not go unnoticed.
   */
  private async violations(name: string): Promise<string[]> {
    if (this.page.frames().length > 1) return [`${name}: has a frame, which axe does not look into`];
    if (!(await this.page.evaluate(() => 'axe' in globalThis))) await this.page.evaluate(AXE);
    return this.page.evaluate(
      async ([at, rules]) => {
        const run = (globalThis as unknown as { axe: typeof axe }).axe.run;
        const { violations } = await run(document, {
          runOnly: { type: 'tag', values: rules },
          resultTypes: ['violations'],
        });
        return violations.flatMap((v) =>
          v.nodes.map((n) => `${at}: ${v.id}: ${n.target.join(' ')}: ${n.html.slice(0, 160)}`),
        );
      },
      [name, RULES] as const,
    );
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
    await this.still();
  }

  async resize(size: { width: number; height: number }): Promise<void> {
    await this.page.setViewportSize(size);
    await this.still();
  }

  /** Waits until the page has got what it asked for, shows it, and nothing in it moves. */
  async quiet(): Promise<void> {
    const end = Date.now() + QUIET_AT_MOST_MS;
    do {
      while (this.requests.size > 0 && Date.now() < end) await new Promise((done) => setTimeout(done, 20));
      await this.page.evaluate(
        ([quiet, most]) =>
          new Promise<void>((done) => {
            const watch = () => {
              clearTimeout(timer);
              timer = setTimeout(finish, quiet);
            };
            const changes = new MutationObserver(watch);
            const finish = () => {
              changes.disconnect();
              clearTimeout(latest);
              done();
            };
            let timer = setTimeout(finish, quiet);
            const latest = setTimeout(finish, most);
            changes.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
          }),
        [QUIET_MS, Math.max(QUIET_MS, end - Date.now())] as const,
      );
    } while (this.requests.size > 0 && Date.now() < end);
    await this.shown();
    await this.still();
  }

  /**
   * What opens above the page is hidden until it knows its place; on a phone a dialog whose field takes the focus waits
   * up to 600 ms for the keyboard of the screen. The document does not change meanwhile.
   */
  private async shown(): Promise<void> {
    await this.page.waitForFunction(() =>
      [...document.querySelectorAll('[role=dialog], [role=menu], [role=listbox]')].every((above) =>
        above.checkVisibility({ opacityProperty: true }),
      ),
    );
  }

  /** Waits until fonts are there, movements have come to their end, and the result was painted. */
  private async still(): Promise<void> {
    await this.page.evaluate(async () => {
      const painted = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
      await painted();
      await document.fonts.ready;
      const moving = document.getAnimations().filter((animation) => animation.playState === 'running');
      const ending = moving.filter((animation) => animation.effect?.getComputedTiming().endTime !== Infinity);
      await Promise.allSettled(ending.map((animation) => animation.finished));
      await painted();
    });
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
