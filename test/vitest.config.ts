/** Tests run against the sources, except those in test/executable, which run the built executable. */
import { defineConfig } from 'vitest/config';

export default defineConfig({
  // As build.mjs does for the pages.
  oxc: { jsx: { runtime: 'automatic', importSource: 'hono/jsx' } },
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['test/**/*.test.{ts,tsx}'],
    globalSetup: ['test/support/assets-setup.ts', 'test/support/stuck-tests.ts'],
    setupFiles: ['test/support/test-mark.ts'],
    // Processes, not threads: tests start worker threads, processes and databases of their own.
    pool: 'forks',
    maxWorkers: 2,
    // More than any condition is waited for: a test that waits in vain then says for what.
    testTimeout: 150_000,
    hookTimeout: 150_000,
  },
});
