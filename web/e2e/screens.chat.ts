/** Conversations in all their states. */
import type { Screen } from './screens';
import type { Stage } from './stage';

const KNOB = 'The batch window is the knob';

async function general(stage: Stage): Promise<void> {
  await stage.as('noor');
  await stage.read('general');
  await stage.channel('general');
}

async function hovered(stage: Stage, text: string) {
  await general(stage);
  const row = stage.message(text);
  await row.scrollIntoViewIfNeeded();
  await row.focus();
  await row.getByRole('toolbar').waitFor();
  return row;
}

export const chatScreens: readonly Screen[] = [
  { name: 'chat', shows: ['channel'], open: general },
  {
    name: 'chat-scrolled',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      await stage.page.locator('#messages').evaluate((box) => box.scrollTo(0, box.scrollHeight / 3));
    },
  },
  {
    name: 'chat-start',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      for (let i = 0; i < 4; i += 1) {
        await stage.page.locator('#messages').evaluate((box) => box.scrollTo(0, 0));
        await stage.person.quiet();
      }
    },
  },
  {
    name: 'chat-found',
    shows: ['channel/message'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.go(`/w/${stage.world.workspace}/c/${stage.world.channels.general}/m/7`);
      // It is marked for a moment: for as long as it is looked at here.
      await stage.page.locator('article[data-target]').evaluate((row) => {
        for (const mark of row.getAnimations()) {
          mark.pause();
          mark.currentTime = 0;
        }
      });
    },
  },
  {
    name: 'chat-new',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.read('general');
      await stage.channel('direct');
      const { ravi, max } = stage.world.people;
      for (const [actor, text] of [[ravi, 'And one more thing'] as const, [max, 'Oh, and @noor: lunch?'] as const])
        await actor?.call('POST', `/channels/${stage.world.channels.general}/messages`, {
          nonce: String(Date.now()),
          text,
        });
      await stage.channel('general');
    },
  },
  {
    name: 'message-tools',
    shows: ['channel'],
    open: async (stage) => {
      await hovered(stage, KNOB);
    },
  },
  {
    name: 'message-menu',
    shows: ['channel'],
    open: async (stage) => {
      const row = await hovered(stage, 'Tuesday it is');
      await row.getByRole('toolbar').getByRole('button').last().click();
      await stage.page.getByRole('menu').waitFor();
    },
  },
  {
    name: 'message-editor',
    shows: ['channel'],
    open: async (stage) => {
      const row = await hovered(stage, 'Tuesday it is');
      await row.press('e');
      await stage.page.locator('article textarea').waitFor();
    },
  },
  {
    name: 'emoji-picker',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      await stage.page.locator('form:has(#composer) button').first().click();
      await stage.page
        .getByRole('dialog')
        .getByRole('button', { name: /👍|^(Thumbs|Daumen)/i })
        .first()
        .waitFor();
    },
  },
  {
    name: 'emoji-search',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      await stage.page.locator('form:has(#composer) button').first().click();
      const field = stage.page.getByRole('dialog').getByRole('searchbox');
      await field.fill('ra');
    },
  },
  {
    name: 'emoji-none',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      await stage.page.locator('form:has(#composer) button').first().click();
      await stage.page.getByRole('dialog').getByRole('searchbox').fill('xyzzy');
    },
  },
  {
    name: 'mention-list',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      await stage.page.locator('#composer').pressSequentially('Hello @ma');
      await stage.page.getByRole('listbox').waitFor();
    },
  },
  {
    name: 'composer-full',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      await stage.page.locator('#composer').fill(`${'A long text that was pasted. '.repeat(430)}`);
    },
  },
  {
    name: 'offline',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      await stage.person.context.setOffline(true);
      await stage.page.locator('#composer').fill('Written in the dark');
      await stage.page.locator('#composer').press('Enter');
      await stage.page.waitForTimeout(2_500);
    },
  },
  {
    name: 'send-refused',
    shows: ['channel'],
    open: async (stage) => {
      await general(stage);
      await stage.answer('**/messages', 'POST', 403, 'forbidden');
      await stage.page.locator('#composer').fill('Nobody wants to hear this');
      await stage.page.locator('#composer').press('Enter');
      await stage.page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'messages-loading',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.page.route('**/messages?*', () => undefined);
      await stage.go(`/w/${stage.world.workspace}/c/${stage.world.channels.general}`);
      await stage.page.locator('main [role=status]').waitFor();
    },
  },
  {
    name: 'messages-failed',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.answer('**/messages?*', 'GET', 500, 'internal');
      await stage.go(`/w/${stage.world.workspace}/c/${stage.world.channels.general}`);
      await stage.page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'thread',
    shows: ['channel/thread'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.go(`/w/${stage.world.workspace}/c/${stage.world.channels.general}/t/${stage.world.root}`);
      await stage.page.locator('#thread-composer').waitFor();
      await stage.page.getByText('page 4').waitFor();
    },
  },
  {
    name: 'thread-empty',
    shows: ['channel/thread'],
    open: async (stage) => {
      const row = await hovered(stage, 'Tuesday it is');
      await row.press('t');
      await stage.page.locator('#thread-composer').waitFor();
    },
  },
  {
    name: 'workspace-empty',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('noor');
      const { workspace, channel } = stage.world.empty;
      await stage.go(`/w/${workspace}/c/${channel}`);
      await stage.page.locator('#composer').waitFor();
    },
  },
  {
    name: 'announcements',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('max');
      await stage.go(`/w/${stage.world.workspace}/c/${stage.world.channels.news}`);
      await stage.page.locator('main h1').waitFor();
    },
  },
  {
    name: 'channel-archived',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.channel('archived');
    },
  },
  {
    name: 'channel-join',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.go(`/w/${stage.world.workspace}/c/${stage.world.channels.open}`);
      await stage.page.locator('main h1').waitFor();
    },
  },
  {
    name: 'channel-closed',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('max');
      await stage.go(`/w/${stage.world.workspace}/c/${stage.world.channels.private}`);
      await stage.page.locator('main h1').waitFor();
    },
  },
  {
    name: 'nowhere',
    shows: ['unknown'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.go('/nowhere');
      await stage.page.locator('main h1').waitFor();
    },
  },
  {
    name: 'workspace',
    shows: ['workspace', 'home'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.go(`/w/${stage.world.workspace}`);
      await stage.page.locator('[data-region=sidebar]').waitFor();
    },
  },
  {
    name: 'guest-without-channels',
    shows: ['workspace'],
    open: async (stage) => {
      await stage.as('greta');
      await stage.go('/');
      await stage.page.locator('[data-region=sidebar]').waitFor();
    },
  },
  {
    name: 'direct',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.channel('direct');
    },
  },
  {
    name: 'group-long-names',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.channel('long_group');
    },
  },
  {
    name: 'channel-long-name',
    shows: ['channel'],
    open: async (stage) => {
      await stage.as('noor');
      await stage.channel('long');
    },
  },
  {
    name: 'page-broken',
    shows: ['settings'],
    open: async (stage) => {
      await general(stage);
      // The rest of the program cannot be fetched any more, as after an update of the server.
      await stage.page.route('**/assets/*.js', (route) => route.abort());
      await stage.page.keyboard.press('Control+,');
      await stage.page.locator('main h1').waitFor();
    },
  },
];
