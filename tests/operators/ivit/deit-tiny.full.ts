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
import { dyadic } from '../../../src/lowering/styles/dyadic.ts';
import { type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { quantiseInput } from '../../../src/program/quantise.ts';
import type { Program } from '../../../src/program/program.ts';

type Sample = ReadonlyMap<string, Tensor>;
type Hashes = Readonly<Record<string, string>>;
const recorded = gunzipSync(readFileSync(join(import.meta.dirname, '../../fixtures/ivit/deit-tiny.json.gz'))).toString();
/** SHA-256 of every module's integers, as int32, for each picture. */
const expected = (JSON.parse(recorded) as { readonly results: readonly { readonly modules: Hashes }[] }).results.map(({ modules }) => modules);

const folder = mkdtempSync(join(tmpdir(), 'bitwright-deit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let program: Program;
let samples: readonly Sample[];
beforeAll(async () => {
  const path = join(folder, 'checkpoint.pth.tar');
  writeFileSync(path, printCheckpoint(await deitTinyState()));
  const { network } = await importCheckpoint(path);
  program = lower(network, { style: dyadic, fuse: false });
  samples = expected.map((_, number) => {
    const image = normalised(tensor({ dtype: 'u8', shape: [1, 3, 224, 224] }, recipePicture(number, 224).data));
    return new Map([...program.inputs].map(([name, input]) => [name, quantiseInput(input, image.data)]));
  });
});

const hash = ({ data }: Tensor): string => createHash('sha256').update(new Uint8Array(Int32Array.from(data).buffer)).digest('hex');

const different = (modules: Hashes, results: Sample): string[] =>
  Object.entries(modules).flatMap(([name, sha256]) => {
    const found = results.get(name) ?? program.constants.get(name);
    return found && hash(found) === sha256 ? [] : [name];
  });

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
