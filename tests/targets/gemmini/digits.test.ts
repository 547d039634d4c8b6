import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { runReference } from '../../../src/engine/reference.ts';
import { type Dtype, type Shape, tensor } from '../../../src/numeric/tensor.ts';
import { operators } from '../../../src/operators/index.ts';
import type { Call, Program, Step } from '../../../src/program/program.ts';
import { verifyProgram } from '../../../src/program/verify.ts';
import { writeFirmware } from '../../../src/targets/firmware.ts';
import { inDigits } from '../../../src/targets/gemmini/rewrite.ts';
import { gemminiTarget } from '../../../src/verify/gemmini.ts';
import { withRestored } from '../../../src/verify/restored.ts';
import { inputsFor } from '../programs.ts';

const folder = mkdtempSync(join(tmpdir(), 'bitwright-digits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Sizes {
  readonly dtype: Dtype;
  readonly range: readonly [low: number, high: number];
  readonly left: Shape;
  readonly columns: number;
}

/** A step of 16 bits, a product that it is the left operand of, and what follows that. */
function product({ dtype, range: [lo, hi], left, columns }: Sizes, behind: readonly Call[]): Program {
  const right = [...left.slice(0, -2), left.at(-1)!, columns];
  const stages: Call[] = [{ operator: 'matmul', operands: ['wide', 'y'], attributes: { transpose: false } }, ...behind];
  const types = new Map<string, { readonly dtype: Dtype; readonly shape: Shape }>([
    ['wide', { dtype, shape: left }],
    ['y', { dtype: 'i8', shape: right }],
    ['s', { dtype: 'f32', shape: [1] }],
    ['m', { dtype: 'f64', shape: [1] }],
  ]);
  const type = stages.reduce<{ readonly dtype: Dtype; readonly shape: Shape } | undefined>(
    (previous, { operator, operands, attributes }) => {
      const own = operands.map((name) => types.get(name)!);
      return operators.get(operator)!.result(attributes, previous ? [previous, ...own] : own);
    },
    undefined,
  )!;
  const wide: Step = {
    name: 'wide',
    type: { dtype, shape: left },
    stages: [{ operator: 'clamp', operands: ['x'], attributes: { lo, hi } }],
  };
  return {
    name: 'product',
    inputs: new Map([
      ['x', { type: { dtype, shape: left }, source: 'x', scale: 1, lo, hi }],
      ['y', { type: { dtype: 'i8', shape: right }, source: 'y', scale: 1, lo: -128, hi: 127 }],
    ]),
    constants: new Map([
      ['s', tensor({ dtype: 'f32', shape: [1] }, Float32Array.of(1e-6))],
      ['m', tensor({ dtype: 'f64', shape: [1] }, Float64Array.of((2 ** 31 - 12345) / 2 ** 46))],
    ]),
    steps: [wide, { name: 'product', type, stages }],
    outputs: ['product'],
  };
}

const bytes: Call = { operator: 'ivit-requantise', operands: ['m'], attributes: { axis: 0, lo: -128, hi: 127 } };
const rescaled: Call = { operator: 'ivit-rescale', operands: ['s', 'm'], attributes: { axis: 0, lo: -128, hi: 127 } };
const halfWords: Call = { operator: 'ivit-requantise', operands: ['m'], attributes: { axis: 0, lo: -32768, hi: 32767 } };
const swapped: Call = { operator: 'permute', operands: [], attributes: { axes: [0, 2, 1, 3] } };
const rows = (shape: Shape): Call => ({ operator: 'reshape', operands: [], attributes: { shape } });

const u16 = (low: number, high: number, left: Shape, columns: number): Sizes => ({ dtype: 'u16', range: [low, high], left, columns });
const i16 = (left: Shape, columns: number): Sizes => ({ dtype: 'i16', range: [-32768, 32767], left, columns });
const pass = 'gemmini-digit-matmul-requantised';
const sums = 'gemmini-digit-matmul';

const trials: readonly (readonly [string, string, Program])[] = [
  ['probabilities, their heads side by side', pass, product(u16(0, 32767, [1, 3, 37, 29], 16), [bytes, swapped, rows([1, 37, 48])])],
  ['probabilities of more rows than a chunk has', pass, product(u16(0, 32767, [1, 2, 69, 69], 64), [bytes, swapped, rows([1, 69, 128])])],
  ['up to 2^15', pass, product(u16(0, 32768, [1, 2, 20, 9], 12), [bytes, swapped])],
  ['up to the greatest', pass, product(u16(0, 65535, [1, 2, 20, 9], 12), [bytes])],
  ['signed', pass, product(i16([1, 2, 33, 40], 21), [bytes])],
  ['one row', pass, product(i16([1, 4, 1, 17], 8), [bytes])],
  ['rows wider than a transfer', pass, product(i16([1, 1, 5, 17], 150), [bytes])],
  ['deeper than the scratchpad', sums, product(u16(0, 1800, [1, 1, 3, 9000], 5), [bytes])],
  ['rescaled, though no sum gives itself back', sums, product(u16(0, 65535, [1, 2, 20, 30], 12), [rescaled])],
  ['sums of both digits', sums, product(u16(0, 65535, [1, 2, 20, 9], 12), [])],
  ['sums of signed values', sums, product(i16([1, 2, 33, 40], 21), [])],
  ['requantised to half words', sums, product(u16(0, 32767, [1, 2, 18, 23], 10), [halfWords])],
  ['moved in another order', sums, product(i16([2, 2, 7, 8], 9), [bytes, { ...swapped, attributes: { axes: [3, 2, 1, 0] } }])],
];

describe('a left operand of 16 bits is kept in digits, which the array reads as they lie', { timeout: 60_000 }, () => {
  test.each(trials)('%s', async (name, kernel, program) => {
    verifyProgram(program, operators);
    const plan = gemminiTarget.plan(program);
    verifyProgram(plan.program, operators);
    expect(plan.steps.map(({ result, kernel: chosen }) => [result.name, chosen])).toEqual([
      ['wide.digits', 'core'],
      ['product', kernel],
    ]);
    const place = join(folder, name.replaceAll(/\W/g, '-'));
    await writeFirmware(await gemminiTarget.emit(plan), place);
    const { executable } = await gemminiTarget.build(place, undefined);
    const cases = [inputsFor(program, 1), inputsFor(program, 2), inputsFor(program, 0, 'low'), inputsFor(program, 0, 'high')];
    const run = await gemminiTarget.run(executable, plan, cases);
    cases.forEach((inputs, index) => {
      const golden = runReference(plan.program, inputs);
      expect(golden.get('product')).toEqual(runReference(program, inputs).get('product'));
      for (const step of plan.program.steps) expect(run.cases[index]!.get(step.name)).toEqual(golden.get(step.name));
      expect(withRestored(plan, run.cases[index]!).get('wide')).toEqual(runReference(program, inputs).get('wide'));
    });
  });
});

describe('nothing is kept in digits', () => {
  const program = product(u16(0, 32767, [1, 2, 5, 6], 4), [bytes]);
  const unchanged = (other: Program) => expect(inDigits(other, operators)).toBe(other);

  test('that is an output', () => unchanged({ ...program, outputs: ['wide', 'product'] }));

  test('that something else reads too', () => {
    const again: Step = {
      name: 'again',
      type: program.steps[0]!.type,
      stages: [{ operator: 'clamp', operands: ['wide'], attributes: { lo: 0, hi: 9 } }],
    };
    unchanged({ ...program, steps: [...program.steps, again] });
  });

  test('that is a right operand', () => {
    const [wide, { stages, ...step }] = program.steps as [Step, Step];
    const [matmul, ...others] = stages;
    unchanged({ ...program, steps: [wide, { ...step, stages: [{ ...matmul!, operands: ['y', 'wide'] }, ...others] }] });
  });
});
