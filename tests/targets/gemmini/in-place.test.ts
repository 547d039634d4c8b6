import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type Shape, type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import type { Call, Program, Step } from '../../../src/program/program.ts';
import { planGemmini } from '../../../src/targets/gemmini/gemmini.ts';
import { tensorsOf } from '../../../src/targets/plan.ts';
import { inputsFor } from '../programs.ts';
import { proveOnCore } from './core/prove.ts';

const folder = mkdtempSync(join(tmpdir(), 'bitwright-in-place-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const shape: Shape = [1, 9, 32];
const limits = { lo: -32768, hi: 32767, axis: 0 };
const doubles = (of: Shape, ...values: number[]): Tensor => {
  const made = tensor({ dtype: 'f64', shape: of });
  made.data.set(values);
  return made;
};

const rounded = (sums: string): Call => ({ operator: 'ivit-requantise', operands: [sums, 'm'], attributes: limits });
const added = (identity: string): Call => ({ operator: 'ivit-residual', operands: ['terms', identity], attributes: limits });
const step = (name: string, ...stages: Call[]): Step => ({ name, type: { dtype: 'i16', shape }, stages });

/** A stream to which something is added again and again; at last to itself, and an output. */
const stream: Program = {
  name: 'stream',
  inputs: new Map(
    ['first', 'second'].map((name) => [name, { type: { dtype: 'i32', shape }, source: name, scale: 1, lo: -(2 ** 20), hi: 2 ** 20 }]),
  ),
  constants: new Map([
    ['m', doubles([1], 0.0625)],
    ['terms', doubles([1, 2], 0.5, 0.75)],
  ]),
  steps: [
    step('begun', rounded('first')),
    step('once', rounded('second'), added('begun')),
    step('twice', rounded('first'), added('once')),
    step('kept', rounded('second'), added('twice')),
    step('read before', rounded('second'), added('kept')),
    step('itself', { operator: 'ivit-residual', operands: ['read before', 'terms', 'read before'], attributes: limits }),
  ],
  outputs: ['kept', 'itself'],
};

test('a sum is written over the addend that nobody reads afterwards', async () => {
  const places = tensorsOf(planGemmini(stream));
  const offset = (name: string): number => places.get(name)!.offset;
  expect(offset('once')).toBe(offset('begun'));
  expect(offset('twice')).toBe(offset('begun'));
  expect(offset('kept')).toBe(offset('begun'));
  expect(offset('read before')).not.toBe(offset('kept'));
  expect(offset('itself')).not.toBe(offset('read before'));
  await proveOnCore(stream, [inputsFor(stream, 1), inputsFor(stream, 2), inputsFor(stream, 0, 'high')], folder);
}, 120_000);
