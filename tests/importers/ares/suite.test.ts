import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'vitest';
import { thereAndBack } from './there-and-back.ts';

const bundles = join(import.meta.dirname, '../../../models/bundles');

describe('the networks of the suite that come with the checkout, as ARES directories', () => {
  test.each(readdirSync(bundles))('%s is written and read back to the same Program and integers, or refused as the page says', (name) =>
    thereAndBack(bundles, name),
  );
});
