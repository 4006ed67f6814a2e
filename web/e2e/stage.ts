/** Where a screen is shown: a browser, two servers (one never set up), and ways to get somewhere in them. */
import type { BrowserContext, Page } from 'playwright-core';
import type { Person } from './browser';
import { PASSWORD, type World } from './world';

export class Stage {
  private who = '';
  /** Of those who have signed in before. */
  private readonly cookies = new Map<string, Awaited<ReturnType<BrowserContext['cookies']>>>();

  constructor(
    readonly person: Person,
    readonly world: World,
    /** A server that waits for its owner, and the code of its link. */
    readonly fresh: { url: string; code: string },
    readonly phone: boolean,
  ) {}

  get page(): Page {
    return this.person.page;
  }

  /** Signed in as somebody of the world, or as nobody. */
  async as(handle: string): Promise<void> {
    await this.page.unrouteAll({ behavior: 'ignoreErrors' });
    await this.person.context.setOffline(false);
    if (this.who === handle) return;
    await this.person.context.clearCookies();
    await this.page.goto(`${this.world.url}/robots.txt`);
    const held = this.cookies.get(handle);
    if (held) await this.person.context.addCookies(held);
    else if (handle !== '') await this.signIn(handle);
    this.who = handle;
  }

  private async signIn(handle: string): Promise<void> {
    await this.page.evaluate(
      async ([login, password]) => {
        const body = JSON.stringify({ login, password, transport: 'cookie', device_name: 'Chrome on Linux' });
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch('/api/v1/auth/login', { method: 'POST', headers, body });
        if (!answer.ok) throw new Error(`not signed in: ${answer.status}`);
      },
      [handle, PASSWORD],
    );
    this.cookies.set(handle, await this.person.context.cookies());
  }

  /** The session of the browser was ended elsewhere. */
  forget(): void {
    this.cookies.delete(this.who);
    this.who = '';
  }

  async go(path: string, url = this.world.url): Promise<void> {
    // An address that differs only after the "#" would not load the page anew.
    const [document, fragment] = `${url}${path}`.split('#');
    if (fragment !== undefined && this.page.url().split('#')[0] === document) await this.page.goto('about:blank');
    await this.page.goto(url + path);
  }

  /** A channel of the first workspace, or a conversation, with its messages on screen. */
  async channel(name: keyof World['channels']): Promise<void> {
    const id = this.world.channels[name];
    const conversation = name === 'direct' || name.endsWith('group');
    await this.go(conversation ? `/c/${id}` : `/w/${this.world.workspace}/c/${id}`);
    await this.page.locator('#messages article, [data-alone]').first().waitFor();
    await this.person.quiet();
  }

  /** All of a channel was read: how long the last visit took does not decide where it opens. */
  async read(name: keyof World['channels']): Promise<void> {
    const path = `/channels/${this.world.channels[name]}`;
    const actor = this.world.people[this.who];
    if (!actor) throw new Error('nobody is signed in');
    const newest = Number((await actor.call('GET', path))['head']?.['last_number']);
    await actor.call('PUT', `${path}/cursor`, { last_read_number: newest, mode: 'advance' });
  }

  async settings(path: string): Promise<void> {
    await this.go(path);
    await this.page.locator('#content h1').waitFor({ state: 'attached' });
    await this.person.quiet();
  }

  /** The message that holds this text. */
  message(text: string) {
    return this.page.locator('#messages article[data-mid]').filter({ hasText: text }).last();
  }

  /** What the server would say in another state, for what the address matches. */
  async reply(pattern: string, method: string, body: object, status = 200): Promise<void> {
    await this.page.route(pattern, (route) =>
      route.request().method() === method ? route.fulfill({ status, json: body }) : route.fallback(),
    );
  }

  /** An answer of the server that is hard to provoke, for what the address matches. */
  async answer(pattern: string, method: string, status: number, code: string): Promise<void> {
    const body = JSON.stringify({ type: 'about:blank', title: code, detail: code, status, code });
    await this.page.route(pattern, (route) =>
      route.request().method() === method
        ? route.fulfill({ status, contentType: 'application/problem+json', body })
        : route.fallback(),
    );
  }
}
