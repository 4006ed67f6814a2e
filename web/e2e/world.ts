/** A server with people, channels and texts of the kinds that strain a layout: long, unbroken, of many scripts. */
import type { Server } from './server';

export const PASSWORD = 'lantern drifts over quiet ice';

type Json = Record<string, unknown>;
type Answer = { [key: string]: Answer } & { toString(): string };

/** The public API as somebody. */
export class Actor {
  private constructor(
    private readonly url: string,
    readonly handle: string,
    private readonly token: string,
    readonly id: string,
  ) {}

  static async from(url: string, handle: string, signedIn: Json): Promise<Actor> {
    const account = signedIn['account'] as { id: string };
    return new Actor(url, handle, String(signedIn['token']), account.id);
  }

  static async signIn(url: string, handle: string, device_name: string): Promise<Actor> {
    const body = { login: handle, password: PASSWORD, transport: 'bearer', device_name };
    return Actor.from(url, handle, await ask(url, undefined, 'POST', '/auth/login', body));
  }

  call(method: string, path: string, body?: Json): Promise<Answer> {
    return ask(this.url, this.token, method, path, body) as Promise<Answer>;
  }
}

async function ask(url: string, token: string | undefined, method: string, path: string, body?: Json): Promise<Json> {
  const response = await fetch(`${url}/api/v1${path}`, {
    method,
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
  return text === '' ? {} : (JSON.parse(text) as Json);
}

const PEOPLE: [handle: string, name: string, role: string][] = [
  ['ravi', 'Ravi Menon', 'admin'],
  ['max', 'Maximiliane Freifrau von Hohenstein-Wolkenburg-Überlingen', 'member'],
  ['mohamed', 'محمد العربي بن عبد الله', 'member'],
  ['aiko', '田中 愛子', 'member'],
  ['llanfair', 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch', 'member'],
  ['greta', 'Greta Gast', 'guest'],
];

const LONG_WORD = 'Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz'.repeat(3);
const CODE = [
  'That matches the profile. The batch window is the knob:',
  '```rust',
  '// One fsync per window instead of one per message.',
  'let batch = queue.recv_many(&mut buf, 512).await; let sequence = log.append(&buf[..batch]).await?; hub.publish(channel, sequence, &buf[..batch]);',
  'if batch == 512 { return Err(Error::full("the window is too small", 2 * batch)); }',
  '```',
  'I would leave it at 2 ms for 1.0.',
].join('\n');

/** Who says what in the first channel, in order. */
const TALK: [handle: string, text: string][] = [
  [
    'noor',
    'Good morning. The plan for this week:\n\n1. **Finish** the release notes\n2. *Read* the audit\n3. ~~Panic~~',
  ],
  ['ravi', '> The plan for this week\n\nReads well. `v1.0.0-rc.4` is live on **staging**.'],
  [
    'ravi',
    'https://example.org/a/very/long/address/that/never/breaks/0123456789012345678901234567890123456789?and=parameters',
  ],
  ['mohamed', 'في التأني السلامة وفي العجلة الندامة. النسخة 1.0 جاهزة؟'],
  ['aiko', 'いろはにほへと ちりぬるを わかよたれそ つねならむ うゐのおくやま けふこえて あさきゆめみし ゑひもせす'],
  ['max', `Zur Donaudampfschifffahrtsgesellschaft: ${LONG_WORD}`],
  ['ravi', CODE],
  ['llanfair', '🎉🚀'],
  ['max', 'Kurze Frage zur Freigabe: Wer prüft die Übersetzungen?'],
  ['ravi', '@noor can you take the announcement post? I have the visuals ready.'],
];

export type World = {
  url: string;
  noor: Actor;
  people: Record<string, Actor>;
  workspace: string;
  /** Channels by what they are for. */
  channels: Record<
    'general' | 'long' | 'private' | 'news' | 'archived' | 'open' | 'direct' | 'group' | 'long_group',
    string
  >;
  empty: { workspace: string; channel: string };
  /** The message with a thread. */
  root: string;
  invitation: string;
  revoked: string;
  passwordLink: string;
};

let nonce = 0;
async function say(actor: Actor, channel: string, text: string, thread_id?: string): Promise<string> {
  nonce += 1;
  const body = { nonce: String(nonce), text, ...(thread_id ? { thread_id } : {}) };
  return String((await actor.call('POST', `/channels/${channel}/messages`, body))['id']);
}

async function invite(noor: Actor, workspace: string, role: string, channel: string, max_uses = 1): Promise<string> {
  const channel_ids = role === 'guest' ? [channel] : [];
  return String(
    (await noor.call('POST', `/workspaces/${workspace}/invitations`, { role, max_uses, channel_ids }))['code'],
  );
}

async function people(url: string, noor: Actor, workspace: string, channel: string): Promise<Record<string, Actor>> {
  const found: Record<string, Actor> = { noor };
  for (const [handle, display_name, role] of PEOPLE) {
    const code = await invite(noor, workspace, role, channel);
    const account = { handle, display_name, password: PASSWORD };
    const joined = await ask(url, undefined, 'POST', '/invitations/accept', { code, transport: 'bearer', account });
    found[handle] = await Actor.from(url, handle, joined);
  }
  return found;
}

async function talk(who: Record<string, Actor>, channel: string): Promise<string> {
  let root = '';
  for (const [handle, text] of TALK) {
    const actor = who[handle];
    if (!actor) throw new Error(`nobody is called ${handle}`);
    const id = await say(actor, channel, text);
    if (text === CODE) root = id;
    if (text.startsWith('Kurze')) await react(Object.values(who), channel, id);
  }
  return root;
}

async function react(actors: Actor[], channel: string, message: string): Promise<void> {
  for (const [i, emoji] of ['👍', '✅', '👀', '🎉', '🚀', '😂', '🙏', '💯', '🔥', '🤔', '🫡'].entries())
    for (const actor of actors.slice(0, 1 + (i % actors.length)))
      await actor.call('PUT', `/channels/${channel}/messages/${message}/reactions/${encodeURIComponent(emoji)}`);
}

async function threads(who: Record<string, Actor>, channel: string, root: string): Promise<void> {
  const { noor, ravi, max, mohamed } = who;
  if (!noor || !ravi || !max || !mohamed) throw new Error('people are missing');
  await say(max, channel, 'Ist das *mit* oder ohne `fsync` gemessen?', root);
  await say(ravi, channel, 'With. Numbers are in the report, page 4.', root);
  await say(mohamed, channel, 'شكراً، هذا واضح.', root);
  const slip = await say(noor, channel, 'A slip of the tongue', root);
  await noor.call('DELETE', `/channels/${channel}/messages/${slip}`);
  const typo = await say(noor, channel, 'Tuseday it is.');
  await noor.call('PATCH', `/channels/${channel}/messages/${typo}`, { text: 'Tuesday it is.' });
  const gone = await say(ravi, channel, 'Wrong window');
  await ravi.call('DELETE', `/channels/${channel}/messages/${gone}`);
}

async function channel(noor: Actor, workspace: string, kind: string, name: string, topic = ''): Promise<string> {
  const made = await noor.call('POST', `/workspaces/${workspace}/channels`, { kind, name, topic });
  return String(made['channel']?.['id']);
}

async function conversation(noor: Actor, others: (Actor | undefined)[]): Promise<string> {
  const user_ids = others.map((actor) => actor?.id ?? '');
  return String((await noor.call('POST', '/conversations', { user_ids }))['channel']?.['id']);
}

/** The set-up is complete: nobody is reminded of the recovery kit. */
export async function keepKit(owner: Actor): Promise<void> {
  const made = await owner.call('POST', '/admin/keys/recovery-kit', { form: 'words' });
  const words = (made['words'] as unknown as string[]).join(' ');
  await owner.call('POST', '/admin/keys/recovery-kit/proof', { words });
}

export async function build(server: Server): Promise<World> {
  const { url } = server;
  const setup = await ask(url, undefined, 'POST', '/setup', {
    code: await server.setupCode(),
    owner: { handle: 'noor', display_name: 'Noor Haddad', password: PASSWORD, email: 'noor@northwind.example' },
    workspace_name: 'Northwind',
    transport: 'bearer',
  });
  const noor = await Actor.from(url, 'noor', setup);
  await keepKit(noor);
  const workspace = (setup['workspace'] as { id: string }).id;
  const general = String(setup['channel_id']);
  const who = await people(url, noor, workspace, general);
  const { ravi, max, mohamed, aiko, llanfair, greta } = who;
  if (!ravi) throw new Error('people are missing');
  const topic =
    '1.0 ships Saturday 10:00 UTC. Decisions only, chatter in threads; Übersetzungen bis Donnerstag, bitte.';
  await noor.call('PATCH', `/channels/${general}`, { topic });
  const channels = {
    general,
    long: await channel(noor, workspace, 'public', 'produktentwicklung-und-qualitätssicherung-nordwest', topic),
    private: await channel(noor, workspace, 'private', 'leitung'),
    news: await channel(noor, workspace, 'announcement', 'ankündigungen', 'News for everybody'),
    archived: await channel(noor, workspace, 'public', '空港プロジェクト', 'Done in 2025'),
    open: await channel(ravi, workspace, 'public', 'mittagessen', 'Wohin heute?'),
    direct: await conversation(noor, [ravi]),
    group: await conversation(noor, [mohamed, aiko]),
    long_group: await conversation(noor, [max, llanfair, ravi]),
  };
  await noor.call('POST', `/channels/${channels.private}/members`, { user_ids: [ravi.id] });
  await max?.call('POST', `/channels/${channels.news}/join`);
  const root = await talk(who, general);
  await threads(who, general, root);
  await say(ravi, channels.direct, 'Have you seen the numbers?');
  await say(ravi, channels.private, 'Only between us: @noor');
  await noor.call('PATCH', `/channels/${channels.long}/membership`, { notify: 'muted' });
  await noor.call('PATCH', `/channels/${channels.archived}`, { archived: true });
  // A guest whose only channel was taken away again.
  await noor.call('DELETE', `/channels/${general}/members/${greta?.id}`);
  const second = await noor.call('POST', '/workspaces', { name: 'Freiwillige Feuerwehr Donaudampfschifffahrt' });
  const revoked = await noor.call('POST', `/workspaces/${workspace}/invitations`, { role: 'member', max_uses: 25 });
  await noor.call('DELETE', `/workspaces/${workspace}/invitations/${revoked['invitation']?.['id']}`);
  for (const device of ['Firefox on Linux', 'Safari on iOS', 'plexichat-cli']) await Actor.signIn(url, 'noor', device);
  return {
    url,
    noor,
    people: who,
    workspace,
    channels,
    empty: {
      workspace: String(second['workspace']?.['id']),
      channel: String(second['workspace']?.['default_channel_id']),
    },
    root,
    invitation: await invite(noor, workspace, 'member', general, 25),
    revoked: String(revoked['code']),
    passwordLink: String((await noor.call('POST', `/users/${ravi.id}/password-link`))['code']),
  };
}
