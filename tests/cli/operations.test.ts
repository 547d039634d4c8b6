import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { printOperations } from '../../src/cli/operations.ts';
import { printSupportedLayers } from '../../src/cli/supported-layers.ts';
import { hints } from '../../src/importers/brevitas/hints.ts';
import { definitions } from '../../src/importers/brevitas/index.ts';
import { operators } from '../../src/operators/index.ts';
import type { AnyLayer } from '../../src/operators/layer.ts';
import { layers } from '../../src/operators/layers.ts';

test('docs/operations.md says what the definitions say (BLESS=1 writes it)', () => {
  const page = new URL('../../docs/operations.md', import.meta.url);
  const printed = printOperations(layers, operators);
  if (process.env['BLESS']) writeFileSync(page, printed);
  expect(readFileSync(page, 'utf8')).toBe(printed);
});

test('docs/layers.md says what the importer does (BLESS=1 writes it)', () => {
  const page = new URL('../../docs/layers.md', import.meta.url);
  const printed = printSupportedLayers(definitions, hints);
  if (process.env['BLESS']) writeFileSync(page, printed);
  expect(readFileSync(page, 'utf8')).toBe(printed);
});

test('every form of attribute is described in words', () => {
  const attributes = z.object({
    pair: z.tuple([z.int(), z.number()]),
    mode: z.enum(['a', 'b']).optional(),
    either: z.union([z.literal('x|y'), z.array(z.boolean())]),
  });
  const layer = { kind: 'k', arity: [1, Infinity], required: ['w'], optional: ['b'], attributes } as unknown as AnyLayer;
  expect(printOperations(new Map([['k', layer]]), new Map())).toContain(
    '| `k` | 1 to any number | `w` (`b`) | `pair` [int, number]; `mode`? "a" or "b"; `either` "x\\|y" or boolean[] |',
  );
});
