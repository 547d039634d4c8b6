import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { type Dtype, type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import type { Call, Program, Step } from '../../src/program/program.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { writeFirmware } from '../../src/targets/firmware.ts';
import { gemminiTarget } from '../../src/verify/gemmini.ts';
import { bitwright } from '../cli/bitwright.ts';
import { inputsFor, sequence, tinyProgram } from '../targets/programs.ts';

const gcc = 'riscv64-unknown-elf-gcc';
const compilers = [['zig cc', undefined], ...(spawnSync(gcc, ['--version']).status === 0 ? [[gcc, gcc] as const] : [])] as const;
const fixture = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url));

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'bitwright-gemmini-'));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Compiles a Program, runs it on the machine, and compares every integer of every step with the reference engine's. */
async function prove(program: Program, folder: string, cc: string | undefined): Promise<string[]> {
  verifyProgram(program, operators);
  const plan = gemminiTarget.plan(program);
  await writeFirmware(await gemminiTarget.emit(plan), folder);
  const { executable } = await gemminiTarget.build(folder, cc);
  const cases = [inputsFor(program, 1), inputsFor(program, 2), inputsFor(program, 0, 'low'), inputsFor(program, 0, 'high')];
  const run = await gemminiTarget.run(executable, plan, cases);
  cases.forEach((inputs, index) => {
    const golden = runReference(program, inputs);
    for (const step of program.steps) expect(run.cases[index]!.get(step.name)).toEqual(golden.get(step.name));
  });
  expect(run.cycles!.every(({ cycles }) => cycles > 0)).toBe(true);
  return plan.steps.map(({ kernel }) => kernel);
}

const filled = (dtype: Dtype, shape: Shape, seed: number): Tensor => {
  const next = sequence(seed);
  const made = tensor({ dtype, shape });
  const [low, high] = dtype === 'i8' ? [-128, 127] : [-(2 ** 20), 2 ** 20];
  for (let index = 0; index < made.data.length; index++) made.data[index] = next(low, high);
  return made;
};

interface Operand {
  readonly dtype: Dtype;
  readonly shape: Shape;
  readonly range: readonly [low: number, high: number];
}

/** One step on inputs and constants; the sums as they are, and once more behind a bias. */
function stepOf(call: Call, inputs: { readonly [name: string]: Operand }, constants: { readonly [name: string]: Tensor } = {}): Program {
  const types = new Map([
    ...Object.entries(inputs).map(([name, { dtype, shape }]) => [name, { dtype, shape }] as const),
    ...Object.entries(constants).map(([name, { type }]) => [name, type] as const),
  ]);
  const operator = operators.get(call.operator)!;
  const type = operator.result(
    call.attributes,
    call.operands.map((name) => types.get(name)!),
  );
  const biased: Step = { name: 'biased', type, stages: [call, { operator: 'bias', operands: ['bias'], attributes: { axis: 1 } }] };
  return {
    name: 'trial',
    inputs: new Map(
      Object.entries(inputs).map(
        ([
          name,
          {
            dtype,
            shape,
            range: [lo, hi],
          },
        ]) => [name, { type: { dtype, shape }, source: name, scale: 1, lo, hi }],
      ),
    ),
    constants: new Map([...Object.entries(constants), ['bias', filled('i32', [type.shape[1]!], 9)]]),
    steps: [{ name: 'sums', type, stages: [call] }, biased],
    outputs: ['biased'],
  };
}

const i8 = (...shape: number[]): Operand => ({ dtype: 'i8', shape, range: [-128, 127] });
const u8 = (...shape: number[]): Operand => ({ dtype: 'u8', shape, range: [0, 255] });
const convolution = (stride: readonly [number, number], padding: readonly [number, number, number, number], groups: number): Call => ({
  operator: 'convolution',
  operands: ['x', 'w'],
  attributes: { stride, padding, groups },
});
const linear: Call = { operator: 'linear', operands: ['x', 'w'], attributes: {} };
const matmul = (transpose: boolean): Call => ({ operator: 'matmul', operands: ['x', 'y'], attributes: { transpose } });

const trials: readonly (readonly [string, string, Program])[] = [
  ['rows times weights', 'gemmini-linear', stepOf(linear, { x: i8(1, 37, 19) }, { w: filled('i8', [21, 19], 2) })],
  ['unsigned rows', 'gemmini-linear', stepOf(linear, { x: u8(1, 50, 33) }, { w: filled('i8', [16, 33], 3) })],
  ['rows deeper than half of the scratchpad', 'gemmini-linear', stepOf(linear, { x: i8(1, 3, 9000) }, { w: filled('i8', [5, 9000], 3) })],
  [
    'rows of 16 bits',
    'gemmini-linear',
    stepOf(linear, { x: { dtype: 'i16', shape: [1, 18, 20], range: [-32768, 32000] } }, { w: filled('i8', [7, 20], 4) }),
  ],
  [
    'images with a border',
    'gemmini-convolution',
    stepOf(convolution([1, 1], [1, 1, 1, 1], 1), { x: i8(1, 5, 9, 7) }, { w: filled('i8', [18, 5, 3, 3], 5) }),
  ],
  [
    'unsigned images in steps',
    'gemmini-convolution',
    stepOf(convolution([2, 3], [2, 0, 1, 2], 1), { x: u8(1, 4, 11, 13) }, { w: filled('i8', [9, 4, 5, 2], 6) }),
  ],
  [
    'groups',
    'gemmini-convolution',
    stepOf(convolution([1, 1], [1, 1, 0, 0], 3), { x: u8(1, 6, 5, 8) }, { w: filled('i8', [9, 2, 3, 1], 7) }),
  ],
  [
    'single pixels',
    'gemmini-convolution',
    stepOf(convolution([1, 1], [0, 0, 0, 0], 1), { x: i8(1, 40, 6, 6) }, { w: filled('i8', [33, 40, 1, 1], 8) }),
  ],
  [
    'several images',
    'gemmini-convolution',
    stepOf(convolution([1, 2], [1, 1, 0, 1], 1), { x: u8(3, 4, 9, 7) }, { w: filled('i8', [18, 4, 3, 3], 5) }),
  ],
  [
    'single pixels of several images',
    'gemmini-convolution',
    stepOf(convolution([1, 1], [0, 0, 0, 0], 1), { x: i8(2, 20, 6, 6) }, { w: filled('i8', [17, 20, 1, 1], 8) }),
  ],
  ['matrices', 'gemmini-matmul', stepOf(matmul(false), { x: i8(1, 3, 20, 9), y: i8(1, 3, 9, 17) })],
  ['matrices, one transposed', 'gemmini-matmul', stepOf(matmul(true), { x: i8(1, 2, 20, 35), y: i8(1, 2, 18, 35) })],
  [
    'probabilities of 16 bits',
    'gemmini-matmul',
    stepOf(matmul(false), { x: { dtype: 'u16', shape: [1, 2, 19, 33], range: [0, 32768] }, y: i8(1, 2, 33, 10) }),
  ],
  [
    'probabilities of 8 bits',
    'gemmini-matmul',
    stepOf(matmul(false), { x: { dtype: 'u8', shape: [1, 2, 19, 33], range: [0, 128] }, y: i8(1, 2, 33, 10) }),
  ],
  ['unsigned matrices', 'gemmini-matmul', stepOf(matmul(false), { x: u8(1, 2, 19, 33), y: i8(1, 2, 33, 10) })],
];

test.each(trials)('%s are multiplied by the array, every sum exact', async (name, kernel, program) => {
  const kernels = await prove(program, join(scratch, name.replaceAll(/\W/g, '-')), compilers.at(-1)![1]);
  expect(kernels[1]).toBe(kernel);
});

describe.each(compilers)('firmware for a core with a Gemmini, compiled with %s', (name, cc) => {
  test('computes every tensor that the reference engine computes, and counts cycles', async () => {
    await prove(tinyProgram(), join(scratch, name.replace(' ', '-')), cc);
  });
});

test('patches of an image are multiplied where they lie, and rounded among the tokens', async () => {
  const scales = tensor({ dtype: 'f64', shape: [21] });
  for (let index = 0; index < 21; index++) scales.data[index] = (index + 3) / 2 ** 14;
  const stages: Call[] = [
    convolution([4, 2], [0, 0, 0, 0], 1),
    { operator: 'bias', operands: ['bias'], attributes: { axis: 1 } },
    { operator: 'ivit-requantise', operands: ['m'], attributes: { lo: -32768, hi: 32767, axis: 1 } },
    { operator: 'reshape', operands: [], attributes: { shape: [1, 21, 57] } },
    { operator: 'permute', operands: [], attributes: { axes: [0, 2, 1] } },
  ];
  const program: Program = {
    name: 'patches',
    inputs: new Map([['x', { type: { dtype: 'i8', shape: [1, 5, 12, 38] }, source: 'x', scale: 1, lo: -128, hi: 127 }]]),
    constants: new Map([
      ['w', filled('i8', [21, 5, 4, 2], 3)],
      ['bias', filled('i32', [21], 4)],
      ['m', scales],
    ]),
    steps: [{ name: 'tokens', type: { dtype: 'i16', shape: [1, 57, 21] }, stages }],
    outputs: ['tokens'],
  };
  expect(await prove(program, join(scratch, 'patches'), compilers.at(-1)![1])).toEqual(['gemmini-patches']);
});

test('the bias of rows is what the accumulator begins with, and a step of two calls leaves nothing to the core', async () => {
  const program = stepOf(linear, { x: u8(37, 19) }, { w: filled('i8', [21, 19], 2) });
  await prove(program, join(scratch, 'bias'), compilers.at(-1)![1]);
  const biased = (await gemminiTarget.emit(gemminiTarget.plan(program))).get('network.c') as string;
  expect(biased).toContain('.initial = network_bias');
  expect(biased).not.toContain('bw_bias');
});

test.each(['tests/fixtures/brevitas/mlp', 'tests/fixtures/brevitas/conv_variants', 'examples/digits/bundle'])(
  'deploy --target gemmini proves every integer of %s',
  async (path) => {
    const { code, out } = await bitwright('deploy', fixture(path), '--target', 'gemmini');
    expect(out).toMatch(/step +operator +shape +MACs +cycles +share +array +mismatches/);
    expect(out).toMatch(/ on gemmini: .*\n.* 0 mismatches\n/);
    expect(code).toBe(0);
  },
);
