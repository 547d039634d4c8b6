import { expect, test } from 'vitest';
import { type Tensor, tensor } from '../../../../src/numeric/tensor.ts';
import { operators } from '../../../../src/operators/index.ts';
import { type Rounding, scales } from '../../../../src/simulator/devices/gemmini/rounding.ts';
import { type Offsets, offsetsOf } from '../../../../src/targets/gemmini/scaler/offsets.ts';
import { roundingOf } from '../../../../src/targets/gemmini/scaler/rounding.ts';
import { thresholdsOf } from '../../../../src/targets/gemmini/scaler/thresholds.ts';
import { random } from '../../../networks.ts';

interface Channel {
  readonly m: number;
  readonly b: number;
  readonly e: number;
  readonly low: number;
  readonly high: number;
}

const column = (dtype: 'i32' | 'i64' | 'u8', values: readonly number[]): Tensor => tensor({ dtype, shape: [values.length] }, values);

const dyadic = (channels: readonly Channel[], lo: number, hi = 127) => {
  const constants = new Map([
    [
      'm',
      column(
        'i32',
        channels.map(({ m }) => m),
      ),
    ],
    [
      'b',
      column(
        'i64',
        channels.map(({ b }) => b),
      ),
    ],
    [
      'e',
      column(
        'u8',
        channels.map(({ e }) => e),
      ),
    ],
  ]);
  const call = { operator: 'dyadic', operands: [...constants.keys()], attributes: { lo, hi, axis: 0 } };
  return roundingOf(call, { name: 'rounding', inputs: new Map(), constants, steps: [], outputs: [] }, operators);
};

const found = (channels: readonly Channel[], lo: number): Offsets | undefined => {
  const ends = [channels.map(({ low }) => low), channels.map(({ high }) => high)].map((values) => Float64Array.from(values));
  const thresholds = thresholdsOf(dyadic(channels, lo)!, ends[0]!, ends[1]!);
  return thresholds && offsetsOf(thresholds, lo === 0);
};

/** Every sum, or so many of them. */
const sumsOf = ({ low, high }: Channel, most = 4000): Int32Array => {
  const count = Math.min(most, high - low + 1);
  return Int32Array.from({ length: count }, (_, index) => Math.round(low + (index * (high - low)) / Math.max(1, count - 1)));
};

/** Sums whose result does not lie between the two readings, as sentences; and the part of all sums of which the two differ. */
function judge(channels: readonly Channel[], lo: number, { multipliers, first, more }: Offsets, how: Rounding) {
  const wrong: string[] = [];
  let [differ, all] = [0, 0];
  channels.forEach((channel, at) => {
    const sums = sumsOf(channel);
    const results = dyadic(channels, lo)!.evaluate(sums, new Int32Array(sums.length).fill(at));
    const read = (sum: number): number => scales[how](sum, multipliers[at]!, lo === 0);
    sums.forEach((sum, index) => {
      const pair = [read(sum + first[at]!), read(sum + first[at]! + more[at]!)];
      if (pair[0] !== pair[1]) differ++;
      all++;
      const result = results[index]!;
      if (result < Math.min(...pair) || result > Math.max(...pair))
        wrong.push(`channel ${at}, sum ${sum}: ${result} is not between ${pair}`);
    });
  });
  return { wrong: wrong.slice(0, 3), differ: differ / all };
}

const drawn = (seed: number, count: number, falling: boolean): Channel[] => {
  const next = random(seed);
  return Array.from({ length: count }, () => {
    const e = 20 + Math.floor(next() * 10);
    const slope = 2 ** -(2 + next() * 10);
    const m = Math.round(slope * 2 ** e) * (next() < 0.3 && falling ? -1 : 1);
    const reach = Math.round((next() * 400) / slope);
    const b = Math.round((next() - 0.5) * 300 * 2 ** e);
    return { m, b, e, low: -Math.round(next() * reach), high: Math.round(next() * reach) };
  });
};

test.each([
  [-128, 1],
  [0, 2],
  [-128, 3],
])('results from %i lie between two readings, those of few sums apart (seed %i)', (lo, seed) => {
  const channels = drawn(seed, 60, lo < 0);
  const offsets = found(channels, lo)!;
  for (const how of ['rtl', 'libgemmini'] as const) {
    const { wrong, differ } = judge(channels, lo, offsets, how);
    expect(wrong).toEqual([]);
    expect(differ).toBeLessThan(0.1);
  }
  for (const more of offsets.more) expect(Math.abs(more)).toBeLessThanOrEqual(2);
});

test('results from 0 that fall have none: what is negative becomes 0 before it is multiplied', () => {
  expect(found(drawn(2, 60, true), 0)).toBeUndefined();
});

test('constant channels, those of one threshold, and those that are limited everywhere have readings too', () => {
  const channels = [
    { m: 0, b: 5 * 2 ** 20, e: 20, low: -1000, high: 1000 },
    { m: 1, b: 2 ** 19 - 7, e: 20, low: -20, high: 30 },
    { m: 2 ** 20, b: 900 * 2 ** 20, e: 20, low: -100, high: 100 },
    { m: 2 ** 20, b: -900 * 2 ** 20, e: 20, low: -100, high: 100 },
    { m: -(2 ** 15), b: 0, e: 20, low: 0, high: 0 },
  ];
  const offsets = found(channels, -128)!;
  expect(judge(channels, -128, offsets, 'rtl').wrong).toEqual([]);
});

const steep = { m: 2 ** 18, b: 0, e: 20, low: -400, high: 400 };

test('results that are limited within a byte, where readings are not, have none', () => {
  const thresholds = thresholdsOf(dyadic([steep], -8, 7)!, Float64Array.of(steep.low), Float64Array.of(steep.high));
  expect(offsetsOf(thresholds!, false)).toBeUndefined();
});

test('limits that no single byte has are none of a rounding to bytes, whatever the sums', () => {
  expect(dyadic([steep], -128, 127)?.dtype).toBe('i8');
  expect(dyadic([steep], 0, 255)?.dtype).toBe('u8');
  for (const [lo, hi] of [
    [-1, 128],
    [-129, 0],
    [0, 256],
  ] as const)
    expect(dyadic([steep], lo, hi)).toBeUndefined();
});
