import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, expect, test } from 'vitest';
import { runReference } from '../../../src/engine/reference.ts';
import { parseSafetensors } from '../../../src/formats/safetensors.ts';
import { importCheckpoint } from '../../../src/importers/ivit/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { ivit } from '../../../src/lowering/styles/ivit.ts';
import { type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { valueTypes } from '../../../src/program/lifetimes.ts';
import type { Program } from '../../../src/program/program.ts';
import { writeFirmware } from '../../../src/targets/firmware.ts';
import { emitGemmini, gemminiCompiler, planGemmini } from '../../../src/targets/gemmini/gemmini.ts';
import { emitMany, planHost } from '../../../src/targets/host/host.ts';
import { runMany } from '../../../src/targets/host/run.ts';
import { buildHost, findToolchain } from '../../../src/targets/host/toolchain.ts';
import { engineNames, engines } from '../../../src/verify/engines.ts';
import { gemminiTarget } from '../../../src/verify/gemmini.ts';
import { quantiseSample } from '../../../src/verify/samples.ts';
import { compareKept } from './kept.ts';
import { differences, moduleCases } from './modules.ts';

type Values = ReadonlyMap<string, Tensor>;

const given = process.env['BITWRIGHT_REFERENCE'];
const reference = join(given ?? '', 'ivit');
const reason = given === undefined ? ' (skipped: no folder is named by BITWRIGHT_REFERENCE)' : '';
const folder = mkdtempSync(join(tmpdir(), 'bitwright-ivit-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** One picture's part of a recorded tensor, which has pictures along its first axis, as a value of the Program; a parameter has no pictures. */
function partOf({ type, data }: Tensor, like: Tensor['type'], picture: number): Tensor {
  const size = like.shape.reduce((product, each) => product * each, 1);
  const first = data.length === size ? 0 : picture * size;
  return tensor({ dtype: type.dtype, shape: like.shape }, data.slice(first, first + size));
}

/** What PyTorch has for one picture, by the names and with the shapes of the Program's values. */
function recordedValues(program: Program, tensors: Values, picture: number): Values {
  const types = valueTypes(program);
  const found = new Map<string, Tensor>();
  for (const [key, recorded] of tensors) {
    const [, name = ''] = /^(.+)\.int$/.exec(key) ?? [];
    const type = types.get(name);
    if (type) found.set(name, partOf(recorded, type, picture));
  }
  const [output = ''] = program.outputs;
  return found.set(output, partOf(tensors.get('logits_exact')!, types.get(output)!, picture));
}

/** A checkpoint, what PyTorch recorded of each of its pictures, and of how many modules. */
async function recorded(name: string) {
  const at = join(reference, name);
  const { network } = await importCheckpoint(join(at, 'checkpoint.pth.tar'), name.includes('swin') ? {} : { heads: 2 });
  const { tensors } = parseSafetensors(gunzipSync(readFileSync(join(at, 'dump.safetensors.gz'))), name);
  const image = tensors.get('input')!;
  const one = { ...image.type, shape: [1, ...image.type.shape.slice(1)] };
  const pictures = Array.from({ length: image.type.shape[0]! }, (_, picture) => ({
    inputs: (program: Program) => quantiseSample(program, new Map([['image', partOf(image, one, picture)]])),
    expected: (program: Program) => recordedValues(program, tensors, picture),
  }));
  return { network, pictures, modules: [...tensors.keys()].filter((key) => key.endsWith('.int')).length };
}

test.skipIf(!given)(`every recorded call of a module, on the reference engine${reason}`, () => {
  const cases = moduleCases(join(reference, 'modules'));
  expect(cases.length).toBe(128);
  expect(
    differences(
      cases,
      cases.map(({ program, inputs }) => runReference(program, inputs)),
    ),
  ).toEqual([]);
});

test.skipIf(!given).each(['nets/deit_a', 'nets/swin_a', 'digits'])(
  `%s: every integer of every module on both engines and in compiled C, optimised or not${reason}`,
  { timeout: 120_000 },
  async (name) => {
    const { network, pictures, modules } = await recorded(name);
    const programs = [lower(network, { style: ivit, fuse: false }), lower(network, { style: ivit })];
    const [whole] = programs;
    const inputs = pictures.map((picture) => picture.inputs(whole!));
    const expected = pictures.map((picture) => picture.expected(whole!));
    expect(expected[0]!.size).toBe(modules + 1);

    const plans = programs.map(planHost);
    const directory = join(folder, name);
    await writeFirmware(await emitMany(plans), directory);
    const runs = await runMany(
      await buildHost(directory, findToolchain({ environment: {} })),
      plans,
      programs.map(() => inputs),
    );
    for (const [index, program] of programs.entries()) {
      const prepared = await Promise.all(engineNames.map(async (engine) => (await engines[engine]())(program)));
      for (const picture of pictures.keys()) {
        for (const values of [...prepared.map((run) => run(inputs[picture]!, 'steps')), runs[index]!.cases[picture]!]) {
          const { equal, different } = compareKept(new Map([...program.constants, ...inputs[picture]!, ...values]), expected[picture]!);
          expect(different).toEqual([]);
          expect(equal).toContain(program.outputs[0]);
          if (index === 0) expect(equal).toHaveLength(modules + 1);
        }
      }
    }
  },
);

test.skipIf(!given).each(['nets/deit_a', 'nets/swin_a', 'digits'])(
  `%s: Gemmini computes every integer of every module that the optimised program keeps${reason}`,
  { timeout: 240_000 },
  async (name) => {
    const { network, pictures } = await recorded(name);
    const plan = planGemmini(lower(network, { style: ivit }));
    const { program } = plan;
    const inputs = pictures.map((picture) => picture.inputs(program));
    const directory = join(folder, `${name}-gemmini`);
    await writeFirmware(await emitGemmini(plan), directory);
    const { executable } = await gemminiCompiler.build(directory, undefined);
    const run = await gemminiTarget.run(executable, plan, inputs);
    for (const [at, picture] of pictures.entries()) {
      const values = new Map([...program.constants, ...inputs[at]!, ...run.cases[at]!]);
      const { equal, different } = compareKept(values, picture.expected(program));
      expect(different).toEqual([]);
      expect(equal).toContain(program.outputs[0]);
    }
  },
);
