import type { Rounding } from './rounding.ts';

/** Levels of 8 bits, and one more. */
export const levels = 257;

/** Where the results of each channel change, as sums rise; of a channel whose results fall, all of this is of the negated sums. */
export interface Thresholds {
  readonly channels: number;
  /** -1 where results fall as sums rise, else 1. */
  readonly sign: Int8Array;
  /** The result of the least sum, and how many results there are, one after the other. */
  readonly first: Int16Array;
  readonly count: Int16Array;
  /** From channel * `levels` on: the least sum of each result, then 1 more than the largest sum. */
  readonly at: Float64Array;
}

/** Whether the results of a channel fall: its multiplier is negative, and the accumulator makes negative sums 0 before it multiplies, not results. */
export const falls = ({ sign }: Thresholds): boolean => sign.some((rises) => rises < 0);

/** Channels whose thresholds are sought at a time: what belongs to them fits in a cache. */
const together = 32;

/**
 * The thresholds of a rounding within the sums that each channel can have, by trying sums; undefined where a result is no int8. Few are tried:
 * what lies between the first and the last threshold of a channel is nearly evenly spaced.
 */
export function thresholdsOf(rounding: Rounding, low: Float64Array, high: Float64Array): Thresholds | undefined {
  if (!inReach(low) || !inReach(high)) return undefined;
  const thresholds = endsOf(rounding, low, high);
  if (thresholds === undefined) return undefined;
  const { channels, count } = thresholds;
  for (let begin = 0; begin < channels; begin += together) {
    const end = Math.min(begin + together, channels);
    bisect(rounding, thresholds, { begin, end, from: () => 1, to: () => 2 });
    bisect(rounding, thresholds, { begin, end, from: (channel) => count[channel]! - 1, to: (channel) => count[channel]! });
    tryEvenlySpaced(rounding, thresholds, begin, end);
    bisect(rounding, thresholds, { begin, end, from: () => 2, to: (channel) => count[channel]! - 1 });
  }
  return thresholds;
}

/** The results of the least and the largest sums; what is between them is open. */
function endsOf(rounding: Rounding, low: Float64Array, high: Float64Array): Thresholds | undefined {
  const channels = low.length;
  const every = new Int32Array(channels).map((_, channel) => channel);
  const [ofLow, ofHigh] = [rounding.evaluate(new Int32Array(low), every), rounding.evaluate(new Int32Array(high), every)];
  const sign = new Int8Array(channels);
  const [first, count] = [new Int16Array(channels), new Int16Array(channels)];
  const at = new Float64Array(channels * levels).fill(Number.NaN);
  for (let channel = 0; channel < channels; channel++) {
    const rises = ofHigh[channel]! >= ofLow[channel]!;
    const [least, most] = rises ? [ofLow[channel]!, ofHigh[channel]!] : [ofHigh[channel]!, ofLow[channel]!];
    if (least < -128 || most > 127) return undefined;
    sign[channel] = rises ? 1 : -1;
    first[channel] = least;
    count[channel] = most - least + 1;
    at[channel * levels] = rises ? low[channel]! : -high[channel]!;
    at[channel * levels + count[channel]!] = (rises ? high[channel]! : -low[channel]!) + 1;
  }
  return { channels, sign, first, count, at };
}

/** Whether sums, and those next to them that are tried, are int32. */
const inReach = (sums: Float64Array): boolean => sums.every((sum) => Math.abs(sum) < 2 ** 31 - 2 * furthest);

/** How far from where even spacing has it a threshold is looked for, sum by sum. */
const furthest = 4;

/** Looks for the thresholds between the first and the last one near where even spacing has them. */
function tryEvenlySpaced(rounding: Rounding, { sign, first, count, at }: Thresholds, begin: number, end: number): void {
  let size = 0;
  for (let channel = begin; channel < end; channel++) size += Math.max(0, count[channel]! - 3);
  const [sums, channels, wanted, places] = [new Int32Array(size), new Int32Array(size), new Int16Array(size), new Int32Array(size)];
  let item = 0;
  for (let channel = begin; channel < end; channel++) {
    const last = count[channel]! - 1;
    const start = at[channel * levels + 1]!;
    const spacing = (at[channel * levels + last]! - start) / (last - 1);
    for (let index = 2; index < last; index++, item++) {
      sums[item] = sign[channel]! * Math.round(start + spacing * (index - 1));
      channels[item] = channel;
      wanted[item] = first[channel]! + index;
      places[item] = channel * levels + index;
    }
  }
  /** All that is not found goes on to the next sum, upwards or downwards, until the results there say otherwise. */
  let before: Uint8Array | undefined;
  for (let pass = 0; pass <= furthest && size > 0; pass++) {
    const results = rounding.evaluate(sums.subarray(0, size), channels.subarray(0, size));
    const enough = new Uint8Array(size);
    let left = 0;
    for (let k = 0; k < size; k++) {
      const rises = sign[channels[k]!]!;
      const suffices = results[k]! >= wanted[k]! ? 1 : 0;
      if (before !== undefined && before[k] !== suffices) {
        at[places[k]!] = rises * sums[k]! + (suffices ? 0 : 1);
        continue;
      }
      sums[left] = sums[k]! + (suffices ? -rises : rises);
      channels[left] = channels[k]!;
      wanted[left] = wanted[k]!;
      places[left] = places[k]!;
      enough[left++] = suffices;
    }
    before = enough;
    size = left;
  }
}

/** Results of each of some channels, counted from its first one, whose thresholds are sought where they are not known. */
interface Sought {
  readonly begin: number;
  readonly end: number;
  readonly from: (channel: number) => number;
  readonly to: (channel: number) => number;
}

/** Finds thresholds all at once, each between a sum that is too little and one that suffices. */
function bisect(rounding: Rounding, { sign, first, count, at }: Thresholds, { begin, end, from, to }: Sought): void {
  const places: number[] = [];
  const of: number[] = [];
  for (let channel = begin; channel < end; channel++)
    for (let index = Math.max(1, from(channel)); index < Math.min(to(channel), count[channel]!); index++)
      if (Number.isNaN(at[channel * levels + index]!)) {
        places.push(channel * levels + index);
        of.push(channel);
      }
  const size = places.length;
  const [tooLittle, enough, tried] = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
  for (let item = 0; item < size; item++) {
    const start = of[item]! * levels;
    tooLittle[item] = at[start]!;
    enough[item] = at[start + count[of[item]!]!]! - 1;
  }
  const [sums, channels, open] = [new Int32Array(size), new Int32Array(size), new Int32Array(size)];
  for (;;) {
    let left = 0;
    for (let item = 0; item < size; item++) {
      if (enough[item]! - tooLittle[item]! <= 1) continue;
      const middle = Math.floor((tooLittle[item]! + enough[item]!) / 2);
      tried[item] = middle;
      channels[left] = of[item]!;
      sums[left] = sign[of[item]!]! * middle;
      open[left++] = item;
    }
    if (left === 0) break;
    const results = rounding.evaluate(sums.subarray(0, left), channels.subarray(0, left));
    for (let k = 0; k < left; k++) {
      const item = open[k]!;
      const suffices = results[k]! >= first[of[item]!]! + places[item]! - of[item]! * levels;
      if (suffices) enough[item] = tried[item]!;
      else tooLittle[item] = tried[item]!;
    }
  }
  for (let item = 0; item < size; item++) at[places[item]!] = enough[item]!;
}
