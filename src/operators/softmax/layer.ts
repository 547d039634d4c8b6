import * as z from 'zod';
import { dyadicConstants, dyadicRatio } from '../../numeric/dyadic.ts';
import { exponentialTable } from '../../numeric/exponential.ts';
import { roundHalfEven } from '../../numeric/rounding.ts';
import { dtypes, type TensorType, tensor } from '../../numeric/tensor.ts';
import { defineLayer, type Lowering, type Meaning, type Style, type Term } from '../layer.ts';
import { accumulatorMeaning, isScaled, needsQuantiser } from '../meaning.ts';
import { real } from '../real.ts';
import { rowsOf } from '../rows.ts';
import { type ShareAttributes, shareSum, softmax } from './softmax.ts';
import { wideSoftmax } from './wide-softmax.ts';

type Value = { readonly value: string; readonly type: TensorType };
type Shares = (name: string, attributes: ShareAttributes) => Value;

/** Probabilities that no quantiser rounds, in 2^-23: sums of their products with 8 bits fit 32. */
const fine: ShareAttributes = { M: 1, K: 0, E: 7, lo: 0, hi: 2 ** 23 };

/** Steps of 2^-24 to one step of the scores, for distances of any two. */
function distanceConstants(name: string, { scale, limit }: Term): { readonly S: number; readonly F: number } {
  const { multipliers, exponent, inexact } = dyadicConstants([{ ratio: scale[0]! * 2 ** 24, limit: 2 * limit[0]! }], 0, 31);
  if (inexact || exponent > 62) throw needsQuantiser(name, `scores in steps of ${scale[0]}`);
  return { S: multipliers[0]!, F: exponent };
}

/** The calls that make shares of the scores: by a table of 256 exponentials for 8 bits, else each one computed. */
function sharesOf(name: string, scores: Term, to: Lowering): Shares {
  const [scale] = scores.scale;
  if (dtypes[scores.type.dtype].bytes === 1) {
    const entries = Array.from({ length: 256 }, (_, distance) => roundHalfEven(2 ** 30 * Math.exp(-distance * scale!)));
    const operands = [scores.value, to.constant(`${name}.exponentials`, tensor({ dtype: 'i32', shape: [256] }, entries))];
    return (own, attributes) => to.call(own, { operator: softmax.name, operands, attributes: { ...attributes } });
  }
  const distances = distanceConstants(name, scores);
  const operands = [scores.value, to.constant(`${name}.exponentials`, exponentialTable)];
  return (own, attributes) => to.call(own, { operator: wideSoftmax.name, operands, attributes: { ...attributes, ...distances } });
}

/** A quantiser right behind makes its integers from the scores, rounded once. */
const rounded =
  (shares: Shares, term: Term): Style['requantise'] =>
  (name, from, { scale, lo, hi }, lowering) => {
    const unchanged = from.terms[0] === term && from.terms.length === 1 && from.offset[0] === 0 && from.unary === undefined;
    const direct = unchanged && scale <= 1 && scale >= 2 ** -23 && lo <= 0 && hi > 0;
    if (!direct) return lowering.style.requantise(name, from, { scale, lo, hi }, lowering);
    const { multiplier, exponent } = dyadicRatio(1 / scale);
    return shares(name, { M: multiplier, K: 31, E: exponent - 1, lo: from.floor === 0 ? 0 : lo, hi });
  };

/** Softmax over the last axis, of 8 bits or of sums that no quantiser has rounded. */
export const softmaxLayer = defineLayer({
  kind: 'softmax',
  attributes: z.object({}),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: (_, [x]) => x!,

  lower({ name }, [x], to): Meaning {
    const scores = to.settle(`${name}~in`, x);
    if (!isScaled(scores)) throw needsQuantiser(name, 'scores with an offset or with several scales');
    const shares = sharesOf(name, scores.terms[0], to);
    const { value, type } = shares(`${name}~acc`, fine);
    const term = { value, type, scale: [2 ** -23], limit: [fine.hi], rowSum: shareSum(fine, type) };
    return { ...accumulatorMeaning(term, 0), round: rounded(shares, term) };
  },

  real(_, [x]) {
    const { rows, columns } = rowsOf(x.shape);
    const sums = Array.from({ length: rows }, (_row, row) => {
      const scores = x.values.subarray(row * columns, (row + 1) * columns);
      const greatest = scores.reduce((most, score) => Math.max(most, score), -Infinity);
      const costs = x.bracket.subarray(row * columns, (row + 1) * columns);
      return {
        greatest,
        sum: scores.reduce((total, score) => total + Math.exp(score - greatest), 0),
        cost: costs.reduce((most, cost) => Math.max(most, cost), 0),
      };
    });
    const share = (position: number): number => {
      const { greatest, sum } = sums[Math.floor(position / columns)]!;
      return Math.exp(x.values[position]! - greatest) / sum;
    };
    return real(x.shape, share, (position) => share(position) * (1 + 2 * sums[Math.floor(position / columns)]!.cost + columns / 8));
  },
});
