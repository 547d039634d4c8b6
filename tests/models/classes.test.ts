import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { importBundle } from '../../src/importers/bundle/import.ts';
import { lower } from '../../src/lowering/lower.ts';
import { styles } from '../../src/lowering/styles/index.ts';
import { type ClassFigures, classFigures } from '../../src/verify/suite/classes.ts';
import { readNetworks } from '../../src/verify/suite/selection.ts';
import { tableOf } from '../tables.ts';

const root = join(import.meta.dirname, '../..');
const page = join(root, 'docs/networks.md');
const networks = await readNetworks(join(root, 'models'));

/** The rows of docs/networks.md by network. */
const rows = (): Map<string | undefined, readonly string[]> =>
  new Map(tableOf('docs/networks.md', '## Classes').map((row) => [row[0], row]));

function cellsOf(id: string, { samples, same, right }: ClassFigures): readonly string[] {
  const share = (count: number): string => `${count} (${((100 * count) / samples).toFixed(1)} %)`;
  return [id, ...(right ? ['trained', share(right.integers), share(right.framework)] : ['calibrated', '', '']), `${same} of ${samples}`];
}

test('docs/networks.md tells of each network how often its integers choose the class that PyTorch does, of 256, where it was counted', () => {
  expect([...rows().keys()]).toEqual(networks.map(({ id }) => id));
  for (const row of rows().values()) expect(row.at(-1)).toMatch(/^(\d+ of 256)?$/);
});

/** Of models/make.py --more --out DIRECTORY. */
const bundles = process.env['BITWRIGHT_MODELS'];

describe.skipIf(bundles === undefined)('the bundles of BITWRIGHT_MODELS, with 256 more inputs each', { timeout: 600_000 }, () => {
  test.each(networks.map(({ id, name }) => [id, name] as const))(
    '%s: %s has the classes of docs/networks.md (BLESS=1 writes them)',
    async (id, name) => {
      const bundle = join(bundles!, name);
      const { network, style } = await importBundle(bundle);
      const figures = await classFigures(network, lower(network, { style: styles.get(style)! }), bundle);
      const cells = cellsOf(id, figures!);
      if (process.env['BLESS']) {
        const print = (row: readonly string[]): string => `\n| ${row.join(' | ')} |\n`;
        writeFileSync(page, readFileSync(page, 'utf8').replace(print(rows().get(id)!), print(cells)));
      }
      expect(rows().get(id)).toEqual(cells);
    },
  );
});
