import { configDefaults, defineConfig } from 'vitest/config';

const test = { environment: 'node', testTimeout: 120_000, hookTimeout: 60_000 } as const;
/** The walks through all screens. Those in German (desk-de, phone-de), whose texts are longer, double the time. */
const walks = (process.env['SCREENS_ON'] ?? 'desk,phone').split(',').map((name) => `e2e/screens.${name}.e2e.ts`);

/** The browser against the real program, on two cores. */
export default defineConfig({
  test: {
    bail: 1,
    projects: [
      {
        // One file at a time: they have two browsers and a server each, and take the time of some of what they do.
        test: {
          ...test,
          name: 'stories',
          include: ['e2e/**/*.e2e.ts'],
          exclude: [...configDefaults.exclude, 'e2e/screens.*'],
          maxWorkers: 1,
          sequence: { groupOrder: 0 },
        },
      },
      { test: { ...test, name: 'screens', include: walks, maxWorkers: 2, sequence: { groupOrder: 1 } } },
    ],
  },
});
