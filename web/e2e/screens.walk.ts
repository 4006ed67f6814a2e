/**
 * Every screen of the list, in both themes, at the width of a desk and of a phone: checked by axe, and kept as a picture
 * in `e2e/out/screens/`. SCREENS names some of them (a pattern) while one works on them. Each run is a file of its own
 * (SCREENS_ON names those wanted, see `vitest.config.ts`): two at a time use both cores, and what one run does to its
 * world does not show in the other.
 *
 * Nothing here waits for a fixed time unless time itself is what the screen is about: `Person.quiet` and `Person.theme`
 * return when the page is what it will be.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Arrival, DESKTOP, Person, TABLET } from './browser';
import { screens } from './screens';
import { Server } from './server';
import { Stage } from './stage';
import { build } from './world';

const wanted = new RegExp(process.env['SCREENS'] ?? '');
const list = screens.filter((screen) => wanted.test(screen.name));
const NO_LIMITS = { PLEXICHAT_LIMITS__ENABLED: 'false' };

type Run = { where: string; arrival: Arrival; themes: readonly ('light' | 'dark')[]; tablet?: boolean };

export function walk({ where, arrival, themes, tablet = false }: Run): void {
  describe(`on a ${where}`, () => {
    let servers: Server[] = [];
    let person: Person;
    let stage: Stage;
    beforeAll(async () => {
      const [server, waiting] = await Promise.all([Server.start(NO_LIMITS), Server.start(NO_LIMITS)]);
      servers = [server, waiting];
      const fresh = { url: waiting.url, code: await waiting.setupCode() };
      const world = await build(server);
      person = await Person.arrive(arrival);
      stage = new Stage(person, world, fresh, arrival.phone === true);
    });
    afterAll(async () => {
      await person?.leave();
      await Promise.all(servers.map((server) => server.stop()));
    });

    it.each(list)('$name', async (screen) => {
      await screen.open(stage);
      await person.quiet();
      const found: string[] = [];
      for (const theme of themes) {
        await person.theme(theme);
        found.push(...(await person.inspect(`screens/${screen.name}-${where}-${theme}`)));
        if (!tablet || theme === 'dark') continue;
        await person.resize(TABLET);
        found.push(...(await person.picture(`screens/${screen.name}-tablet-${theme}`)));
        await person.resize(DESKTOP);
      }
      expect(found).toEqual([]);
    });

    it('met no error on the way', () => {
      expect(person.faults).toEqual([]);
    });
  });
}
