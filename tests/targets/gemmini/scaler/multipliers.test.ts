import { describe, expect, test } from 'vitest';
import { type NumberArray, type Tensor, tensor } from '../../../../src/numeric/tensor.ts';
import { operators } from '../../../../src/operators/index.ts';
import { dyadicMultiplier } from '../../../../src/operators/ivit/dyadic.ts';
import type { Call, Program } from '../../../../src/program/program.ts';
import { scales } from '../../../../src/simulator/devices/gemmini/rounding.ts';
import { type Bracket, type Multipliers, multipliersOf } from '../../../../src/targets/gemmini/scaler/multipliers.ts';
import { readOut } from '../../../../src/targets/gemmini/scaler/readout.ts';
import { type Rounding, roundingOf } from '../../../../src/targets/gemmini/scaler/rounding.ts';
import { thresholdsOf } from '../../../../src/targets/gemmini/scaler/thresholds.ts';
import { random } from '../../../simulator/gemmini/harness.ts';

const vector = (dtype: 'f32' | 'f64' | 'i32' | 'i64' | 'u8', values: readonly number[]): Tensor =>
  tensor({ dtype, shape: [values.length] }, dtype === 'f32' ? values.map(Math.fround) : values);

function rounding(operator: string, constants: readonly Tensor[], { lo = -128, hi = 127 } = {}): Rounding {
  const names = constants.map((_, index) => `constant ${index}`);
  const call: Call = { operator, operands: names, attributes: { lo, hi, axis: 0 } };
  const program: Program = {
    name: 'rounding',
    inputs: new Map(),
    constants: new Map(constants.map((constant, index) => [names[index]!, constant])),
    steps: [],
    outputs: [],
  };
  return roundingOf(call, program, operators)!;
}

interface Channels {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

const search = (of: Rounding, { low, high }: Channels): Multipliers | undefined => {
  const thresholds = thresholdsOf(of, Float64Array.from(low), Float64Array.from(high));
  return thresholds && multipliersOf(thresholds, of.lo === 0);
};

/** What the firmware makes of a sum: the read-out, or that of two multipliers and the thresholds between them. */
function made(sum: number, multiplier: number, bracket: Bracket | undefined, read: (sum: number, multiplier: number) => number): number {
  const own = read(sum, multiplier);
  if (bracket === undefined) return own;
  const other = read(sum, bracket.multiplier);
  const [least, most] = [Math.min(own, other), Math.max(own, other)];
  let result = least;
  for (const step of bracket.steps)
    if (step.result > least && step.result <= most && bracket.sign * sum >= step.threshold) result = step.result;
  return result;
}

/** Compares what the firmware makes of sums with the operator's own results, channel by channel. */
function expectRight(of: Rounding, found: Multipliers, sumsOf: (channel: number) => readonly number[]): void {
  const brackets = new Map(found.brackets.map((bracket) => [bracket.channel, bracket]));
  found.multipliers.forEach((multiplier, channel) => {
    const sums = Int32Array.from(sumsOf(channel));
    const expected: NumberArray = of.evaluate(sums, new Int32Array(sums.length).fill(channel));
    for (const how of found.libgemmini ? (['rtl', 'libgemmini'] as const) : (['rtl'] as const)) {
      const limited = (sum: number, by: number): number => Math.max(of.lo === 0 ? 0 : -128, scales[how](sum, by));
      sums.forEach((sum, index) => {
        const result = made(sum, multiplier, brackets.get(channel), limited);
        if (result !== expected[index]) expect({ channel, sum, how, result }).toEqual({ channel, sum, how, result: expected[index] });
      });
    }
  });
}

const between = (low: number, high: number): number[] => Array.from({ length: high - low + 1 }, (_, index) => low + index);

describe('the read-out of the accumulator', () => {
  test('is that of the simulated hardware', () => {
    const next = random(1);
    for (let count = 0; count < 20_000; count++) {
      const sum = Math.floor((next() - 0.5) * 2 ** (1 + 31 * next()));
      const multiplier = Math.fround((next() - 0.5) * 2 ** (8 - 30 * next()));
      expect(readOut(sum, multiplier)).toBe(scales.rtl(sum, multiplier));
    }
  });
});

describe('multipliers of the accumulator', () => {
  test('are right for every sum of small ranges, by every rounding', () => {
    const next = random(2);
    const channels = 200;
    const reals = Array.from({ length: channels }, () => (next() < 0.2 ? -1 : 1) * 2 ** -(12 * next()));
    const ranges = { low: reals.map(() => -Math.floor(next() * 3000)), high: reals.map(() => Math.floor(next() * 3000)) };
    const scale = reals.map((real) => Math.abs(real) * 1e-3);
    const roundings = [
      rounding('float32', [vector('f32', reals)]),
      rounding('ivit-requantise', [
        vector(
          'f64',
          reals.map((real) => dyadicMultiplier(real, 1)),
        ),
      ]),
      rounding('ivit-rescale', [
        vector('f32', scale),
        vector(
          'f64',
          reals.map((real) => dyadicMultiplier(real, 1)),
        ),
      ]),
      rounding('dyadic', [
        vector(
          'i32',
          reals.map((real) => Math.round(real * 2 ** 24)),
        ),
        vector(
          'i64',
          reals.map(() => 0),
        ),
        vector(
          'u8',
          reals.map(() => 24),
        ),
      ]),
    ];
    for (const of of roundings) {
      const found = search(of, ranges)!;
      expectRight(of, found, (channel) => between(ranges.low[channel]!, ranges.high[channel]!));
    }
  });

  test('are right at every threshold and around it, and anywhere else, of large ranges', () => {
    const next = random(3);
    const channels = 400;
    const reals = Array.from({ length: channels }, () => 2 ** -(6 + 10 * next()));
    const ranges = { low: reals.map(() => -(2 ** 21)), high: reals.map(() => 2 ** 21 - 1) };
    const of = rounding('ivit-requantise', [
      vector(
        'f64',
        reals.map((real) => dyadicMultiplier(real, 1)),
      ),
    ]);
    const found = search(of, ranges)!;
    expect(found.brackets.length).toBeGreaterThan(10);
    expect(found.brackets.length).toBeLessThan(channels - 10);
    expect(found.libgemmini).toBe(true);
    expectRight(of, found, (channel) => {
      const thresholds = between(-130, 130).map((level) => Math.round((level + 0.5) / reals[channel]!));
      const around = thresholds.flatMap((threshold) => between(threshold - 2, threshold + 2));
      const anywhere = Array.from({ length: 500 }, () => Math.floor((next() - 0.5) * 2 ** 22));
      return [...around, ...anywhere].filter((sum) => sum >= -(2 ** 21) && sum < 2 ** 21);
    });
  });

  test('avoid the products that libgemmini rounds in another way', () => {
    const of = rounding('float32', [vector('f32', [1 / 41])]);
    const found = search(of, { low: [-5000], high: [5000] })!;
    expect(scales.libgemmini(41, Math.fround(1 / 41))).toBe(2);
    expect(found.libgemmini).toBe(true);
    expectRight(of, found, () => between(-5000, 5000));
  });

  test('are right for ties, channels of one sum, and multipliers of 0', () => {
    const reals = [0.5, 0.25, 1.5, 0, 0.125, -0.5];
    const ranges = { low: [-300, -900, -90, -100, 40, -300], high: [300, 900, 90, 100, 40, 300] };
    const of = rounding('ivit-requantise', [vector('f64', reals)]);
    const found = search(of, ranges)!;
    expect(found.brackets).toEqual([]);
    expectRight(of, found, (channel) => between(ranges.low[channel]!, ranges.high[channel]!));
  });

  test('know the limit at 0, and none but those of int8', () => {
    const ranges = { low: [-4000], high: [4000] };
    const limited = (limits: { readonly lo: number; readonly hi: number }) => rounding('float32', [vector('f32', [0.0371])], limits);
    expectRight(limited({ lo: 0, hi: 127 }), search(limited({ lo: 0, hi: 127 }), ranges)!, () => between(-4000, 4000));
    expect(search(limited({ lo: 0, hi: 255 }), ranges)).toBeUndefined();
    expect(search(limited({ lo: 0, hi: 100 }), ranges)).toBeUndefined();
    expect(search(limited({ lo: -127, hi: 127 }), ranges)).toBeUndefined();
    expect(search(limited({ lo: -127, hi: 127 }), { low: [-3400], high: [4000] })).toBeDefined();
    expect(search(limited({ lo: 0, hi: 255 }), { low: [-4000], high: [3400] })).toBeDefined();
  });

  test('are none for a rounding that adds something', () => {
    const of = (bias: number): Rounding => rounding('dyadic', [vector('i32', [1 << 20]), vector('i64', [bias]), vector('u8', [30])]);
    const ranges = { low: [-200_000], high: [200_000] };
    expect(search(of(0), ranges)).toBeDefined();
    expect(search(of(3 * 2 ** 30), ranges)).toBeUndefined();
  });

  test('cover sums that are no float32, but none at the ends of int32', () => {
    const reals = [2 ** -22.3, 2 ** -22.7];
    const ranges = { low: [-(2 ** 30), -(2 ** 30)], high: [2 ** 30, 2 ** 30] };
    const of = rounding('float32', [vector('f32', reals)]);
    const found = search(of, ranges)!;
    expect(found.libgemmini).toBe(false);
    expectRight(of, found, (channel) =>
      between(-128, 127).flatMap((level) => {
        const threshold = Math.round((level + 0.5) / reals[channel]!);
        return between(threshold - 70, threshold + 70).filter((sum) => Math.abs(sum) <= 2 ** 30);
      }),
    );
    expect(search(of, { low: [0, 0], high: [100, 2 ** 31 - 1] })).toBeUndefined();
  });
});
