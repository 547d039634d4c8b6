import { type Box, crop, type Picture } from './picture.ts';

/** A kernel of resampling: its weight at a distance in source pixels, 0 from `support` on. */
interface Filter {
  readonly support: number;
  readonly weight: (distance: number) => number;
}

/** Pillow's Image.BILINEAR and Image.BICUBIC (Keys with a = -0.5), each operation in the order in which Pillow's C has it. */
const filters = {
  bilinear: {
    support: 1,
    weight(distance) {
      const x = Math.abs(distance);
      return x < 1 ? 1 - x : 0;
    },
  },
  bicubic: {
    support: 2,
    weight(distance) {
      const x = Math.abs(distance);
      if (x < 1) return ((-0.5 + 2) * x - (-0.5 + 3)) * x * x + 1;
      return x < 2 ? (((x - 5) * x + 8) * x - 4) * -0.5 : 0;
    },
  },
} as const satisfies Readonly<Record<string, Filter>>;
export type FilterName = keyof typeof filters;

/** Bits behind the point of a weight: 32, less 8 of the pixel and 2 for sums beyond 255 and below 0. */
const precision = 22;
const half = 1 << (precision - 1);

/** For each position of a part of the result, the source positions that it is made of and their weights. */
interface Taps {
  /** The source positions that any of them reads. */
  readonly source: Span;
  /** From `source.first` on. */
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** `stride` of them for each position, of which `counts` are used. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** Positions along an axis. */
interface Span {
  readonly first: number;
  readonly count: number;
}

/** Weights that sum to about 2^22: when a side shrinks, the kernel is as much wider (antialiasing). */
function tapsOf(from: number, to: number, { first, count: size }: Span, { support: reach, weight }: Filter): Taps {
  const scale = from / to;
  const stretch = Math.max(scale, 1);
  const support = reach * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const startOf = (centre: number): number => Math.max(Math.trunc(centre - support + 0.5), 0);
  const endOf = (centre: number): number => Math.min(Math.trunc(centre + support + 0.5), from);
  const centreOf = (position: number): number => (first + position + 0.5) * scale;
  const origin = startOf(centreOf(0));
  const [starts, counts, weights] = [new Int32Array(size), new Int32Array(size), new Int32Array(size * stride)];
  for (let position = 0; position < size; position++) {
    const centre = centreOf(position);
    const start = startOf(centre);
    const count = endOf(centre) - start;
    const real = Array.from({ length: count }, (_, tap) => weight((tap + start - centre + 0.5) * (1 / stretch)));
    const sum = real.reduce((total, value) => total + value, 0);
    starts[position] = start - origin;
    counts[position] = count;
    for (const [tap, value] of real.entries()) {
      const share = sum === 0 ? value : value / sum;
      weights[position * stride + tap] = Math.trunc((share < 0 ? -0.5 : 0.5) + share * (1 << precision));
    }
  }
  return { source: { first: origin, count: endOf(centreOf(size - 1)) - origin }, starts, counts, weights, stride };
}

/** Rows in the new width. */
function resampleAcross({ width: from, height, data }: Picture, { starts, counts, weights, stride }: Taps): Picture {
  const to = starts.length;
  const result = new Uint8ClampedArray(3 * to * height);
  let at = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < to; x++) {
      let [red, green, blue] = [half, half, half];
      let source = 3 * (y * from + starts[x]!);
      for (let tap = x * stride, last = tap + counts[x]!; tap < last; tap++, source += 3) {
        const weight = weights[tap]!;
        red += data[source]! * weight;
        green += data[source + 1]! * weight;
        blue += data[source + 2]! * weight;
      }
      result[at++] = red >> precision;
      result[at++] = green >> precision;
      result[at++] = blue >> precision;
    }
  }
  return { width: to, height, data: new Uint8Array(result.buffer) };
}

/** Columns in the new height. */
function resampleDown({ width, data }: Picture, { starts, counts, weights, stride }: Taps): Picture {
  const to = starts.length;
  const size = 3 * width;
  const result = new Uint8ClampedArray(size * to);
  const sums = new Int32Array(size);
  for (let y = 0; y < to; y++) {
    sums.fill(half);
    for (let tap = 0; tap < counts[y]!; tap++) {
      const weight = weights[y * stride + tap]!;
      const row = (starts[y]! + tap) * size;
      for (let at = 0; at < size; at++) sums[at]! += data[row + at]! * weight;
    }
    for (let at = 0; at < size; at++) result[y * size + at] = sums[at]! >> precision;
  }
  return { width, height: to, data: new Uint8Array(result.buffer) };
}

/** Whose order of the passes: since version 13 Pillow goes down first where the height loses more than twice as many pixels as the width. */
export const pillowVersions = [13, 12] as const;
export type PillowVersion = (typeof pillowVersions)[number];

/**
 * Pillow's Image.resize((width, height), filter) on mode RGB, bit for bit (libImaging/Resample.c), or a part of its result, for which nothing
 * else is computed: one pass across and one down, in fixed point with 22 bits behind the point; each rounds half up and limits to 0..255. A
 * pass that keeps its size is left out.
 */
export function resize(
  picture: Picture,
  width: number,
  height: number,
  name: FilterName,
  pillow: PillowVersion = 13,
  part: Box = { left: 0, top: 0, width, height },
): Picture {
  const tapsFor = (from: number, to: number, span: Span): Taps | undefined =>
    from === to ? undefined : tapsOf(from, to, span, filters[name]);
  const columns = { first: part.left, count: part.width };
  const rows = { first: part.top, count: part.height };
  const across = tapsFor(picture.width, width, columns);
  const down = tapsFor(picture.height, height, rows);
  const [read, over] = [across?.source ?? columns, down?.source ?? rows];
  const source = crop(picture, { left: read.first, top: over.first, width: read.count, height: over.count });
  const goAcross = (given: Picture): Picture => (across ? resampleAcross(given, across) : given);
  const goDown = (given: Picture): Picture => (down ? resampleDown(given, down) : given);
  const [less, shorter] = [picture.width - width, picture.height - height];
  const downFirst = pillow >= 13 && shorter > Math.max(2 * less, 0);
  return downFirst ? goAcross(goDown(source)) : goDown(goAcross(source));
}
