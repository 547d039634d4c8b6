import { libgemminiAgrees, readOut } from './readout.ts';

/** Bytes, each times a factor, and a constant, all in steps of the result: what is rounded to a byte. */
export interface Affine {
  readonly factors: readonly number[];
  readonly constant: number;
}

/** The values that an operand can have, and what its bytes are stored less, so that they are signed. */
export interface Operand {
  readonly low: number;
  readonly high: number;
  readonly offset: number;
}

/** A sum of small multiples of bytes, and the read-outs of it between which a rounding lies. */
export interface ReadOuts {
  /** What stored bytes are multiplied by: int8. */
  readonly multiples: readonly number[];
  readonly multiplier: number;
  /** Added to the sum, and again for the second read-out. */
  readonly first: number;
  readonly more: number;
  /** Of all values of the operands, so many are read out differently: a share. */
  readonly differing: number;
}

/** How many of the multiples that come nearest to the factors are tried. */
const tries = 6;
/** Multiples are int8. */
const largest = 127;
/** float32 next to a multiplier. */
const neighbours = [0, 1, -1, 2, -2];

/**
 * Multiples of one or two operands, a multiplier and what is added, with which each result lies between two read-outs of the sum. `results` are those
 * of the rounding, less what read-outs lack, for all values of the operands, the last one running fastest; they are int8 then, and none is below 0 where
 * `relu` says that read-outs are not. Undefined where nothing is right.
 *
 * The proof tries all values: the least and the greatest result of each sum are kept, and a read-out is right below where it exceeds the least of no
 * sum, and above where it falls short of the greatest of none.
 */
export function readOutsOf(affine: Affine, operands: readonly Operand[], results: ArrayLike<number>, relu: boolean): ReadOuts | undefined {
  let best: ReadOuts | undefined;
  for (const { multiples, scale, error } of multiplesOf(affine.factors, operands).slice(0, tries)) {
    const sums = sumsOf(multiples, operands, results);
    const found = between(sums, affine.constant, scale, error, relu);
    if (found && (best === undefined || found.differing < best.differing)) best = { ...found, multiples };
    if (best?.more === 0) break;
  }
  return best;
}

interface Multiples {
  readonly multiples: readonly number[];
  /** Steps of the result that a sum's step is. */
  readonly scale: number;
  /** How far a result's line is from the sum's at most, in steps of the result. */
  readonly error: number;
}

/** Multiples in the ratio of the factors, or nearly so: the nearest first, and of those the largest, for which what is added is finest. */
function multiplesOf(factors: readonly number[], operands: readonly Operand[]): Multiples[] {
  const greatest = Math.max(...factors.map(Math.abs));
  if (!(greatest > 0 && Number.isFinite(greatest))) return [];
  const all = Array.from({ length: largest }, (_, index): Multiples => {
    const scale = greatest / (index + 1);
    const multiples = factors.map((factor) => Math.round(factor / scale));
    const error = factors.reduce((sum, factor, term) => {
      const { low, high } = operands[term]!;
      return sum + Math.abs(factor - multiples[term]! * scale) * Math.max(-low, high);
    }, 0);
    return { multiples, scale, error };
  });
  return all.sort((a, b) => Math.round((a.error - b.error) * 2 ** 20) || a.scale - b.scale);
}

/** Every sum that stored bytes have, from `least` on: how many values of the operands give it, and their least and greatest results. */
interface Sums {
  readonly least: number;
  readonly counts: Int32Array;
  readonly low: Int16Array;
  readonly high: Int16Array;
  readonly total: number;
  /** What the sum lacks of that of the operands themselves. */
  readonly lacking: number;
}

function sumsOf(multiples: readonly number[], operands: readonly Operand[], results: ArrayLike<number>): Sums {
  const [first, second = { low: 0, high: 0, offset: 0 }] = operands;
  const [n, m = 0] = multiples;
  const ends = [first!.low, first!.high].flatMap((a) =>
    [second.low, second.high].map((b) => n! * (a - first!.offset) + m * (b - second.offset)),
  );
  const least = Math.min(...ends);
  const size = Math.max(...ends) - least + 1;
  const [counts, low, high] = [new Int32Array(size), new Int16Array(size).fill(128), new Int16Array(size).fill(-129)];
  let index = 0;
  for (let a = first!.low; a <= first!.high; a++)
    for (let b = second.low; b <= second.high; b++, index++) {
      const sum = n! * (a - first!.offset) + m * (b - second.offset) - least;
      const result = results[index]!;
      counts[sum]!++;
      low[sum] = Math.min(low[sum]!, result);
      high[sum] = Math.max(high[sum]!, result);
    }
  return { least, counts, low, high, total: index, lacking: n! * first!.offset + m * second.offset };
}

/** Two read-outs of sums by one multiplier. */
function between(sums: Sums, constant: number, scale: number, error: number, relu: boolean): Omit<ReadOuts, 'multiples'> | undefined {
  const { least, counts, low, high, total, lacking } = sums;
  const ideal = Math.round(constant / scale) + lacking;
  const furthest = Math.ceil(error / scale) + 3;
  const floor = relu ? 0 : -128;
  const bits = new Int32Array(Float32Array.of(scale).buffer)[0]!;
  let best: Omit<ReadOuts, 'multiples'> | undefined;
  for (const by of neighbours) {
    const multiplier = new Float32Array(Int32Array.of(bits + by).buffer)[0]!;
    const read = (sum: number, more: number): number => Math.max(floor, readOut(least + sum + more, multiplier));
    const holds = (right: (sum: number) => boolean): boolean => counts.every((count, sum) => count === 0 || right(sum));
    const exceedsNone = (more: number): boolean => holds((sum) => read(sum, more) <= low[sum]!);
    const fallsShortOfNone = (more: number): boolean => holds((sum) => read(sum, more) >= high[sum]!);
    const below = nearest(ideal + 1, -1, furthest + 1, exceedsNone);
    const above = below === undefined ? undefined : nearest(Math.max(below, ideal - 1), 1, furthest + 1, fallsShortOfNone);
    if (below === undefined || above === undefined || above - below > largest) continue;
    const ends = [below, above].map((more): [number, number] => [least + more, least + counts.length - 1 + more]);
    if (!ends.every(([from, to]) => libgemminiAgrees(multiplier, from, to))) continue;
    const apart = counts.reduce((all, count, sum) => all + (count > 0 && read(sum, below) !== read(sum, above) ? count : 0), 0);
    const found = { multiplier, first: below, more: above - below, differing: apart / total };
    if (best === undefined || found.differing < best.differing) best = found;
    if (best.more === 0) break;
  }
  return best;
}

/** The first number from `start` on that fits, of so many. */
function nearest(start: number, by: 1 | -1, count: number, fits: (value: number) => boolean): number | undefined {
  for (let step = 0; step <= count; step++) if (fits(start + by * step)) return start + by * step;
  return undefined;
}
