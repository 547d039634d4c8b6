import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { float32 } from '../../src/lowering/styles/float32.ts';
import {
  agreement,
  disagreements,
  mismatches,
  readSubject,
  runCompiled,
  runFast,
  runOnGemmini,
  type Subject,
  summary,
  summaryHeader,
} from './rungs.ts';

const fixtures = fileURLToPath(new URL('../fixtures/brevitas/', import.meta.url));
const directories = new Map([
  ['digits_cnn', fileURLToPath(new URL('../../examples/digits/bundle', import.meta.url))],
  ...readdirSync(fixtures).map((name): [string, string] => [name, `${fixtures}${name}`]),
]);
const names = [...directories.keys()];

/** Networks that a Brevitas of another day traced: what follows needs no Python. */
describe('committed bundles', () => {
  const subjects = new Map<string, Subject>();
  const rows: string[] = [];
  let compiled: Awaited<ReturnType<typeof runCompiled>>;
  let onGemmini: Awaited<ReturnType<typeof runOnGemmini>>;
  beforeAll(async () => {
    for (const name of names) {
      subjects.set(name, await readSubject(name, directories.get(name)!));
      const scaled = `${name} in float32 style`;
      subjects.set(scaled, await readSubject(scaled, directories.get(name)!, float32, 4));
    }
    compiled = await runCompiled([...subjects.values()]);
    onGemmini = await runOnGemmini([...subjects.values()]);
  });
  afterAll(() => console.log([summaryHeader, ...rows, '', onGemmini.table].join('\n')));

  test.each(names.flatMap((name) => [name, `${name} in float32 style`]))(
    '%s: fast engine and compiled C compute what the reference engine does',
    async (name) => {
      const subject = subjects.get(name)!;
      expect(mismatches(subject.golden, await runFast(subject))).toEqual([]);
      expect(mismatches(subject.golden, compiled.get(name)!)).toEqual([]);
    },
  );

  test.each(names.flatMap((name) => [name, `${name} in float32 style`]))(
    '%s: a core with a Gemmini computes what the reference engine does, every integer of every step',
    (name) => {
      const found = onGemmini.cases.get(name)!;
      expect(found).toHaveLength(2);
      expect(mismatches(subjects.get(name)!.golden.slice(0, 2), found)).toEqual([]);
    },
  );

  test.each(names)("%s: its integers are Brevitas's own, but for float32 noise at ties", async (name) => {
    const found = await agreement(subjects.get(name)!);
    rows.push(summary(name, found));
    expect(disagreements(found)).toEqual([]);
  });

  test('one weight that is one off is found at the quantiser behind it, and nowhere else', async () => {
    const subject = subjects.get('resnet_small')!;
    const { network } = subject.bundle;
    const layers = network.layers.map((layer) => {
      if (layer.name !== 'layer2.0.conv1') return layer;
      const { type, data } = layer.tensors['weights']!;
      const changed = data.slice();
      changed[changed.length - 1]! -= 1;
      return { ...layer, tensors: { ...layer.tensors, weights: { type, data: changed } } };
    });
    const found = await agreement({ ...subject, bundle: { ...subject.bundle, network: { ...network, layers } } });
    expect(found.agrees).toBe(false);
    expect(found.quantisers.filter(({ failures }) => failures > 0).map(({ name }) => name)).toEqual(['layer2.0.relu1']);
  });

  test("a transformer's integers are Brevitas's own, every one of them", async () => {
    const { quantisers } = await agreement(subjects.get('transformer_small')!);
    const differ = quantisers.filter(({ exceptions, ties, failures }) => exceptions + ties + failures > 0);
    expect(differ).toEqual([]);
    expect(quantisers.length).toBe(17);
  });
});
