import { readFileSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as z from 'zod';
import { printOperations } from '../../src/cli/operations.ts';
import { printSupported } from '../../src/cli/supported.ts';
import { hints } from '../../src/importers/brevitas/hints.ts';
import { definitions } from '../../src/importers/brevitas/index.ts';
import { operators } from '../../src/operators/index.ts';
import type { AnyLayer } from '../../src/operators/layer.ts';
import { layers } from '../../src/operators/layers.ts';
import { bitwright } from './bitwright.ts';

const supported = { modules: definitions, hints, layers, operators };

test('docs/supported-operations.md says what the importer does and the definitions say (BLESS=1 writes it)', () => {
  const page = new URL('../../docs/supported-operations.md', import.meta.url);
  const printed = printSupported(supported);
  if (process.env['BLESS']) writeFileSync(page, printed);
  expect(readFileSync(page, 'utf8')).toBe(printed);
});

test('bitwright ops prints the page, or with --json every layer and operator of it', async () => {
  expect((await bitwright('ops')).out).toBe(printSupported(supported));
  const { modules, operators: printed } = JSON.parse((await bitwright('ops', '--json')).out);
  expect(modules).toHaveLength(definitions.length);
  expect(printed.map(({ name }: { name: string }) => name)).toEqual([...operators.keys()]);
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
