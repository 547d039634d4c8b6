import { BadInput } from '../../errors.ts';
import { unaryFunctions } from '../../numeric/functions.ts';
import { clamp, roundHalfEven } from '../../numeric/rounding.ts';
import { dtypes, narrowest, type Tensor, tensor } from '../../numeric/tensor.ts';
import type { Lowering, Meaning, Quantisation, Style } from '../../operators/layer.ts';
import { lookup } from '../../operators/lookup/lookup.ts';
import { perChannel } from '../../operators/meaning.ts';
import { staircase } from '../../operators/staircase/staircase.ts';

type Rounded = (x: number) => number;

/** The quantised function of a real number: one rounding of its double value. */
const roundedFunction = (unary: string, floor: number, { scale, lo, hi }: Quantisation): Rounded => {
  const { evaluate } = unaryFunctions[unary]!;
  return (x) => clamp(roundHalfEven(evaluate(Math.max(floor, x)) / scale), lo, hi);
};

const tableOf = ({ lo, hi }: Quantisation, values: readonly number[]): Tensor =>
  tensor({ dtype: narrowest(lo, hi)!, shape: [values.length] }, values);

/** Whether the meaning is a stored tensor of 8 or 16 bits: then every value has its own table entry. */
const fitsTable = ({ terms: [term, ...others], offset }: Meaning): boolean =>
  others.length === 0 && term.scale.length === 1 && offset.every((entry) => entry === 0) && dtypes[term.type.dtype].bytes <= 2;

/** The first integer from `low` to `high` at which `rounded` differs from its value at `low`; high + 1 when none does. The function is monotone there. */
function nextChange(rounded: Rounded, low: number, high: number): number {
  const start = rounded(low);
  if (rounded(high) === start) return high + 1;
  let same = low;
  let different = high;
  while (different - same > 1) {
    const middle = same + Math.floor((different - same) / 2);
    if (rounded(middle) === start) same = middle;
    else different = middle;
  }
  return different;
}

/** The integers at which a piecewise monotone function changes, and its values between them. */
function stairs(rounded: Rounded, low: number, high: number, turns: readonly number[]): { thresholds: number[]; values: number[] } {
  const ends = [...turns.filter((turn) => turn > low && turn < high), high];
  const thresholds: number[] = [];
  const values = [rounded(low)];
  let position = low;
  for (const end of ends) {
    while (position <= end) {
      const change = nextChange(rounded, position, end);
      if (change > end) break;
      thresholds.push(change);
      values.push(rounded(change));
      position = change;
    }
    if (end < high) {
      position = end + 1;
      if (rounded(position) !== values.at(-1)) {
        thresholds.push(position);
        values.push(rounded(position));
      }
    }
  }
  return { thresholds, values };
}

/** The fraction bits with which an accumulator becomes a fixed-point number in front of a staircase: 2^30 holds its largest value. */
function fractionBits(name: string, { terms, offset }: Meaning): number {
  const channels = Math.max(offset.length, ...terms.map(({ scale, limit }) => Math.max(scale.length, limit.length)));
  const largest = Math.max(
    ...perChannel(offset, channels).map((bias, c) =>
      terms.reduce(
        (sum, { scale, limit }) => sum + Math.abs(perChannel(scale, channels)[c]!) * perChannel(limit, channels)[c]!,
        Math.abs(bias),
      ),
    ),
  );
  const bits = Math.min(24, 30 - Math.ceil(Math.log2(largest)));
  if (bits >= 0) return bits;
  throw new BadInput({
    where: `layer ${name}`,
    found: `values up to ${largest} in front of a nonlinearity`,
    expected: 'values below 2^30',
    remedy: 'put a QuantIdentity in front of the nonlinearity',
  });
}

/** A nonlinearity and its quantiser: a table where the integers are narrow, else a fixed-point number and a staircase (docs/numbers.md, Nonlinearities). */
export function nonlinear(
  name: string,
  from: Meaning,
  to: Quantisation,
  lowering: Lowering,
  linear: Style['requantise'],
): ReturnType<Style['requantise']> {
  const [term] = from.terms;
  const unary = from.unary!;
  const rounded = roundedFunction(unary, from.floor, to);
  if (fitsTable(from)) {
    const { low, high } = dtypes[term.type.dtype];
    const entries = Array.from({ length: high - low + 1 }, (_, index) => rounded(term.scale[0]! * (low + index)));
    const table = lowering.constant(`${name}.table`, tableOf(to, entries));
    return lowering.call(name, { operator: lookup.name, operands: [term.value, table], attributes: {} });
  }
  const bits = fractionBits(name, from);
  const step = 2 ** -bits;
  const { unary: _, ...affine } = from;
  const high = 2 ** 31 - 1;
  const fixed = linear(`${name}~1`, { ...affine, floor: -Infinity }, { scale: step, lo: -high, hi: high }, lowering);
  const turns = unaryFunctions[unary]!.turns.map((turn) => Math.floor(turn / step));
  const { thresholds, values } = stairs((p) => rounded(p * step), -high, high, turns);
  const operands = [
    fixed.value,
    lowering.constant(`${name}.thresholds`, tensor({ dtype: 'i32', shape: [thresholds.length] }, thresholds)),
    lowering.constant(`${name}.values`, tableOf(to, values)),
  ];
  return lowering.call(name, { operator: staircase.name, operands, attributes: {} });
}
