/** Tests run against the sources, except those in test/executable, which run the built executable. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As build.mjs does for the pages.
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/assets-setup.ts'],
    // Processes, not threads: tests start worker threads, processes and databases of their own.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
