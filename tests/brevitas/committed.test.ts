import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { float32 } from '../../src/lowering/styles/float32.ts';
import { testRungs } from './ladder.ts';
import { agreement, readSubject, type Subject } from './rungs.ts';

const fixtures = fileURLToPath(new URL('../fixtures/brevitas/', import.meta.url));
const directories = new Map([
  ['digits_cnn', fileURLToPath(new URL('../../examples/digits/bundle', import.meta.url))],
  ...readdirSync(fixtures).map((name): [string, string] => [name, `${fixtures}${name}`]),
]);
const names = [...directories.keys()];

/** Networks that a Brevitas of another day traced: what follows needs no Python. */
describe('committed bundles', () => {
  const scaled = (name: string): string => `${name} in float32 style`;
  const read = async (name: string): Promise<readonly Subject[]> => {
    const directory = directories.get(name)!;
    return [await readSubject(name, directory), await readSubject(scaled(name), directory, float32, 4)];
  };
  const { subjects, agreementOf, tables } = testRungs(
    names.flatMap((name) => [name, scaled(name)]),
    async () => (await Promise.all(names.map(read))).flat(),
  );
  afterAll(() => console.log(tables()));

  test.each(names)("%s: its integers are Brevitas's own, but for float32 noise at ties", async (name) => {
    await agreementOf(subjects.get(name)!);
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
