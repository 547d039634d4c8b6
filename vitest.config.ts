import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** `npm test` runs tests/**\/*.test.ts in minutes; `npm run test:full` (--mode full) adds the long runs, tests/**\/*.full.ts. */
export default defineConfig(({ mode }) => ({
  test: {
    include: ['tests/**/*.test.ts', ...(mode === 'full' ? ['tests/**/*.full.ts'] : [])],
    pool: 'forks',
    /** What tests build and translate stays out of the user's cache. */
    env: { XDG_CACHE_HOME: fileURLToPath(new URL('node_modules/.cache', import.meta.url)) },
    maxWorkers: '100%',
    testTimeout: mode === 'full' ? 600_000 : 60_000,
    hookTimeout: 300_000,
  },
}));
