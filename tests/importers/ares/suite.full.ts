import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { thereAndBack } from './there-and-back.ts';

/** Where models/make.py has written all forty. */
const bundles = process.env['BITWRIGHT_BUNDLES'] ?? join(import.meta.dirname, '../../../bundles');
const names = existsSync(bundles)
  ? readdirSync(bundles, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
  : [];

describe.skipIf(names.length === 0)(
  'all networks of the suite as ARES directories (skipped where BITWRIGHT_BUNDLES names no bundles)',
  () => {
    test.each(names)(
      '%s is written and read back to the same Program and integers, or refused as the page says',
      { timeout: 600_000 },
      (name) => thereAndBack(bundles, name),
    );
  },
);
