/** The recovery kit, and the pages of those who run the instance. */
import { typeWords, wordsOf } from './kit';
import type { Screen } from './screens';
import type { Stage } from './stage';

const content = (stage: Stage) => stage.page.locator('#content');
/** A dialog proper: the popover of a menu that is still closing has the role as well. */
const dialog = (stage: Stage) => stage.page.locator('section[role=dialog]');
const next = (stage: Stage) => stage.page.locator('button[type=submit]').last().click();

const KIT = {
  id: '71',
  form: 'words',
  needed: 1,
  total: 1,
  fingerprint: 'a3f1 09bc 55e2 7d10 8841 c6aa 19f0 2b7e',
  created_at: '2026-11-27T10:00:00.000Z',
};
const NO_KIT = { root_version: 3, vault: 'shared', shred_grace_hours: 72, shred_needs_approval: true };
const VAULT = {
  opens: true,
  parts: [
    { name: 'file:/mnt/a/one.key' },
    { name: 'transit:https://bao.example.com:8200/transit/keys/plexichat', problem: 'the server does not answer' },
    { name: 'pkcs11:token=plexichat;object=root' },
  ],
};
const CERTIFICATES = {
  mode: 'acme',
  items: [
    {
      id: 'acme-5f0c9a7712e84fd1b2a6c0de3398aa01',
      names: [
        'chat.northwind.example',
        'rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz.northwind.example',
      ],
      issuer: "C=US, O=Let's Encrypt, CN=R11",
      serial: '03a1f5c8d2e94b7760aa1c',
      expires_at: new Date(Date.now() + 5 * 86_400_000).toISOString(),
      renews_at: new Date(Date.now() + 3_600_000).toISOString(),
      is_in_force: true,
      failures: 4,
      problem: 'urn:ietf:params:acme:error:rateLimited: too many certificates already issued',
    },
    {
      id: 'acme-00000000000000000000000000000000',
      names: ['old.northwind.example'],
      issuer: '',
      serial: '',
      renews_at: '2026-11-01T00:00:00.000Z',
      is_in_force: false,
      failures: 0,
    },
  ],
};
const WORDS = Array.from({ length: 24 }, (_, i) => ['abandon', 'zoo', 'mosquito', 'act'][i % 4] ?? '');
const TASKS = {
  items: [
    ['81', 'shred', 'unapproved', { level: 'workspace', id: '1' }, 0, 0],
    ['82', 'shred', 'waiting', { level: 'channel', id: '2' }, 0, 0],
    ['83', 'rotate', 'working', { level: 'channel', id: '3' }, 4_120, 12_000],
    ['84', 'rotate', 'settling', { level: 'instance' }, 0, 0],
    ['85', 'rotate', 'done', { level: 'root' }, 0, 0],
    ['86', 'shred', 'cancelled', { level: 'channel', id: '4' }, 0, 0],
  ].map(([id, kind, state, target, at, of], i) => ({
    id,
    kind,
    state,
    target,
    ...(i === 1 ? { month: '2024-03' } : {}),
    asked_by: i === 0 ? '1' : '0',
    asked_at: '2026-11-26T09:30:00.000Z',
    due_at: i < 2 ? '2030-01-01T00:00:00.000Z' : '2026-11-26T09:30:00.000Z',
    changed: at,
    at,
    of,
    since: '2026-11-26T09:30:00.000Z',
  })),
};

async function admin(stage: Stage, page: string, handle = 'noor'): Promise<void> {
  await stage.as(handle);
  await stage.settings(`/admin/${page}`);
}

/** Without a kit that counts. */
async function withoutKit(stage: Stage, waiting = false): Promise<void> {
  await stage.as('noor');
  await stage.reply('**/api/v1/admin/keys', 'GET', waiting ? { ...NO_KIT, waiting_kit: KIT } : NO_KIT);
}

async function kitDialog(stage: Stage): Promise<void> {
  await admin(stage, 'keys');
  await content(stage)
    .getByRole('button', { name: /^(Make a new kit|Neuen Satz machen)$/ })
    .click();
  await dialog(stage).waitFor();
}

async function words(stage: Stage): Promise<string[]> {
  await kitDialog(stage);
  await next(stage);
  return wordsOf(stage.page);
}

/** The step of the set-up; the server that waits for its owner is not used up. */
async function setup(stage: Stage): Promise<void> {
  await stage.as('');
  await stage.reply('**/api/v1/setup', 'POST', { workspace: { id: '1', name: 'Northwind' }, channel_id: '2' }, 201);
  await stage.reply('**/api/v1/admin/keys', 'GET', NO_KIT);
  await stage.reply('**/api/v1/admin/keys/recovery-kit', 'POST', { kit: KIT, words: WORDS, shares: [] }, 201);
  await stage.go(`/setup#${stage.fresh.code}`, stage.fresh.url);
  await stage.page.locator('input[name=name]').fill('Noor Haddad');
  await stage.page.locator('input[name=password]').fill('lantern drifts over quiet ice');
  await next(stage);
  await stage.page.locator('input[name=password]').waitFor({ state: 'detached' });
  await stage.page.locator('main input').first().fill('Northwind');
  await next(stage);
  await stage.page.getByRole('radiogroup').waitFor();
}

async function audit(stage: Stage): Promise<void> {
  await admin(stage, 'audit');
  await content(stage).locator('tbody tr').first().waitFor();
}

export const adminScreens: readonly Screen[] = [
  { name: 'setup-kit', shows: ['setup'], open: setup },
  {
    name: 'setup-kit-words',
    shows: ['setup'],
    open: async (stage) => {
      await setup(stage);
      await next(stage);
      await wordsOf(stage.page);
    },
  },
  {
    name: 'setup-kit-faults',
    shows: ['setup'],
    open: async (stage) => {
      await setup(stage);
      await next(stage);
      await wordsOf(stage.page);
      await next(stage);
      await next(stage);
    },
  },
  {
    name: 'kit-banner',
    shows: ['channel'],
    open: async (stage) => {
      await withoutKit(stage);
      await stage.channel('general');
    },
  },
  { name: 'kit', shows: ['dialog/recovery-kit'], open: kitDialog },
  {
    name: 'kit-shares',
    shows: ['dialog/recovery-kit'],
    open: async (stage) => {
      await kitDialog(stage);
      await dialog(stage).locator('label').nth(1).click();
      await next(stage);
      await dialog(stage).locator('code').nth(3).waitFor();
    },
  },
  { name: 'kit-words', shows: ['dialog/recovery-kit'], open: async (stage) => void (await words(stage)) },
  {
    name: 'kit-leave',
    shows: ['dialog/recovery-kit'],
    open: async (stage) => {
      await words(stage);
      await stage.page.keyboard.press('Escape');
    },
  },
  {
    name: 'kit-done',
    shows: ['dialog/recovery-kit'],
    open: async (stage) => {
      const kit = await words(stage);
      await next(stage);
      await typeWords(stage.page, kit);
      await next(stage);
      await dialog(stage).getByRole('textbox').first().waitFor({ state: 'detached' });
    },
  },
  {
    name: 'kit-enter',
    shows: ['dialog/recovery-kit'],
    open: async (stage) => {
      await admin(stage, 'keys');
      await content(stage)
        .getByRole('button', { name: /^(Prove again|Neu beweisen|Enter it|Eingeben)$/ })
        .first()
        .click();
      await dialog(stage).locator('textarea').fill('abandon abandon');
      await next(stage);
      await stage.page.getByRole('alert').waitFor();
    },
  },
  { name: 'admin-keys', shows: ['admin-settings/keys'], open: (stage) => admin(stage, 'keys') },
  {
    name: 'admin-keys-busy',
    shows: ['admin-settings/keys'],
    open: async (stage) => {
      await withoutKit(stage, true);
      await stage.reply('**/api/v1/admin/keys/vault', 'GET', VAULT);
      await stage.reply('**/api/v1/admin/keys/tasks', 'GET', TASKS);
      await stage.settings('/admin/keys');
    },
  },
  {
    name: 'admin-keys-lost',
    shows: ['admin-settings/keys'],
    open: async (stage) => {
      await stage.as('noor');
      const problem = 'the key file plexichat-data/keys/vault.key is missing. Put your copy of it at that place';
      await stage.reply('**/api/v1/admin/keys/vault', 'GET', { opens: false, parts: [{ name: 'file', problem }] });
      await stage.settings('/admin/keys');
      await stage.page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'admin-keys-month',
    shows: ['admin-settings/keys'],
    open: async (stage) => {
      await admin(stage, 'keys');
      await content(stage).getByRole('textbox').last().fill('March');
      await content(stage).getByRole('button').last().click();
      await content(stage).locator('[data-invalid]').first().waitFor();
    },
  },
  {
    name: 'admin-keys-destroy',
    shows: ['admin-settings/keys'],
    open: async (stage) => {
      await admin(stage, 'keys');
      await content(stage).getByRole('button').last().click();
      await dialog(stage).waitFor();
      await next(stage);
    },
  },
  {
    name: 'admin-kit-remove',
    shows: ['admin-settings/keys'],
    open: async (stage) => {
      await admin(stage, 'keys');
      await content(stage)
        .getByRole('button', { name: /(Remove the kit|Den Satz mit)/ })
        .first()
        .click();
      await dialog(stage).waitFor();
    },
  },
  {
    name: 'admin-certificates-off',
    shows: ['admin-settings/certificates'],
    open: (stage) => admin(stage, 'certificates'),
  },
  {
    name: 'admin-certificates',
    shows: ['admin-settings/certificates'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.reply('**/api/v1/admin/certificates', 'GET', CERTIFICATES);
      await stage.settings('/admin/certificates');
    },
  },
  { name: 'admin-audit', shows: ['admin-settings/audit'], open: audit },
  {
    name: 'admin-audit-entry',
    shows: ['admin-settings/audit'],
    open: async (stage) => {
      await audit(stage);
      await content(stage)
        .getByRole('button', { name: /(What|Was)$/ })
        .click();
      await stage.page.getByRole('option', { name: /^(Changed a channel|Hat einen Kanal geändert)$/ }).click();
      await content(stage)
        .getByText(/^(Clear filters|Filter löschen)$/)
        .waitFor();
      await stage.person.quiet();
      await content(stage).locator('tbody button').first().click();
      await content(stage)
        .getByRole('button', { name: /^(Check in this browser|In diesem Browser prüfen)$/ })
        .click();
      await content(stage).locator('tbody [data-tone=success]').first().waitFor();
    },
  },
  {
    name: 'admin-audit-forged',
    shows: ['admin-settings/audit'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.reply('**/api/v1/admin/audit/checkpoint*', 'GET', {
        key: '',
        checkpoint: 'plexichat/forged\n3\nAAAA\n',
        size: 3,
        consistency: [],
      });
      await stage.settings('/admin/audit');
      await stage.page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'admin-audit-none',
    shows: ['admin-settings/audit'],
    open: async (stage) => {
      await audit(stage);
      await content(stage).getByRole('textbox').first().fill('1');
    },
  },
  {
    name: 'admin-audit-actor',
    shows: ['admin-settings/audit'],
    open: async (stage) => {
      await audit(stage);
      await content(stage)
        .getByRole('button', { name: /^(Who|Wer)/ })
        .click();
      await dialog(stage).locator('li').first().waitFor();
    },
  },
  {
    name: 'admin-missing',
    shows: ['admin-settings/keys'],
    open: async (stage) => {
      await stage.as('max');
      await stage.go('/admin/keys');
      await stage.page.locator('main h1').waitFor();
    },
  },
];
