import { libgemminiAgrees, readOut } from './readout.ts';
import { falls, levels, type Thresholds } from './thresholds.ts';

/** A sum at which two multipliers may give different results, and the result that it is the least sum of. */
export interface Step {
  readonly result: number;
  readonly threshold: number;
}

/** A channel of which no single multiplier is right. */
export interface Bracket {
  readonly channel: number;
  /** Beside the channel's own multiplier: every right result is one of the two or lies between them. */
  readonly multiplier: number;
  /** -1: the thresholds are those of the negated sums. */
  readonly sign: number;
  /** The thresholds of all results that either multiplier gives to other sums, ascending. */
  readonly steps: readonly Step[];
  /** Sums of which the two results differ. */
  readonly differing: number;
}

export interface Multipliers {
  /** float32, of each channel. */
  readonly multipliers: Float32Array;
  readonly brackets: readonly Bracket[];
  /** Whether libgemmini's rounding gives the same results everywhere. */
  readonly libgemmini: boolean;
}

/** How many float32 are tried from the middle of where they can lie, to each side. */
const neighbours = 16;
/** Two multipliers that are so far from each other that this many sums of a result differ are none worth reading. */
const mostDiffering = 64;

const one = new Float32Array(1);
const bits = new Int32Array(one.buffer);
/** The float32 so many steps above a positive one. */
function stepped(value: number, by: number): number {
  one[0] = value;
  bits[0] = Math.max(0, bits[0]! + by);
  return one[0]!;
}

/**
 * Multipliers with which the accumulator's read-out, limited to 0 from below where `relu` says so, gives the results of a rounding for every sum
 * that a channel can have. Undefined where a channel has none, nor two that bracket it.
 *
 * The proof: the rounding's results rise with the sums, by definition of its operator, and are r from its threshold T(r) to T(r + 1) - 1. The
 * read-out's results rise too. If they are at least r at T(r), and at most r at T(r + 1) - 1, they are r between both. So it takes two sums for each of up to
 * 256 results; the first and the last one end where the channel's sums do.
 *
 * Two multipliers bracket a rounding where one of them is never further from 0 than it, and the other one never nearer: what the first one
 * must not exceed for positive sums, at T(r + 1) - 1, and for negative ones, at T(r), suffices by the same argument, and the other way
 * round. Where both results are the same, that is the right one.
 */
export function multipliersOf(thresholds: Thresholds, relu: boolean): Multipliers | undefined {
  if (relu && falls(thresholds)) return undefined;
  const multipliers = new Float32Array(thresholds.channels);
  const brackets: Bracket[] = [];
  let libgemmini = true;
  for (let channel = 0; channel < thresholds.channels; channel++) {
    const search = new Search(thresholds, channel, relu);
    const found = search.one(true) ?? search.two(true) ?? search.one(false) ?? search.two(false);
    if (found === undefined) return undefined;
    const [own, other] = found;
    const sign = thresholds.sign[channel]!;
    multipliers[channel] = sign * own;
    if (other !== undefined) {
      const { steps, differing } = search.difference(own, other);
      if (differing > 0) brackets.push({ channel, multiplier: sign * other, sign, steps, differing });
    }
    libgemmini &&= search.agrees(own) && (other === undefined || search.agrees(other));
  }
  return { multipliers, brackets, libgemmini };
}

/** The search for multipliers of one channel, all of them positive or 0. */
class Search {
  readonly #at: Float64Array;
  readonly #first: number;
  readonly #count: number;
  /** Results up to this are read out of any sum, however small. */
  readonly #floor: number;
  /** Between these lies what can be right, but for float32's roundings. */
  readonly #low: number;
  readonly #high: number;

  constructor({ at, first, count }: Thresholds, channel: number, relu: boolean) {
    this.#at = at.subarray(channel * levels, (channel + 1) * levels);
    this.#first = first[channel]!;
    this.#count = count[channel]!;
    this.#floor = relu ? 0 : -128;
    let [low, high] = [0, Number.POSITIVE_INFINITY];
    for (let index = 0; index <= this.#count; index++) {
      const tie = this.#first + index - 0.5;
      const [least, before] = [this.#at[index]!, this.#at[index]! - 1];
      if (index < this.#count && tie > this.#floor) {
        if (least > 0) low = Math.max(low, tie / least);
        else if (least < 0) high = Math.min(high, tie / least);
        else if (tie > 0) high = -1;
      }
      if (index > 0 && tie < 127) {
        if (before > 0) high = Math.min(high, tie / before);
        else if (before < 0) low = Math.max(low, tie / before);
        else if (tie < 0) high = -1;
      }
    }
    this.#low = low;
    this.#high = high;
  }

  agrees(multiplier: number): boolean {
    return libgemminiAgrees(multiplier, this.#at[0]!, this.#at[this.#count]! - 1);
  }

  /** A multiplier that is right for every sum. */
  one(libgemmini: boolean): readonly [number] | undefined {
    const slack = 2 ** -21;
    if (this.#low > this.#high * (1 + slack) || this.#high < 0) return undefined;
    const middle = Math.fround(Number.isFinite(this.#high) ? (this.#low + this.#high) / 2 : 2 * this.#low);
    for (let distance = 0; distance <= neighbours; distance++)
      for (const by of distance === 0 ? [0] : [-distance, distance]) {
        const multiplier = stepped(middle, by);
        if (this.#right(multiplier) && (!libgemmini || this.agrees(multiplier))) return [multiplier];
      }
    return undefined;
  }

  /** Two multipliers: the results of the first one are nowhere too far from 0, those of the second one nowhere too near. */
  two(libgemmini: boolean): readonly [number, number] | undefined {
    if (!(this.#high > 0 && Number.isFinite(this.#high)) || this.#low === 0) return undefined;
    const nearer = this.#walk(Math.fround(this.#high), -1, libgemmini, (multiplier) => this.#nowhereTooFar(multiplier));
    const further = this.#walk(Math.fround(this.#low), 1, libgemmini, (multiplier) => this.#nowhereTooNear(multiplier));
    if (nearer === undefined || further === undefined) return undefined;
    const [least, most] = [this.#at[0]!, this.#at[this.#count]! - 1];
    const close = ((further - nearer) / nearer) * Math.max(-least, most) < mostDiffering;
    const inside = this.#read(least, further) >= this.#first - 1 && this.#read(most, further) <= this.#first + this.#count;
    return close && inside ? [nearer, further] : undefined;
  }

  #walk(from: number, by: 1 | -1, libgemmini: boolean, fits: (multiplier: number) => boolean): number | undefined {
    for (let distance = -2; distance <= neighbours; distance++) {
      const multiplier = stepped(from, by * distance);
      if (fits(multiplier) && (!libgemmini || this.agrees(multiplier))) return multiplier;
    }
    return undefined;
  }

  #read(sum: number, multiplier: number): number {
    return Math.max(this.#floor, readOut(sum, multiplier));
  }

  #right(multiplier: number): boolean {
    for (let index = 0; index <= this.#count; index++) {
      const [result, least] = [this.#first + index, this.#at[index]!];
      if (index < this.#count && this.#read(least, multiplier) < result) return false;
      if (index > 0 && this.#read(least - 1, multiplier) >= result) return false;
    }
    return true;
  }

  #nowhereTooFar(multiplier: number): boolean {
    for (let index = 0; index <= this.#count; index++) {
      const [result, least] = [this.#first + index, this.#at[index]!];
      if (index < this.#count && least <= 0 && this.#read(least, multiplier) < result) return false;
      if (index > 0 && least - 1 >= 0 && this.#read(least - 1, multiplier) >= result) return false;
    }
    return true;
  }

  #nowhereTooNear(multiplier: number): boolean {
    for (let index = 0; index <= this.#count; index++) {
      const [result, least] = [this.#first + index, this.#at[index]!];
      if (index < this.#count && least >= 0 && this.#read(least, multiplier) < result) return false;
      if (index > 0 && least - 1 <= 0 && this.#read(least - 1, multiplier) >= result) return false;
    }
    return true;
  }

  /** The thresholds at which the read-outs of two multipliers that bracket the rounding differ. */
  difference(nearer: number, further: number): { readonly steps: readonly Step[]; readonly differing: number } {
    const steps: Step[] = [];
    let differing = 0;
    for (let index = 0; index <= this.#count; index++) {
      const [result, threshold] = [this.#first + index, this.#at[index]!];
      const least = this.#at[0]!;
      const most = this.#at[this.#count]! - 1;
      let apart = 0;
      const differs = (sum: number): boolean =>
        sum >= least && sum <= most && this.#read(sum, nearer) >= result !== this.#read(sum, further) >= result;
      for (let sum = threshold; differs(sum); sum++) apart++;
      for (let sum = threshold - 1; differs(sum); sum--) apart++;
      if (apart > 0) steps.push({ result, threshold });
      differing += apart;
    }
    return { steps, differing };
  }
}
