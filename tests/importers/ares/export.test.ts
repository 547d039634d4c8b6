import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { type AresModel, irregular } from '../../../models/ares/builder.ts';
import { formulas } from '../../../models/ares/formulas.ts';
import { aresNetworks } from '../../../models/ares/networks.ts';
import { writeAresModel } from '../../../models/ares/write.ts';
import { runReference } from '../../../src/engine/reference.ts';
import { definitions } from '../../../src/importers/ares/definitions.ts';
import { readAresDirectory } from '../../../src/importers/ares/directory.ts';
import { aresFormOf, exportAres } from '../../../src/importers/ares/export.ts';
import { importAres } from '../../../src/importers/ares/import.ts';
import { printInfo } from '../../../src/importers/ares/write.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { ares } from '../../../src/lowering/styles/ares.ts';
import { parseNetwork } from '../../../src/network/text.ts';
import { tensor } from '../../../src/numeric/tensor.ts';
import type { Program } from '../../../src/program/program.ts';
import { quantiseInput } from '../../../src/program/quantise.ts';
import { fileTests, onesStore } from '../../filetest.ts';
import { integers, layer, network, random, reals } from '../../networks.ts';

const scratch = mkdtempSync(join(tmpdir(), 'bitwright-ares-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const models: Readonly<Record<string, () => AresModel>> = { ...aresNetworks, formulas: () => formulas(1, irregular) };

describe('there and back', () => {
  test.each(Object.keys(models))('%s is the same Network and Program', async (name) => {
    const [first, second] = [join(scratch, `${name}-1`, 'net'), join(scratch, `${name}-2`, 'net')];
    await writeAresModel(first, models[name]!());
    const { network: read, cases } = await importAres(first);
    await exportAres(second, aresFormOf(read), { cases });
    const again = await importAres(second);
    expect(isDeepStrictEqual(again.network, read)).toBe(true);
    expect(isDeepStrictEqual(aresFormOf(read).network, read)).toBe(true);
    expect(isDeepStrictEqual(again.cases, cases)).toBe(true);
    expect(isDeepStrictEqual(lower(again.network, { style: ares }), lower(read, { style: ares }))).toBe(true);
  });

  test('what was written once is written the same again, field for field', async () => {
    const directory = join(scratch, 'same', 'net');
    await writeAresModel(directory, aresNetworks['T10']!());
    const before = await readAresDirectory(directory);
    const after = aresFormOf((await importAres(directory)).network).layers;
    expect(after.map(({ name, type }) => [name, type])).toEqual(before.layers.map(({ name, type }) => [name, type]));
    for (const [at, layer] of before.layers.entries()) {
      expect(isDeepStrictEqual(after[at]!.tensors, layer.tensors)).toBe(true);
      expect({ ...after[at]!.fields, ...layer.fields }).toMatchObject(after[at]!.fields);
    }
  });
});

test('a network of another source gives the same integers through the format', async () => {
  const next = random(1);
  const weighted = (name: string, kind: string, input: string, shape: readonly number[], attributes = {}) =>
    layer(name, kind, [input], attributes, {
      weights: integers(next, 'i8', shape, -127, 127),
      scales: reals(next, [1], 0.001, 0.003),
      bias: tensor(
        { dtype: 'f32', shape: [shape[0]!] },
        Float32Array.from({ length: shape[0]! }, () => next() - 0.5),
      ),
    });
  const quantiser = (name: string, input: string, scale: number) => layer(name, 'quantiser', [input], { scale, lo: -128, hi: 127 });
  const window = { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false };
  const traced = network(
    { x: [1, 2, 8, 8] },
    [
      quantiser('q_in', 'x', 0.02),
      weighted('conv1', 'convolution', 'q_in', [4, 2, 3, 3], { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 }),
      layer('relu', 'relu', ['conv1']),
      layer('pool1', 'max-pool', ['relu'], window),
      quantiser('q1', 'pool1', 0.013),
      weighted('conv2', 'convolution', 'q1', [4, 1, 3, 3], { stride: [1, 1], padding: [1, 1, 1, 1], groups: 4 }),
      layer('drop', 'identity', ['conv2']),
      layer('relu2.relu', 'relu', ['drop']),
      quantiser('relu2', 'relu2.relu', 0.011),
      layer('add', 'add', ['relu2', 'q1']),
      layer('relu3.relu', 'relu', ['add']),
      quantiser('relu3', 'relu3.relu', 0.02),
      layer('pool2', 'average-pool', ['relu3'], { ...window, countPadding: true }),
      quantiser('q2', 'pool2', 0.015),
      layer('flatten', 'reshape', ['q2'], { shape: [1, 16] }),
      weighted('fc1', 'linear', 'flatten', [32, 16]),
      layer('relu4.relu', 'relu', ['fc1']),
      quantiser('relu4', 'relu4.relu', 0.008),
      weighted('fc2', 'linear', 'relu4', [3, 32]),
    ],
    ['fc2'],
  );
  const directory = join(scratch, 'traced');
  await exportAres(directory, aresFormOf(traced));
  const [before, after] = [traced, (await importAres(directory)).network].map((one) => lower(one, { style: ares, fuse: false }));
  const run = (program: Program) => {
    const sample = Float32Array.from({ length: 128 }, (_, at) => Math.sin(at * at) * 3);
    const inputs = [...program.inputs].map(([name, input]) => [name, quantiseInput(input, sample)] as const);
    return runReference(program, new Map(inputs));
  };
  const [expected, found] = [run(before!), run(after!)];
  for (const name of ['q1', 'relu2', 'relu3', 'q2', 'relu4', 'fc2']) expect(found.get(name), name).toEqual(expected.get(name));
});

fileTests('ares', { write: (input) => printInfo(aresFormOf(parseNetwork(input, onesStore)).layers) });

test('the page about ARES names every type that is read', () => {
  const page = readFileSync(join(import.meta.dirname, '../../../docs/ares.md'), 'utf8');
  for (const { classes } of definitions) for (const name of classes) expect(page).toContain(`\`${name}\``);
});
