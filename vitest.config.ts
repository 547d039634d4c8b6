import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

/** What tests build and translate stays out of the user's cache; the compiler's own, which takes long to fill, they share. */
const { XDG_CACHE_HOME = join(homedir(), '.cache'), ZIG_GLOBAL_CACHE_DIR = join(XDG_CACHE_HOME, 'zig') } = process.env;
const env = { XDG_CACHE_HOME: fileURLToPath(new URL('node_modules/.cache', import.meta.url)), ZIG_GLOBAL_CACHE_DIR };

/** `npm test` runs tests/**\/*.test.ts in minutes; `npm run test:full` (--mode full) adds the long runs, tests/**\/*.full.ts. */
export default defineConfig(({ mode }) => ({
  test: {
    include: ['tests/**/*.test.ts', ...(mode === 'full' ? ['tests/**/*.full.ts'] : [])],
    pool: 'forks',
    env,
    maxWorkers: '100%',
    testTimeout: mode === 'full' ? 600_000 : 60_000,
    hookTimeout: 300_000,
  },
}));
