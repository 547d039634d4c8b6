import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { BadInput } from '../../src/errors.ts';
import { withScratchDirectory } from '../../src/formats/files.ts';
import { lower } from '../../src/lowering/lower.ts';
import { styles } from '../../src/lowering/styles/index.ts';
import { type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import { insidesOf, unjoined } from '../../src/program/insides.ts';
import type { Program } from '../../src/program/program.ts';
import { writeFirmware } from '../../src/targets/firmware.ts';
import { emitMany, planHost, replayHost } from '../../src/targets/host/host.ts';
import { runProcess } from '../../src/targets/host/process.ts';
import { runHost, runMany } from '../../src/targets/host/run.ts';
import { hostTarget } from '../../src/targets/host/target.ts';
import { buildHost, findToolchain } from '../../src/targets/host/toolchain.ts';
import type { Target } from '../../src/targets/target.ts';
import { judgeRun } from '../../src/verify/deployment.ts';
import { computeGolden } from '../../src/verify/golden.ts';
import { isEqual, judgeReplay, replay, together } from '../../src/verify/replay.ts';
import { rv64Target } from '../../src/verify/rv64.ts';
import type { Sample } from '../../src/verify/samples.ts';
import { drawNetwork } from '../random/draw.ts';
import { inputsFor, sequence, tinyProgram } from '../targets/programs.ts';

/** The same program; what the first call hands to the second is so small beside the second's bias that all results are at its limit. */
function saturating(): Program {
  const program = tinyProgram();
  return {
    ...program,
    constants: new Map([...program.constants, ['0.B', tensor({ dtype: 'i64', shape: [4] }, new Array(4).fill(2 ** 52))]]),
  };
}

const samplesOf = ({ inputs }: Program): readonly Sample[] =>
  [1, 2].map((seed) => {
    const next = sequence(seed);
    return new Map(
      Array.from(inputs, ([name, { type, scale, lo, hi }]): [string, Tensor] => {
        const filled = tensor({ dtype: 'f32', shape: type.shape });
        return [name, { ...filled, data: filled.data.map(() => next(lo, hi) * scale) }];
      }),
    );
  });

/** A target whose sums of a convolution are one too large. */
const mistaken = (target: Target): Target => ({
  ...target,
  async emit(plan) {
    const firmware = await target.emit(plan);
    const path = 'kernels/convolution.c';
    const text = firmware.get(path) as string;
    expect(text).toContain('y[j] = 0;');
    return new Map([...firmware, [path, text.replaceAll('y[j] = 0;', 'y[j] = 1;')]]);
  },
});

/** What the ordinary comparison says of the firmware, and the replay build. */
const judged = (target: Target, program: Program) =>
  withScratchDirectory(async (scratch) => {
    const samples = samplesOf(program);
    const plan = target.plan(program);
    const folder = join(scratch, 'firmware');
    await writeFirmware(await target.emit(plan), folder);
    const { executable } = await target.build(folder, undefined);
    const golden = await computeGolden(plan.program, samples);
    const run = await target.run(executable, plan, golden);
    return { ordinary: judgeRun(plan.program, golden, run), inside: await replay(target, plan, samples, run) };
  });

describe.each([
  ['host', hostTarget],
  ['rv64', rv64Target],
] as const)('a replay build on %s', { timeout: 60_000 }, (_, target) => {
  test('holds the result of every call, and each is right', async () => {
    const { ordinary, inside } = await judged(target, tinyProgram());
    expect(ordinary.mismatches).toBe(0);
    expect(inside).toMatchObject({ lost: [], mismatches: 0, differing: 0, elements: 2 * (64 + 16 + 16 + 3) });
    expect(inside.insides.map(({ name }) => name)).toEqual([
      '0[0] convolution',
      'pool[0] window-sum',
      'pool[1] dyadic-mean',
      'fc[0] linear',
    ]);
  });

  test('shows an error that the next call hides, which no comparison of steps can', async () => {
    const { ordinary, inside } = await judged(mistaken(target), saturating());
    expect(ordinary.mismatches).toBe(0);
    expect(inside.differing).toBe(0);
    expect(isEqual(inside)).toBe(false);
    const [convolution, ...others] = inside.insides;
    expect(convolution).toMatchObject({ name: '0[0] convolution', mismatches: 128, maxDifference: 1, first: { index: [0, 0, 0, 0] } });
    expect(others.every(({ mismatches }) => mismatches === 0)).toBe(true);
  });
});

test('what one build loses and another shows is judged by that one', () => {
  const facts = { name: 'a[0] linear', step: 'a', stage: 0, operator: 'linear', type: { dtype: 'i32', shape: [4] } } as const;
  const wrong = { elements: 4, mismatches: 1, maxDifference: 7, first: { sample: 0, index: [2], found: 8, expected: 1 } };
  const none = { insides: [], lost: [], elements: 0, mismatches: 0, differing: 0 };
  const other = { ...facts, name: 'b[0] linear', within: 'the array' };
  const lost = [{ ...facts, within: 'the array' }, other];
  expect(together({ ...none, lost }, { ...none, insides: [{ ...facts, ...wrong }], differing: 3 })).toEqual({
    ...{ insides: [], elements: 4, mismatches: 1, differing: 3 },
    lost: [{ ...facts, within: 'the array', apart: wrong }, other],
  });
});

test('steps that are not those of the firmware are counted', async () => {
  const program = tinyProgram();
  const plan = replayHost(planHost(program));
  const golden = runReference(unjoined(program, operators), inputsFor(program, 1));
  const [{ name }] = program.steps as [Program['steps'][number]];
  const { type, data } = golden.get(name)!;
  const shipped = new Map([...golden, [name, { type, data: data.map((value, index) => (index === 0 ? value ^ 1 : value)) }]]);
  const verdict = judgeReplay(plan, [golden], { cases: [golden], times: [] }, { cases: [shipped], times: [] });
  expect(verdict).toMatchObject({ mismatches: 0, differing: 1 });
  expect(isEqual(verdict)).toBe(false);
});

const count = 40;

test('in random networks too every call is held and right', { timeout: 120_000 }, async () => {
  const programs: Program[] = [];
  for (let seed = 7000; programs.length < count; seed++) {
    try {
      programs.push(lower(drawNetwork(seed).network, { style: styles.get(seed % 3 === 2 ? 'float32' : 'dyadic')! }));
    } catch (error) {
      if (!(error instanceof BadInput)) throw error;
    }
  }
  const plans = programs.map((program) => replayHost(planHost(program)));
  const cases = programs.map((program) => [inputsFor(program, 1), inputsFor(program, 0, 'low'), inputsFor(program, 0, 'high')]);
  await withScratchDirectory(async (scratch) => {
    const folder = join(scratch, 'many');
    await writeFirmware(await emitMany(plans), folder);
    const runs = await runMany(await buildHost(folder, findToolchain({ environment: {} }), { extra: ['-Werror'] }), plans, cases);
    let held = 0;
    programs.forEach((program, index) => {
      const single = unjoined(program, operators);
      const golden = cases[index]!.map((inputs) => runReference(single, inputs));
      const verdict = judgeReplay(plans[index]!, golden, runs[index]!, runs[index]!);
      expect(verdict).toMatchObject({ mismatches: 0, lost: [] });
      expect(verdict.insides).toHaveLength(insidesOf(program, operators).flat().length);
      held += verdict.insides.length;
    });
    expect(held).toBeGreaterThan(4 * count);
  });
});

const gcc = await runProcess('gcc', ['--version']).then(
  ({ code }) => code === 0,
  () => false,
);

test.skipIf(!gcc)('sanitizers find nothing in a replay build (skipped where gcc is not installed)', { timeout: 60_000 }, async () => {
  const program = tinyProgram();
  const plan = replayHost(planHost(program));
  await withScratchDirectory(async (scratch) => {
    const folder = join(scratch, 'firmware');
    await writeFirmware(await hostTarget.emit(plan), folder);
    const extra = ['-Werror', '-fsanitize=address,undefined', '-fno-sanitize-recover=all'];
    const executable = await buildHost(folder, findToolchain({ cc: 'gcc' }), { optimise: ['-O1', '-g'], extra });
    const inputs = inputsFor(program, 4);
    const golden = runReference(unjoined(program, operators), inputs);
    const run = await runHost(executable, plan, [inputs]);
    expect(judgeReplay(plan, [golden], run, run).mismatches).toBe(0);
  });
});
