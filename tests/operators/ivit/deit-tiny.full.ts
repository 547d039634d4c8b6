import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { prepareFast } from '../../../src/engine/fast.ts';
import { loadKernels } from '../../../src/engine/load-kernels.ts';
import { runReference } from '../../../src/engine/reference.ts';
import { printCheckpoint } from '../../../src/formats/checkpoint/write.ts';
import { deitTinyState } from '../../../src/importers/ivit/deit-tiny.ts';
import { importCheckpoint } from '../../../src/importers/ivit/import.ts';
import { normalised, recipePicture } from '../../../src/importers/ivit/recipe.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { ivit } from '../../../src/lowering/styles/ivit.ts';
import { type Tensor, type TensorType, tensor } from '../../../src/numeric/tensor.ts';
import { operators } from '../../../src/operators/index.ts';
import { valueTypes } from '../../../src/program/lifetimes.ts';
import type { Program } from '../../../src/program/program.ts';
import { quantiseInput } from '../../../src/program/quantise.ts';
import { writeFirmware } from '../../../src/targets/firmware.ts';
import { emitHost, planHost } from '../../../src/targets/host/host.ts';
import { runHost } from '../../../src/targets/host/run.ts';
import { buildHost, findToolchain } from '../../../src/targets/host/toolchain.ts';
import { compareKept } from './kept.ts';

type Sample = ReadonlyMap<string, Tensor>;
type Hashes = Readonly<Record<string, string>>;
const recorded = gunzipSync(readFileSync(join(import.meta.dirname, '../../fixtures/ivit/deit-tiny.json.gz'))).toString();
/** SHA-256 of every module's integers, as int32, for each picture. */
const expected = (JSON.parse(recorded) as { readonly results: readonly { readonly modules: Hashes }[] }).results.map(
  ({ modules }) => modules,
);

const folder = mkdtempSync(join(tmpdir(), 'bitwright-deit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let program: Program;
let optimised: Program;
let samples: readonly Sample[];
beforeAll(async () => {
  const path = join(folder, 'checkpoint.pth.tar');
  writeFileSync(path, printCheckpoint(await deitTinyState()));
  const { network } = await importCheckpoint(path);
  program = lower(network, { style: ivit, fuse: false });
  optimised = lower(network, { style: ivit });
  samples = expected.map((_, number) => {
    const image = normalised(tensor({ dtype: 'u8', shape: [1, 3, 224, 224] }, recipePicture(number, 224).data));
    return new Map([...program.inputs].map(([name, input]) => [name, quantiseInput(input, image.data)]));
  });
});

const hash = ({ data }: Tensor): string =>
  createHash('sha256')
    .update(new Uint8Array(Int32Array.from(data).buffer))
    .digest('hex');

const different = (modules: Hashes, results: Sample): string[] =>
  Object.entries(modules).flatMap(([name, sha256]) => {
    const found = results.get(name) ?? program.constants.get(name);
    return found && hash(found) === sha256 ? [] : [name];
  });

/** Products of a run, counted by the operators themselves. */
function macs(counted: Program): number {
  const types = valueTypes(counted);
  let sum = 0;
  for (const { stages } of counted.steps) {
    let previous: readonly TensorType[] = [];
    for (const { operator: name, operands: names, attributes } of stages) {
      const operator = operators.get(name)!;
      const operands = [...previous, ...names.map((operand) => types.get(operand)!)];
      previous = [operator.result(attributes, operands)];
      sum += operator.macs?.(attributes, operands, previous[0]!) ?? 0;
    }
  }
  return sum;
}

test('there are 260 hashes for each picture', () => {
  expect(expected.map((modules) => Object.keys(modules).length)).toEqual([260, 260]);
});

test('the fast engine gives every module of DeiT-tiny the integers of PyTorch', async () => {
  const engine = prepareFast(program, await loadKernels());
  const start = performance.now();
  const results = samples.map((sample) => engine.run(sample, 'steps'));
  console.log(`fast engine, unoptimised: ${((performance.now() - start) / samples.length).toFixed(0)} ms a picture`);
  expect(results.flatMap((values, number) => different(expected[number]!, values))).toEqual([]);
});

test('the reference engine gives every module of DeiT-tiny the integers of PyTorch', () => {
  const start = performance.now();
  const results = runReference(program, samples[0]!);
  console.log(`reference engine: ${((performance.now() - start) / 1000).toFixed(1)} s a picture`);
  expect(different(expected[0]!, results)).toEqual([]);
});

test('the optimised Program keeps the integers of every value that it makes, on the fast engine', async () => {
  const kernels = await loadKernels();
  const whole = prepareFast(program, kernels).run(samples[0]!, 'steps');
  const engine = prepareFast(optimised, kernels);
  const { equal, different, unknown } = compareKept(engine.run(samples[0]!, 'steps'), whole);
  expect({ different, unknown }).toEqual({ different: [], unknown: [] });
  expect(equal).toHaveLength(optimised.steps.length + 1);
  engine.run(samples[1]!);
  const start = performance.now();
  for (let round = 0; round < 10; round++) engine.run(samples[round % 2]!);
  console.log(`fast engine, optimised: ${((performance.now() - start) / 10).toFixed(0)} ms a picture`);
});

test('behind the keys and values of the last block only one token is computed: 87,080,448 products less', () => {
  expect(macs(program)).toBe(1_253_683_200);
  expect(macs(program) - macs(optimised)).toBe(87_080_448);
});

test('compiled C computes what the fast engine computes, step by step', async () => {
  const kernels = await loadKernels();
  const plan = planHost(optimised);
  await writeFirmware(await emitHost(plan), join(folder, 'firmware'));
  const executable = await buildHost(join(folder, 'firmware'), findToolchain({ environment: {} }));
  const { cases, times } = await runHost(executable, plan, samples);
  const engine = prepareFast(optimised, kernels);
  cases.forEach((values, number) => {
    const { equal, different } = compareKept(values, engine.run(samples[number]!, 'steps'));
    expect(different).toEqual([]);
    expect(equal).toHaveLength(optimised.steps.length);
  });
  console.log(
    `portable C: ${(times.reduce((sum, { nanoseconds }) => sum + nanoseconds, 0) / 1e6 / samples.length).toFixed(0)} ms a picture`,
  );
});
