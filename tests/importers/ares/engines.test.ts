import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { irregular, powersOfTwo, smallRatios } from '../../../models/ares/builder.ts';
import { formulas } from '../../../models/ares/formulas.ts';
import { prepareFast } from '../../../src/engine/fast.ts';
import { loadKernels } from '../../../src/engine/load-kernels.ts';
import { runReference } from '../../../src/engine/reference.ts';
import { withScratchDirectory } from '../../../src/formats/files.ts';
import { networkOf } from '../../../src/importers/ares/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { ares } from '../../../src/lowering/styles/ares.ts';
import type { Tensor } from '../../../src/numeric/tensor.ts';
import { writeFirmware } from '../../../src/targets/firmware.ts';
import { emitMany, planHost } from '../../../src/targets/host/host.ts';
import { runMany } from '../../../src/targets/host/run.ts';
import { buildHost, findToolchain } from '../../../src/targets/host/toolchain.ts';
import { integers, random } from '../../networks.ts';

const programs = [irregular, powersOfTwo, smallRatios, smallRatios].map((snap, seed) => {
  const { name, inputs, layers } = formulas(seed, snap);
  return lower(networkOf(name, { file: name, layers }, new Map([['input', inputs[0]!]])), { style: ares });
});
const next = random(1);
const cases = programs.map((program) =>
  [-128, 0, 127, undefined, undefined, undefined].map((value): ReadonlyMap<string, Tensor> => {
    const [low, high] = value === undefined ? [-128, 127] : [value, value];
    return new Map([...program.inputs].map(([name, { type }]) => [name, integers(next, type.dtype, type.shape, low, high)]));
  }),
);

describe('the formulas of ARES', () => {
  const golden = programs.map((program, index) => cases[index]!.map((inputs) => runReference(program, inputs)));

  test('give the same bits in the fast engine', async () => {
    const kernels = await loadKernels();
    programs.forEach((program, index) => {
      const engine = prepareFast(program, kernels);
      cases[index]!.forEach((inputs, at) => {
        const found = engine.run(inputs, 'steps');
        for (const { name } of program.steps) expect(found.get(name)!.data, name).toEqual(golden[index]![at]!.get(name)!.data);
      });
    });
  });

  test('give the same bits in compiled C', async () => {
    const plans = programs.map((program) => planHost(program));
    const runs = await withScratchDirectory(async (scratch) => {
      const folder = join(scratch, 'firmware');
      await writeFirmware(await emitMany(plans), folder);
      return runMany(await buildHost(folder, findToolchain(), { extra: ['-Werror'] }), plans, cases);
    });
    programs.forEach((program, index) => {
      golden[index]!.forEach((values, at) => {
        for (const { name } of program.steps) expect(runs[index]!.cases[at]!.get(name)!.data, name).toEqual(values.get(name)!.data);
      });
    });
  });
});
