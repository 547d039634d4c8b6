import { expect, test } from 'vitest';
import * as f32 from '../../../src/simulator/float/f32.ts';
import * as f64 from '../../../src/simulator/float/f64.ts';
import { flag, floatStatus, rounding } from '../../../src/simulator/float/status.ts';

const words = new Int32Array(2);
const doubles = new Float64Array(words.buffer);
const pair = (value: number): [low: number, high: number] => {
  doubles[0] = value;
  return [words[0]!, words[1]!];
};
const value = (low: number, high: number): number => {
  words[0] = low;
  words[1] = high;
  return doubles[0]!;
};

test('a tenth and two tenths make the famous sum, inexactly', () => {
  const status = floatStatus();
  expect(value(f64.add(...pair(0.1), ...pair(0.2), rounding.nearestEven, status), status.high)).toBe(0.30000000000000004);
  expect(status.flags).toBe(flag.inexact);
});

test('one rounding of 0.1 * 10 - 1 keeps what two roundings lose', () => {
  const status = floatStatus();
  expect(value(f64.fusedMultiplyAdd(...pair(0.1), ...pair(10), ...pair(-1), rounding.nearestEven, status), status.high)).toBe(2 ** -54);
  expect(status.flags).toBe(0);
});

test('a third is rounded as the mode says', () => {
  const third = (mode: number): number => f32.divide(0x3f800000, 0x40400000, mode, floatStatus());
  expect(Object.values(rounding).map(third)).toEqual([0x3eaaaaab, 0x3eaaaaaa, 0x3eaaaaaa, 0x3eaaaaab, 0x3eaaaaab]);
});
