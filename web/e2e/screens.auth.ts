/** Before somebody is signed in: set-up, invitation, sign-in, one-time links, and no server at all. */
import type { Screen } from './screens';
import type { Stage } from './stage';
import { PASSWORD } from './world';

const submit = (stage: Stage) => stage.page.locator('button[type=submit]').first().click();

async function owner(stage: Stage): Promise<void> {
  await stage.as('');
  await stage.go(`/setup#${stage.fresh.code}`, stage.fresh.url);
  await stage.page.locator('input[name=name]').waitFor();
}

async function workspace(stage: Stage): Promise<void> {
  await owner(stage);
  await stage.page.locator('input[name=name]').fill('Noor Haddad');
  await stage.page.locator('input[name=password]').fill(PASSWORD);
  await submit(stage);
  await stage.page.locator('input[name=password]').waitFor({ state: 'detached' });
}

async function invitation(stage: Stage, code: string): Promise<void> {
  await stage.go(`/invite#${code}`);
  await stage.page.locator('main h1').waitFor();
  await stage.person.quiet();
}

async function signIn(stage: Stage): Promise<void> {
  await stage.as('');
  await stage.go('/sign-in');
  await stage.page.locator('input[name=username]').waitFor();
}

export const authScreens: readonly Screen[] = [
  {
    name: 'setup-stranger',
    shows: ['setup'],
    open: async (stage) => {
      await stage.as('');
      await stage.go('/', stage.fresh.url);
      await stage.page.locator('input[name=name]').waitFor();
    },
  },
  { name: 'setup-owner', shows: ['setup'], open: owner },
  {
    name: 'setup-owner-faults',
    shows: ['setup'],
    open: async (stage) => {
      await owner(stage);
      await stage.page.locator('input[name=password]').fill('short');
      await submit(stage);
    },
  },
  { name: 'setup-workspace', shows: ['setup'], open: workspace },
  {
    name: 'setup-workspace-fault',
    shows: ['setup'],
    open: async (stage) => {
      await workspace(stage);
      await submit(stage);
    },
  },
  {
    name: 'setup-refused',
    shows: ['setup'],
    open: async (stage) => {
      await workspace(stage);
      await stage.answer('**/api/v1/setup', 'POST', 403, 'setup_link_invalid');
      await stage.page.locator('main input').first().fill('Northwind');
      await submit(stage);
      await stage.page.getByRole('alert').waitFor();
    },
  },
  { name: 'sign-in', shows: ['sign-in', 'home'], open: signIn },
  {
    name: 'sign-in-faults',
    shows: ['sign-in'],
    open: async (stage) => {
      await signIn(stage);
      await submit(stage);
    },
  },
  {
    name: 'sign-in-refused',
    shows: ['sign-in'],
    open: async (stage) => {
      await signIn(stage);
      await stage.answer('**/api/v1/auth/login', 'POST', 401, 'invalid_credentials');
      await stage.page.locator('input[name=username]').fill('noor@northwind.example');
      await stage.page.locator('input[name=password]').fill('wrong password');
      await submit(stage);
      await stage.page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'sign-in-expired',
    shows: ['sign-in'],
    open: async (stage) => {
      await stage.as('ravi');
      await stage.channel('general');
      await stage.world.people['ravi']?.call('DELETE', '/auth/sessions');
      stage.forget();
      await stage.page.locator('input[name=username]').waitFor();
    },
  },
  {
    name: 'invite',
    shows: ['invite'],
    open: async (stage) => {
      await stage.as('');
      await invitation(stage, stage.world.invitation);
    },
  },
  {
    name: 'invite-faults',
    shows: ['invite'],
    open: async (stage) => {
      await stage.as('');
      await invitation(stage, stage.world.invitation);
      await submit(stage);
    },
  },
  {
    name: 'invite-expired',
    shows: ['invite'],
    open: async (stage) => {
      await stage.as('');
      await invitation(stage, stage.world.revoked);
    },
  },
  {
    name: 'invite-signed-in',
    shows: ['invite'],
    open: async (stage) => {
      await stage.as('noor');
      await invitation(stage, stage.world.invitation);
    },
  },
  {
    name: 'reset',
    shows: ['reset'],
    open: async (stage) => {
      await stage.as('');
      await stage.go(`/reset#${stage.world.passwordLink}`);
      await stage.page.locator('input[type=password]').fill('lantern drifts');
    },
  },
  {
    name: 'reset-expired',
    shows: ['reset'],
    open: async (stage) => {
      await stage.as('');
      await stage.go('/reset#expired');
      await stage.page.locator('input[type=password]').fill(PASSWORD);
      await submit(stage);
      await stage.page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'server-unreachable',
    shows: ['home'],
    open: async (stage) => {
      await stage.as('');
      await stage.page.route('**/api/**', (route) => route.abort());
      await stage.go('/');
      await stage.page.locator('main h1').waitFor();
    },
  },
];
