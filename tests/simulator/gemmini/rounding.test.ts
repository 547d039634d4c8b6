import { describe, expect, it } from 'vitest';
import { scales, shiftRight } from '../../../src/simulator/devices/gemmini/rounding.ts';
import { bitsOf } from './harness.ts';

const float = new DataView(new ArrayBuffer(4));
const floatOf = (bits: number): number => {
  float.setUint32(0, bits);
  return float.getFloat32(0);
};

describe('accumulators are scaled', () => {
  it('as the RTL was measured to do', () => {
    const { rtl } = scales;
    const cases: readonly (readonly [number, number, number])[] = [
      [41, floatOf(0x3cc7ce0c), 1],
      [-41, floatOf(0x3cc7ce0c), -1],
      [1, Math.fround(0.99999994), 1],
      [1, Math.fround(1.9999999), 2],
      [1, Math.fround(3.9999998), 4],
      [2, floatOf(0x3effffff), 1],
      [1, 0.5, 0],
      [3, 0.5, 2],
      [5, 0.5, 2],
      [1, 2.5, 2],
      [100, 2, 127],
      [-100, 2, -128],
      [0, Number.NaN, 127],
      [-5, Number.NaN, 127],
      [1, Number.POSITIVE_INFINITY, 127],
      [-1, Number.POSITIVE_INFINITY, -128],
      [0, Number.POSITIVE_INFINITY, 127],
      [1, Number.NEGATIVE_INFINITY, -128],
      [-2, 3e38, -128],
      [2, 3e38, 127],
      [0x7fff_ffff, 1e-45, 0],
      [7, -0, 0],
    ];
    for (const [value, scale, expected] of cases) expect(rtl(value, scale), `${value} * ${scale}`).toBe(expected);
  });

  it.each([
    ['rtl', -0.3, [0, 0, 0, 0, 0, -3, -128]],
    ['rtl', Number.POSITIVE_INFINITY, [127, 127, 127, 127, 127, 127, 127]],
    ['rtl', Number.NEGATIVE_INFINITY, [127, 127, 127, 127, -128, -128, -128]],
    ['rtl', 1, [0, 0, 0, 0, 1, 10, 127]],
    ['libgemmini', -0.3, [127, 3, 0, 0, 0, 0, 0]],
  ] as const)('with what is negative 0 before (RTL) or behind (libgemmini): %s, %d', (rounding, scale, expected) => {
    const values = [-1000, -10, -1, 0, 1, 10, 1000];
    expect(values.map((value) => scales[rounding](value, scale, true) + 0)).toEqual(expected);
  });

  it('as libgemmini does, where it differs', () => {
    const { libgemmini } = scales;
    const cases: readonly (readonly [number, number, number])[] = [
      [41, floatOf(0x3cc7ce0c), 2],
      [-41, floatOf(0x3cc7ce0c), -2],
      [1, Math.fround(0.99999994), 2],
      [1, Math.fround(1.9999999), 3],
      [1, Math.fround(3.9999998), 5],
      [0, Number.NaN, -128],
      [1, Number.POSITIVE_INFINITY, -128],
      [2, 3e38, -128],
      [3, 0.5, 2],
      [5, 0.5, 2],
      [1000, 1, 127],
    ];
    for (const [value, scale, expected] of cases) expect(libgemmini(value, scale), `${value} * ${scale}`).toBe(expected);
  });

  it('alike nearly everywhere', () => {
    let different = 0;
    for (let value = -5000; value < 5000; value++)
      if (scales.rtl(value, 0.0123) !== scales.libgemmini(value, Math.fround(0.0123))) different++;
    expect(different).toBeLessThan(20);
  });
});

it('shifts round to the nearest, ties to even', () => {
  expect([3, 5, 6, 7, -3, -5, -6, -7].map((value) => shiftRight(value, 2))).toEqual([1, 1, 2, 2, -1, -1, -2, -2]);
  expect([2, 6, 10, -2, -6].map((value) => shiftRight(value, 2))).toEqual([0, 2, 2, 0, -2]);
  expect(bitsOf(1)).toBe(0x3f80_0000);
});
