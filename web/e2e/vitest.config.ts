import { defineConfig } from 'vitest/config';

/** The browser against the real program. One file at a time: they share two cores with a server and two browsers. */
export default defineConfig({
  test: {
    include: ['e2e/**/*.e2e.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 60_000,
    bail: 1,
  },
});
