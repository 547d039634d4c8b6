import { expect, test } from 'vitest';
import * as exact from '../../../src/simulator/float/exact.ts';
import { binary32, binary64 } from '../../../src/simulator/float/exact.ts';
import { operations } from '../../../src/simulator/float/operations.ts';
import { type FloatStatus, floatStatus } from '../../../src/simulator/float/status.ts';
import { vectors } from './vectors.ts';

type Exact = (operands: readonly [bigint, bigint, bigint], mode: number, status: FloatStatus) => bigint;
const single = BigInt.asUintN.bind(undefined, 32);

const definitions: { readonly [name: string]: Exact } = {
  'fadd.s': ([a, b], ...rest) => exact.add(binary32, single(a), single(b), ...rest),
  'fmul.s': ([a, b], ...rest) => exact.multiply(binary32, single(a), single(b), ...rest),
  'fdiv.s': ([a, b], ...rest) => exact.divide(binary32, single(a), single(b), ...rest),
  'fsqrt.s': ([a], ...rest) => exact.squareRoot(binary32, single(a), ...rest),
  'fmadd.s': ([a, b, c], ...rest) => exact.fusedMultiplyAdd(binary32, single(a), single(b), single(c), ...rest),
  'fcvt.w.s': ([a], ...rest) => single(exact.toInteger(binary32, single(a), 32, true, ...rest)),
  'fcvt.lu.s': ([a], ...rest) => exact.toInteger(binary32, single(a), 64, false, ...rest),
  'fcvt.s.wu': ([a], ...rest) => exact.fromInteger(binary32, single(a), ...rest),
  'fcvt.s.l': ([a], ...rest) => exact.fromInteger(binary32, BigInt.asIntN(64, a), ...rest),
  'fadd.d': ([a, b], ...rest) => exact.add(binary64, a, b, ...rest),
  'fmul.d': ([a, b], ...rest) => exact.multiply(binary64, a, b, ...rest),
  'fdiv.d': ([a, b], ...rest) => exact.divide(binary64, a, b, ...rest),
  'fsqrt.d': ([a], ...rest) => exact.squareRoot(binary64, a, ...rest),
  'fmadd.d': ([a, b, c], ...rest) => exact.fusedMultiplyAdd(binary64, a, b, c, ...rest),
  'fcvt.wu.d': ([a], ...rest) => exact.toInteger(binary64, a, 32, false, ...rest),
  'fcvt.l.d': ([a], ...rest) => BigInt.asUintN(64, exact.toInteger(binary64, a, 64, true, ...rest)),
  'fcvt.d.lu': ([a], ...rest) => exact.fromInteger(binary64, a, ...rest),
};

test('the fast ways through the doubles of the host agree with the exact arithmetic', () => {
  const tested = operations.filter(({ name }) => name in definitions);
  const [ours, defined] = [floatStatus(), floatStatus()];
  const wrong = vectors(tested, [0, 0, 1, 2, 3, 4], Number(process.env['FLOAT_VECTORS'] ?? 300), 4n).flatMap(
    ({ operation, mode, operands }) => {
      const { name, run } = tested[operation]!;
      ours.flags = defined.flags = 0;
      const found = run(...operands, mode, ours);
      const expected = definitions[name]!(operands, mode, defined);
      return found === expected && ours.flags === defined.flags ? [] : [`${name} mode ${mode} of ${operands.map((x) => x.toString(16))}`];
    },
  );
  expect(wrong.slice(0, 20)).toEqual([]);
});

test('ties go away from zero in the fifth rounding mode alone', () => {
  const half = (mode: number, value: bigint): bigint => exact.toInteger(binary64, value, 32, true, mode, floatStatus());
  const [minusTwoAndAHalf, twoAndAHalf] = [0xc004000000000000n, 0x4004000000000000n];
  expect([0, 1, 2, 3, 4].map((mode) => half(mode, twoAndAHalf))).toEqual([2n, 2n, 2n, 3n, 3n]);
  expect([0, 1, 2, 3, 4].map((mode) => half(mode, minusTwoAndAHalf))).toEqual([-2n, -2n, -3n, -2n, -3n]);
});
