import { libgemminiAgrees, readOut } from './readout.ts';
import { falls, levels, type Thresholds } from './thresholds.ts';

/** For each channel, how its sums are read out twice: on top of what is added first, and again on top of what is added then. */
export interface Offsets {
  /** float32; both readings have the same. */
  readonly multipliers: Float32Array;
  readonly first: Int32Array;
  readonly more: Int8Array;
  /** Sums of which the two readings differ are so many of the sums of a result, in the mean of all channels. */
  readonly differing: number;
}

/** How many float32 next to a multiplier are tried, to each side, and how many offsets next to where one should be. */
const [neighbours, tries] = [4, 4];
/** Sums and what is added to them stay below this. */
const most = 2 ** 30;

/**
 * Multipliers and offsets with which every result of a rounding lies between two read-outs of the accumulator, for every sum that a channel can
 * have; undefined where a channel has none. A rounding that adds a fraction of a sum has no multiplier of its own: sums are integers.
 *
 * The proof: results of the rounding, and read-outs, rise with the sums. The results are r from the threshold T(r) to T(r + 1) - 1, so a read-out
 * that is at most r at T(r + 1) - 1 for each r exceeds none of them, and one that is at least r at T(r) for each r falls short of none.
 */
export function offsetsOf(thresholds: Thresholds, relu: boolean): Offsets | undefined {
  const { channels, sign, first, count, at } = thresholds;
  if (relu && falls(thresholds)) return undefined;
  const found: Offsets = {
    multipliers: new Float32Array(channels),
    first: new Int32Array(channels),
    more: new Int8Array(channels),
    differing: 0,
  };
  let differing = 0;
  for (let channel = 0; channel < channels; channel++) {
    const steps = at.subarray(channel * levels, channel * levels + count[channel]! + 1);
    const pair = between(steps, first[channel]!, relu ? 0 : -128);
    if (pair === undefined) return undefined;
    const { multiplier, low, high } = pair;
    found.multipliers[channel] = sign[channel]! * multiplier;
    found.first[channel] = sign[channel]! * low;
    found.more[channel] = sign[channel]! * (high - low);
    differing += (high - low) * multiplier;
  }
  return { ...found, differing: differing / channels };
}

/**
 * The same with one multiplier for all channels, or one next to it; undefined where a channel's results fall, or where it is right for none of
 * those multipliers.
 */
export function sharedOffsetsOf(thresholds: Thresholds, relu: boolean, multiplier: number): Offsets | undefined {
  const { channels, first, count, at } = thresholds;
  if (falls(thresholds)) return undefined;
  for (const needed of [true, false])
    for (const shared of nextTo(multiplier)) {
      const found = { first: new Int32Array(channels), more: new Int8Array(channels) };
      let channel = 0;
      for (; channel < channels; channel++) {
        const steps = at.subarray(channel * levels, channel * levels + count[channel]! + 1);
        const pair = around(steps, first[channel]!, relu ? 0 : -128, 1 / multiplier, shared, needed);
        if (pair === undefined) break;
        found.first[channel] = pair.low;
        found.more[channel] = pair.high - pair.low;
      }
      if (channel < channels) continue;
      const differing = found.more.reduce((sum, more) => sum + more * shared, 0) / channels;
      return { ...found, multipliers: new Float32Array(channels).fill(shared), differing };
    }
  return undefined;
}

/** float32 next to a number, the nearest ones first. */
function nextTo(multiplier: number): number[] {
  const bits = new Int32Array(Float32Array.of(multiplier).buffer)[0]!;
  return Array.from({ length: 2 * neighbours + 1 }, (_, step) => {
    const by = step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    return new Float32Array(Int32Array.of(bits + by).buffer)[0]!;
  });
}

/** Two offsets of sums whose results from `first` on begin at `steps`, the last of which is 1 more than the largest sum. */
function between(
  steps: Float64Array,
  first: number,
  floor: number,
): { readonly multiplier: number; readonly low: number; readonly high: number } | undefined {
  const spacing = spacingOf(steps);
  for (const needed of [true, false])
    for (const multiplier of nextTo(1 / spacing)) {
      const found = around(steps, first, floor, spacing, multiplier, needed);
      if (found) return { multiplier, ...found };
    }
  return undefined;
}

/** The offsets near those of a line with so many sums for a result, for one multiplier; with libgemmini's agreement where that is needed. */
function around(
  steps: Float64Array,
  first: number,
  floor: number,
  spacing: number,
  multiplier: number,
  needed: boolean,
): { readonly low: number; readonly high: number } | undefined {
  const count = steps.length - 1;
  const [least, largest] = [steps[0]!, steps[count]! - 1];
  const read = (sum: number): number => Math.max(floor, readOut(sum, multiplier));
  const exceeds = (offset: number): boolean => {
    for (let index = 1; index <= count; index++) if (first + index <= 127 && read(steps[index]! - 1 + offset) >= first + index) return true;
    return false;
  };
  const fallsShort = (offset: number): boolean => {
    for (let index = 0; index < count; index++) if (first + index > floor && read(steps[index]! + offset) < first + index) return true;
    return false;
  };

  let [below, above] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let index = 0; index <= count; index++) {
    const tie = (first + index - 0.5) * spacing - steps[index]!;
    if (index > 0 && first + index <= 127) below = Math.min(below, tie + 1);
    if (index < count && first + index > floor) above = Math.max(above, tie);
  }
  const high = above === Number.NEGATIVE_INFINITY ? Math.ceil(below) - 1 : Math.ceil(above);
  const low = below === Number.POSITIVE_INFINITY ? high : Math.min(high, Math.ceil(below) - 1);
  let [lower, upper] = [low, high];
  for (let tried = 0; tried < tries && exceeds(lower); tried++) lower--;
  for (let tried = 0; tried < tries && fallsShort(upper); tried++) upper++;
  if (exceeds(lower) || fallsShort(upper) || upper - lower > 127) return undefined;
  const all = [lower, upper].flatMap((offset) => [least + offset, largest + offset]);
  if (all.some((sum) => Math.abs(sum) >= most)) return undefined;
  const agrees = [lower, upper].every((offset) => libgemminiAgrees(multiplier, least + offset, largest + offset));
  return agrees || !needed ? { low: lower, high: upper } : undefined;
}

/** Sums of a result: with those the thresholds lie in the narrowest strip around a line. It is convex in them, and one wide at most for results of a line. */
function spacingOf(steps: Float64Array): number {
  const count = steps.length - 1;
  const range = steps[count]! - steps[0]!;
  if (count < 3) return 2 * range + 2;
  const mean = (steps[count - 1]! - steps[1]!) / (count - 2);
  const width = (spacing: number): number => {
    let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (let index = 1; index < count; index++) {
      const from = steps[index]! - index * spacing;
      least = Math.min(least, from);
      most = Math.max(most, from);
    }
    return most - least;
  };
  let [low, high] = [Math.max(mean - 1 / (count - 2), mean / 2), mean + 1 / (count - 2)];
  for (let round = 0; round < 40; round++) {
    const [a, b] = [low + (high - low) / 3, high - (high - low) / 3];
    if (width(a) <= width(b)) high = b;
    else low = a;
  }
  return (low + high) / 2;
}
