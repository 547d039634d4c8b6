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

/** Channels whose thresholds are sought at a time: what belongs to them fits in a cache. */
const together = 64;

/**
 * The thresholds of a rounding within the sums that each channel can have, by bisection of the rounding itself; undefined where a result is no
 * int8. Few sums are tried: what lies between the first and the last threshold of a channel is nearly evenly spaced.
 */
export function thresholdsOf(rounding: Rounding, low: Float64Array, high: Float64Array): Thresholds | undefined {
  const thresholds = endsOf(rounding, low, high);
  if (thresholds === undefined) return undefined;
  const { channels, count, at } = thresholds;
  const last = (channel: number): number => count[channel]! - 1;
  for (let begin = 0; begin < channels; begin += together) {
    const find = (from: Sought['from'], to: Sought['to'], guess: Sought['guess'] = anywhere): void =>
      bisect(rounding, thresholds, { begin, end: Math.min(begin + together, channels), from, to, guess });
    find(
      () => 1,
      (channel) => Math.min(2, count[channel]!),
    );
    find(
      (channel) => Math.max(2, last(channel)),
      (channel) => count[channel]!,
    );
    find(
      () => 2,
      last,
      (channel, index) => {
        const first = at[channel * levels + 1]!;
        const spacing = (at[channel * levels + last(channel)]! - first) / (last(channel) - 1);
        return Math.round(first + spacing * (index - 1));
      },
    );
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
  const at = new Float64Array(channels * levels);
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

/** Results of each of some channels, counted from its first one, whose thresholds are sought, and a sum to look at first; NaN for any. */
interface Sought {
  readonly begin: number;
  readonly end: number;
  readonly from: (channel: number) => number;
  readonly to: (channel: number) => number;
  readonly guess: (channel: number, index: number) => number;
}
const anywhere = (): number => Number.NaN;

/** Finds thresholds all at once: sums are tried further and further from the guess, until each threshold is between two of them, then between those. */
function bisect(rounding: Rounding, { sign, first, count, at }: Thresholds, { begin, end, from, to, guess }: Sought): void {
  let size = 0;
  for (let channel = begin; channel < end; channel++) size += Math.max(0, to(channel) - from(channel));
  const [of, index, open] = [new Int32Array(size), new Int16Array(size), new Int32Array(size)];
  /** The largest sum that is known to be too little, the least one that is known to suffice, the next one to try, and how far from it. */
  const [tooLittle, enough] = [new Float64Array(size), new Float64Array(size)];
  const [next, distance] = [new Float64Array(size), new Float64Array(size).fill(1)];
  let [item, left] = [0, 0];
  for (let channel = begin; channel < end; channel++)
    for (let result = from(channel); result < to(channel); result++, item++) {
      of[item] = channel;
      index[item] = result;
      tooLittle[item] = at[channel * levels]!;
      enough[item] = at[channel * levels + count[channel]!]! - 1;
      next[item] = guess(channel, result);
      if (enough[item]! - tooLittle[item]! > 1) open[left++] = item;
    }

  const [allSums, allChannels] = [new Int32Array(left), new Int32Array(left)];
  while (left > 0) {
    const [sums, ofChannels] = [allSums.subarray(0, left), allChannels.subarray(0, left)];
    for (let k = 0; k < left; k++) {
      const item = open[k]!;
      const channel = of[item]!;
      const above = tooLittle[item]!;
      const below = enough[item]!;
      const wanted = next[item]!;
      const sum = wanted > above && wanted < below ? wanted : Math.floor((above + below) / 2);
      next[item] = sum;
      ofChannels[k] = channel;
      sums[k] = sign[channel]! * sum;
    }
    const results = rounding.evaluate(sums, ofChannels);
    let still = 0;
    for (let k = 0; k < left; k++) {
      const item = open[k]!;
      const tried = next[item]!;
      if (results[k]! >= first[of[item]!]! + index[item]!) {
        enough[item] = tried;
        next[item] = tried - distance[item]!;
      } else {
        tooLittle[item] = tried;
        next[item] = tried + distance[item]!;
      }
      distance[item] = 2 * distance[item]!;
      if (enough[item]! - tooLittle[item]! > 1) open[still++] = item;
    }
    left = still;
  }
  for (let item = 0; item < size; item++) at[of[item]! * levels + index[item]!] = enough[item]!;
}
