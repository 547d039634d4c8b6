import type { Tensor } from '../../numeric/tensor.ts';
import type { Known, Range } from '../../program/operator.ts';
import { type EngineArgument, type Site, structFields, type VectorKernel } from './kernel.ts';
import { canTie } from './ties.ts';

/** The terms of a rounded sum and its constants, which dyadic roundings of one and of several terms take in the same places. */
function sumsOf(operands: readonly Known[]) {
  const [first, m, b, e, ...others] = operands;
  if (!first || !m?.constant || !b?.constant || !e?.constant) return undefined;
  return { terms: [first, ...others], multipliers: m.constant, biases: b.constant, exponents: e.constant };
}

const dyadic = /^bw_dyadic_/;

/** The function that does in another way what a dyadic rounding does; undefined where the call is none, or the engine has no such function. */
function dyadicIn(way: string, { call, has }: Site): string | undefined {
  if (!dyadic.test(call.function)) return undefined;
  const name = call.function.replace(dyadic, `bw_${way}_dyadic_`);
  return has(name) ? name : undefined;
}

/** Where no channel's sum can lie in the middle between two integers, half up is half to even, and cheaper. */
export const halfUp: VectorKernel = (site) => {
  const { call, operands } = site;
  const name = dyadicIn('half_up', site);
  const sums = sumsOf(operands);
  if (name === undefined || !sums) return undefined;
  const { terms, multipliers, biases, exponents } = sums;
  const tie = Array.from(biases.data, (bias, channel) => {
    const factors = terms.map(({ range }, t) => ({ range, multiplier: multipliers.data[channel * terms.length + t]! }));
    return canTie({ terms: factors, bias, exponent: exponents.data[channel]! });
  });
  return tie.includes(true) ? undefined : { ...call, function: name };
};

/** Where every channel's sum fits 32 bits once it is rounded, whatever its limits, four at a time are rounded and then limited. */
export const fitting: VectorKernel = (site) => {
  const { call, operands } = site;
  const name = dyadicIn('fitting', site);
  const sums = sumsOf(operands);
  if (name === undefined || !sums) return undefined;
  const { terms, multipliers, biases, exponents } = sums;
  const fits = Array.from(biases.data, (bias, channel) => {
    const largest = terms.reduce((sum, { range }, t) => {
      return sum + Math.max(-range.low, range.high) * Math.abs(multipliers.data[channel * terms.length + t]!);
    }, Math.abs(bias));
    return largest / 2 ** exponents.data[channel]! < 2 ** 31 - 1;
  });
  return fits.includes(false) ? undefined : { ...call, function: name };
};

/** The exponent of two of a count that is the same everywhere; undefined where there is none. */
function powerOfTwo({ data }: Tensor): number | undefined {
  const [count = 0] = data;
  const power = Math.log2(count);
  return Number.isInteger(power) && data.every((each) => each === count) ? power : undefined;
}

const tiesWith = (range: Range, multiplier: number, exponent: number): boolean =>
  canTie({ terms: [{ range, multiplier }], bias: 0, exponent });

/** A mean of 2^n values divides by a power of two: rne(sum * M / (2^n * 2^E)) is a dyadic rounding without a bias. */
export const powerMean: VectorKernel = ({ call, operands, has }) => {
  const fields = structFields(call, 'bw_mean');
  const [sum, counts] = operands;
  const power = fields && counts?.constant && powerOfTwo(counts.constant);
  if (!fields || !sum || power === undefined) return undefined;
  const { outer = 1, positions = 1, multiplier = 0, exponent = 0, lo = 0, hi = 0 } = fields;
  const shift = exponent + power;
  const rounding = tiesWith(sum.range, multiplier, shift) ? 'bw_simd_dyadic_' : 'bw_half_up_dyadic_';
  const name = call.function.replace(/^bw_dyadic_mean_/, rounding);
  if (!has(name) || shift < 1 || shift > 62) return undefined;
  const shape: EngineArgument = { struct: 'bw_channels', fields: { outer: 1, channels: 1, inner: outer * positions, lo, hi } };
  const constants = [Int32Array.of(multiplier), new Int32Array(2), Uint8Array.of(shift)].map((packed) => ({ packed }));
  return { function: name, arguments: [shape, { operand: 0 }, ...constants, { result: true }] };
};
