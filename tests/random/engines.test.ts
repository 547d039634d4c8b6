import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { prepareFast } from '../../src/engine/fast.ts';
import { loadKernels } from '../../src/engine/load-kernels.ts';
import { runReference } from '../../src/engine/reference.ts';
import { BadInput } from '../../src/errors.ts';
import { withScratchDirectory } from '../../src/formats/files.ts';
import { lower } from '../../src/lowering/lower.ts';
import { styles } from '../../src/lowering/styles/index.ts';
import type { Tensor } from '../../src/numeric/tensor.ts';
import type { Program, ProgramInput } from '../../src/program/program.ts';
import { quantiseInput } from '../../src/program/quantise.ts';
import { machines } from '../../src/simulator/machine.ts';
import { writeFirmware } from '../../src/targets/firmware.ts';
import { emitManyGemmini, gemminiCompiler, planGemmini } from '../../src/targets/gemmini/gemmini.ts';
import { emitMany, planHost } from '../../src/targets/host/host.ts';
import { runMany } from '../../src/targets/host/run.ts';
import { buildHost, findToolchain } from '../../src/targets/host/toolchain.ts';
import { runManyOn } from '../../src/verify/firmware-run.ts';
import { machineOn } from '../../src/verify/simulation.ts';
import { integers, random } from '../networks.ts';
import { drawNetwork } from './draw.ts';

const count = 520;
/** The first so many of them are simulated too. */
const onGemmini = 130;

type Inputs = ReadonlyMap<string, Tensor>;

interface Drawn {
  readonly seed: number;
  readonly program: Program;
  readonly cases: readonly Inputs[];
}

/** The sample that the scales were chosen from, one of random integers, and the extremes of every input. */
function casesOf(program: Program, samples: ReadonlyMap<string, Tensor>, seed: number): Inputs[] {
  const next = random(seed);
  const each = (value: (input: ProgramInput) => Tensor): Inputs =>
    new Map([...program.inputs].map(([name, input]) => [name, value(input)]));
  const between = (low: (input: ProgramInput) => number, high: (input: ProgramInput) => number) =>
    each((input) => integers(next, input.type.dtype, input.type.shape, low(input), high(input)));
  const lo = (input: ProgramInput) => input.lo;
  const hi = (input: ProgramInput) => input.hi;
  return [each((input) => quantiseInput(input, samples.get(input.source)!.data)), between(lo, hi), between(lo, lo), between(hi, hi)];
}

/** Random networks that lower, two of three in the dyadic style. */
function drawPrograms(): Drawn[] {
  const drawn: Drawn[] = [];
  for (let seed = 0; drawn.length < count; seed++) {
    const { network, samples } = drawNetwork(seed);
    const style = styles.get(seed % 3 === 2 ? 'float32' : 'dyadic')!;
    try {
      const program = lower(network, { style });
      drawn.push({ seed, program, cases: casesOf(program, samples, seed) });
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
    }
  }
  return drawn;
}

/** The first difference of two runs, as a sentence. */
function difference({ seed, program }: Drawn, golden: ReadonlyMap<string, Tensor>, other: ReadonlyMap<string, Tensor>): string | undefined {
  for (const { name } of program.steps) {
    const expected = golden.get(name)!.data;
    const found = other.get(name)!.data;
    const position = expected.findIndex((value, index) => value !== found[index]);
    if (position >= 0) return `seed ${seed}, step ${name}, element ${position}: ${found[position]} instead of ${expected[position]}`;
  }
  return undefined;
}

describe(`${count} random networks`, () => {
  const drawn = drawPrograms();
  const golden = drawn.map(({ program, cases }) => cases.map((inputs) => runReference(program, inputs)));

  test('compute the same integers in the fast engine as in the reference', async () => {
    const kernels = await loadKernels();
    const differences = drawn.flatMap((network, index) => {
      const engine = prepareFast(network.program, kernels);
      return network.cases.map((inputs, at) => difference(network, golden[index]![at]!, engine.run(inputs, 'steps')));
    });
    expect(differences.filter(Boolean)).toEqual([]);
  });

  test('compute the same integers in compiled C as in the reference', { timeout: 300_000 }, async () => {
    const plans = drawn.map(({ program }) => planHost(program));
    const runs = await withScratchDirectory(async (scratch) => {
      const folder = join(scratch, 'firmware');
      await writeFirmware(await emitMany(plans), folder);
      const executable = await buildHost(folder, findToolchain(), { optimise: ['-O1'], extra: ['-Werror'] });
      return runMany(
        executable,
        plans,
        drawn.map(({ cases }) => cases),
      );
    });
    const differences = drawn.flatMap((network, index) =>
      runs[index]!.cases.map((found, at) => difference(network, golden[index]![at]!, found)),
    );
    expect(differences.filter(Boolean)).toEqual([]);
  });

  test('compute the same integers on Gemmini as in the reference', { timeout: 300_000 }, async () => {
    const some = drawn.slice(0, onGemmini);
    const plans = some.map(({ program }) => planGemmini(program));
    const runs = await withScratchDirectory(async (scratch) => {
      const folder = join(scratch, 'firmware');
      await writeFirmware(await emitManyGemmini(plans), folder);
      const { executable } = await gemminiCompiler.build(folder, undefined);
      return runManyOn(
        machineOn(machines.gemmini),
        executable,
        plans,
        some.map(({ cases }) => cases),
      );
    });
    const differences = some.flatMap(({ seed, cases }, index) => {
      const { program } = plans[index]!;
      return cases.map((inputs, at) => difference({ seed, program, cases }, runReference(program, inputs), runs[index]!.cases[at]!));
    });
    expect(differences.filter(Boolean)).toEqual([]);
  });
});
