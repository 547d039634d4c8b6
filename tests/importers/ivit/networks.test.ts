import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { importCheckpoint } from '../../../src/importers/ivit/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { styles } from '../../../src/lowering/styles/index.ts';
import type { Network } from '../../../src/network/network.ts';
import { type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import type { Program } from '../../../src/program/program.ts';
import { type EngineName, engineNames, engines } from '../../../src/verify/engines.ts';
import { quantiseSample } from '../../../src/verify/samples.ts';
import { topK } from '../../../src/verify/top.ts';
import { digitLabels, digits, recordedOf, sha256, swin } from './networks.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'bitwright-ivit-'));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** All values of each picture, by name: inputs, constants and steps. */
async function valuesOf(program: Program, images: Tensor, name: EngineName): Promise<readonly ReadonlyMap<string, Tensor>[]> {
  const run = (await engines[name]())(program);
  const [count = 0, ...shape] = images.type.shape;
  const size = images.data.length / count;
  return Array.from({ length: count }, (_, picture) => {
    const one = tensor({ dtype: 'f32', shape: [1, ...shape] }, images.data.slice(picture * size, (picture + 1) * size));
    const inputs = quantiseSample(program, new Map([['image', one]]));
    return new Map([...program.constants, ...inputs, ...run(inputs, 'steps')]);
  });
}

const first = ({ type: { dtype, shape }, data }: Tensor, count: number): Tensor =>
  tensor({ dtype, shape: [count, ...shape.slice(1)] }, data.slice(0, (data.length / shape[0]!) * count));

describe.each([digits, swin])('$name', (reference) => {
  const recorded = recordedOf(reference);
  const images = first(reference.images(), reference.recorded);
  let network: Network;
  beforeAll(async () => {
    const { heads } = reference;
    ({ network } = await importCheckpoint(reference.checkpoint(directory), heads === undefined ? {} : { heads }));
  });

  test('is given what PyTorch was given', () => {
    expect(sha256(images.data)).toBe(recorded.input);
  });

  test.each(engineNames)('has the integers of PyTorch in every module, and its logits, on the %s engine', async (engine) => {
    const program = lower(network, { style: styles.get('dyadic')!, fuse: false });
    const pictures = await valuesOf(program, images, engine);
    const modules = Object.entries(recorded.modules);
    expect(modules.length).toBeGreaterThan(45);
    const different = modules.filter(([name, { elements, sha256: hash }]) => {
      const parts = pictures.map((values) => Float64Array.from(values.get(name)!.data, (value) => value + 0));
      const depends = parts[0]!.length * parts.length === elements;
      return sha256(...(depends ? parts : parts.slice(0, 1))) !== hash;
    });
    expect(different.map(([name]) => name)).toEqual([]);
    expect(sha256(...pictures.map((values) => values.get(program.outputs[0]!)!.data))).toBe(recorded.logits);
  });

  test.each([...styles.keys()])('has the same logits in the style %s, with its calls joined', async (style) => {
    const program = lower(network, { style: styles.get(style)! });
    const pictures = await valuesOf(program, images, 'fast');
    expect(sha256(...pictures.map((values) => values.get(program.outputs[0]!)!.data))).toBe(recorded.logits);
  });
});

test('the trained digits: 593 of 599 pictures are read right, and the head has the integers of PyTorch for each', async () => {
  const { network } = await importCheckpoint(digits.checkpoint(directory), { heads: 2 });
  const program = lower(network, { style: styles.get('dyadic')!, fuse: false });
  const pictures = await valuesOf(program, digits.images(), 'fast');
  expect(sha256(...pictures.map((values) => Int32Array.from(values.get('head')!.data)))).toBe(recordedOf(digits).head_of_all);
  const labels = digitLabels();
  const right = pictures.filter((values, picture) => topK(values.get(program.outputs[0]!)!.data, 1)[0]?.index === labels[picture]);
  expect(pictures).toHaveLength(599);
  expect(right).toHaveLength(593);
});
