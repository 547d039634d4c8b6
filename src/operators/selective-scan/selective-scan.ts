import * as z from 'zod';
import { exponential } from '../../numeric/exponential.ts';
import { divideRoundHalfEven } from '../../numeric/rounding.ts';
import { dtypes, elements, type Shape, sameShape } from '../../numeric/tensor.ts';
import { defineOperator, type Known } from '../../program/operator.ts';

const scanAttributes = z.object({
  /** The rates are in 2^-decay. */
  decay: z.int().min(1).max(62),
  /** dt * x is M / 2^E steps of the state's inputs, which have `fraction` bits more than the state. */
  M: z.int().nonnegative(),
  E: z.int().min(1).max(62),
  fraction: z.int().min(6).max(30),
});

/** The most states of a channel: a kernel holds them while it goes through the tokens. */
const mostStates = 256;

/** The bits by which the sum over the states is narrowed: as many as it may be wider than one state, and those of an 8-bit factor. */
export const narrowing = (states: number): number => 7 + Math.max(1, Math.ceil(Math.log2(states)));

/** x and dt [batch, tokens, channels], b and c [batch, tokens, states], rates [channels, states]. */
export function scanShape(x: Shape, dt: Shape, b: Shape, c: Shape, rates: Shape): Shape {
  const [batch, tokens, channels] = x;
  const [states] = rates.slice(-1);
  const fits = x.length === 3 && sameShape(dt, x) && sameShape(b, [batch!, tokens!, states!]) && sameShape(c, b);
  if (!fits || !sameShape(rates, [channels!, states!])) {
    const all = [x, dt, b, c, rates].map((shape) => `[${shape.join(', ')}]`);
    throw new RangeError(`x, dt, b, c and rates of ${all.join(', ')} do not fit each other`);
  }
  if (states! > mostStates) throw new RangeError(`${states} states of a channel, where at most ${mostStates} are supported`);
  return x;
}

const largest = ({ range }: Known): number => Math.max(-range.low, range.high);
const limit = 2 ** 31;
const clamp32 = (value: bigint): bigint => (BigInt.asIntN(32, value) === value ? value : value < 0n ? -(2n ** 31n) : 2n ** 31n - 1n);
const shifted = (value: bigint, bits: number): bigint => divideRoundHalfEven(value, 1n << BigInt(bits));

/** The recurrence of Mamba, its state in 32 bits. */
export const selectiveScan = defineOperator({
  name: 'selective-scan',
  formula:
    'y_t = clamp32(rne(sum over the states of c_t * h_t / 2^n)), h_t = clamp32(rne((d * h_(t-1) + (w * b_t << (30 - fraction))) / 2^30)), d = EXP(rne(dt_t * rate / 2^decay)), w = clamp32(rne(dt_t * x_t * M / 2^E)), n = 7 + max(1, ceil(log2 states)), for each channel; dt in 2^-24, EXP(t) about 2^30 * exp(-t / 2^24)',
  operands: ['dt', 'x', 'b', 'c', 'rates', 'exponentials'],
  attributes: scanAttributes,
  epilogue: true,
  result: (_, [dt, x, b, c, rates]) => ({ dtype: 'i32', shape: scanShape(x.shape, dt.shape, b.shape, c.shape, rates.shape) }),

  /** Every sum and half of what it is divided by is below 2^63; the state's reaches 2^31 * 2^30 + 2^31 * |b| * 2^(30 - fraction). */
  range({ decay, M, E, fraction }, [dt, x, b, c, rates, exponentials]) {
    if (dt.range.low < 0 || rates.range.low < 0) throw new RangeError('a step or a rate below 0');
    if (exponentials.range.low < 0 || exponentials.range.high > 2 ** 30) throw new RangeError('exponentials outside of 0 to 2^30');
    const states = rates.type.shape[1]!;
    const sums: readonly (readonly [name: string, largest: number, shift: number])[] = [
      ['dt * rate', dt.range.high * rates.range.high, decay],
      ['dt * x * M', dt.range.high * largest(x) * M, E],
      ['d * h + w * b', limit * (2 ** 30 + largest(b) * 2 ** (30 - fraction)), 30],
      ['the sum of c * h', states * largest(c) * limit, narrowing(states)],
    ];
    for (const [name, reach, shift] of sums) {
      if (reach + 2 ** (shift - 1) >= 2 ** 63) throw new RangeError(`${name} can overflow: it reaches ${reach}`);
    }
    const high = Math.min(Math.ceil(sums.at(-1)![1] / 2 ** narrowing(states)), dtypes.i32.high);
    return { low: -high - 1, high };
  },

  /** d * h, w * b and c * h of each state; dt * x of each channel. */
  macs: (_, [, x, b]) => elements(x.shape) * (3 * b.shape[2]! + 1),

  kernel: ({ decay, M, E, fraction }, [, x, b]) => {
    const [batch = 1, tokens = 1, channels = 1] = x.shape;
    const states = b.shape[2]!;
    return [
      {
        function: 'bw_selective_scan',
        arguments: [
          {
            struct: 'bw_scan',
            fields: { batch, tokens, channels, states, decay, multiplier: M, exponent: E, fraction, narrowing: narrowing(states) },
          },
          { operand: 0 },
          { views: [1, 2, 3] },
          { operand: 4 },
          { operand: 5 },
          { result: true },
        ],
      },
    ];
  },

  /** Inputs and states beyond 32 bits, each counted in double. */
  saturations({ decay, M, E, fraction }, [dt, x, b, , rates]) {
    const [batch = 1, tokens = 1, channels = 1] = x.type.shape;
    const states = b.type.shape[2]!;
    let count = 0;
    const limited = (value: number): number => {
      if (value >= -limit && value <= limit - 1) return value;
      count += 1;
      return Math.sign(value) * limit;
    };
    for (let channel = 0; channel < batch * channels; channel++) {
      const h = new Float64Array(states);
      for (let token = 0; token < tokens; token++) {
        const row = Math.floor(channel / channels) * tokens + token;
        const position = row * channels + (channel % channels);
        const w = limited((dt.data[position]! * x.data[position]! * M) / 2 ** E);
        for (let n = 0; n < states; n++) {
          const d = Math.exp((-dt.data[position]! * rates.data[(channel % channels) * states + n]!) / 2 ** (decay + 24));
          h[n] = limited(d * h[n]! + (w * b.data[row * states + n]!) / 2 ** fraction);
        }
      }
    }
    return count;
  },

  evaluate({ decay, M, E, fraction }, [dt, x, b, c, rates, exponentials], y) {
    const [batch = 1, tokens = 1, channels = 1] = x.type.shape;
    const states = b.type.shape[2]!;
    for (let channel = 0; channel < batch * channels; channel++) {
      const rate = rates.data.subarray((channel % channels) * states, ((channel % channels) + 1) * states);
      let h = new Array<bigint>(states).fill(0n);
      for (let token = 0; token < tokens; token++) {
        const row = Math.floor(channel / channels) * tokens + token;
        const position = row * channels + (channel % channels);
        const step = BigInt(dt.data[position]!);
        const w = clamp32(shifted(step * BigInt(x.data[position]!) * BigInt(M), E));
        h = h.map((state, n) => {
          const d = exponential(Number(shifted(step * BigInt(rate[n]!), decay)), exponentials.data);
          const fed = (w * BigInt(b.data[row * states + n]!)) << BigInt(30 - fraction);
          return clamp32(shifted(BigInt(d) * state + fed, 30));
        });
        const sum = h.reduce((total, state, n) => total + BigInt(c.data[row * states + n]!) * state, 0n);
        y.data[position] = Number(clamp32(shifted(sum, narrowing(states))));
      }
    }
  },
});
