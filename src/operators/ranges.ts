import { along, type Tensor } from '../numeric/tensor.ts';
import type { Known, Range } from '../program/operator.ts';

/** The slices of a tensor along its first axis. */
function firstAxisSlices({ type, data }: Tensor): readonly ArrayLike<number>[] {
  const { size, inner } = along(type.shape, 0);
  return Array.from({ length: size }, (_, index) => data.subarray(index * inner, (index + 1) * inner));
}

/**
 * Bounds of the sums of products x * w, for the worst output channel (axis 0 of the weights): every product at its own extreme. A border of
 * zeros only shrinks a sum, so 0 counts as a value of x.
 */
export function constantSums(x: Known, w: Known): Range {
  const low = Math.min(0, x.range.low);
  const high = Math.max(0, x.range.high);
  if (!w.constant) {
    const depth = along(w.type.shape, 0).inner;
    const largest = Math.max(-low, high) * Math.max(-w.range.low, w.range.high) * depth;
    return { low: -largest, high: largest };
  }
  const bounds = signedSums(w.constant).map(({ positive, negative }) => ({
    low: positive * low + negative * high,
    high: positive * high + negative * low,
  }));
  return { low: Math.min(0, ...bounds.map((bound) => bound.low)), high: Math.max(0, ...bounds.map((bound) => bound.high)) };
}

/** What the weights of a channel above 0 come to together, and those below. */
interface SignedSums {
  readonly positive: number;
  readonly negative: number;
}
/** Of weights, which the rewritings of a program share: each is looked through once. */
const sumsOf = new WeakMap<Tensor, readonly SignedSums[]>();

function signedSums(weights: Tensor): readonly SignedSums[] {
  const before = sumsOf.get(weights);
  if (before !== undefined) return before;
  const sums = firstAxisSlices(weights).map((channel) => {
    let positive = 0;
    let negative = 0;
    for (let k = 0; k < channel.length; k++) {
      const weight = channel[k]!;
      if (weight > 0) positive += weight;
      else negative += weight;
    }
    return { positive, negative };
  });
  sumsOf.set(weights, sums);
  return sums;
}

/** The largest |sum of x * w| of each output channel, when |x| <= limit: what a requantisation's multiplier is chosen by (docs/numbers.md, Requantisation: max|acc|). */
export const channelLimits = (weights: Tensor, limit: number): number[] =>
  firstAxisSlices(weights).map((channel) => {
    let sum = 0;
    for (let k = 0; k < channel.length; k++) sum += Math.abs(channel[k]!);
    return sum * limit;
  });
