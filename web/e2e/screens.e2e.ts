/**
 * Every screen of the list, in both themes, at the width of a desk and of a phone: checked by axe, and kept as a picture
 * in `e2e/out/screens/`. SCREENS names some of them (a pattern) while one works on them; SCREENS_ON names the runs, also
 * those in German (desk-de, phone-de), which are not part of `make test`.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Arrival, DESKTOP, Person, TABLET } from './browser';
import { screens } from './screens';
import { Server } from './server';
import { Stage } from './stage';
import { build, type World } from './world';

const wanted = new RegExp(process.env['SCREENS'] ?? '');
const list = screens.filter((screen) => wanted.test(screen.name));
const NO_LIMITS = { PLEXICHAT_LIMITS__ENABLED: 'false' };

type Run = { name: string; arrival: Arrival; themes: readonly ('light' | 'dark')[]; tablet: boolean };
const all: Run[] = [
  { name: 'desk', arrival: {}, themes: ['light', 'dark'], tablet: true },
  { name: 'phone', arrival: { phone: true }, themes: ['light', 'dark'], tablet: false },
  { name: 'desk-de', arrival: { locale: 'de-DE' }, themes: ['light'], tablet: false },
  { name: 'phone-de', arrival: { phone: true, locale: 'de-DE' }, themes: ['dark'], tablet: false },
];
const runs = all.filter((run) => (process.env['SCREENS_ON'] ?? 'desk,phone').split(',').includes(run.name));

let server: Server;
let waiting: Server;
let world: World;
let fresh: { url: string; code: string };

beforeAll(async () => {
  [server, waiting] = await Promise.all([Server.start(NO_LIMITS), Server.start(NO_LIMITS)]);
  fresh = { url: waiting.url, code: await waiting.setupCode() };
  world = await build(server);
});

afterAll(async () => {
  await Promise.all([server?.stop(), waiting?.stop()]);
});

describe.each(runs)('on a $name', ({ name: where, arrival, themes, tablet }) => {
  let person: Person;
  let stage: Stage;
  beforeAll(async () => {
    person = await Person.arrive(arrival);
    stage = new Stage(person, world, fresh, arrival.phone === true);
  });
  afterAll(() => person?.leave());

  it.each(list)('$name', async (screen) => {
    await screen.open(stage);
    const found: string[] = [];
    for (const theme of themes) {
      await person.theme(theme);
      found.push(...(await person.inspect(`screens/${screen.name}-${where}-${theme}`)));
      if (!tablet || theme === 'dark') continue;
      await person.page.setViewportSize(TABLET);
      await person.page.waitForTimeout(150);
      found.push(...(await person.picture(`screens/${screen.name}-tablet-${theme}`)));
      await person.page.setViewportSize(DESKTOP);
      await person.page.waitForTimeout(150);
    }
    expect(found).toEqual([]);
  });

  it('met no error on the way', () => {
    expect(person.faults).toEqual([]);
  });
});
