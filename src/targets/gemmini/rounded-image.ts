import { tensor } from '../../numeric/tensor.ts';
import type { Site } from '../kernel.ts';
import { type Image, imageOf } from './image.ts';
import type { GemminiMachine } from './machine.ts';
import { type RoundedSums, roundedSumsOf, roundingFields } from './rounded-sums.ts';
import { inside, type Routine, type RoutineWork, routineWork } from './routine.ts';
import type { Offsets } from './scaler/offsets.ts';

/** The image's rows that a block of outputs needs, for each row of the kernel, and how many further on those of the next block begin. */
export interface Rows {
  readonly depth: number;
  readonly step: number;
  readonly rows: number;
}

/** All rows, or those of as many channels as there are outputs; undefined where blocks of outputs need others. */
function rowsNeeded({ groups, outputs, depth, kernel: [, width] }: Image, dim: number): Rows | undefined {
  if (groups === 1) return { depth: depth * width, step: 0, rows: depth * width };
  const one = depth === 1 && groups === outputs;
  return one ? { depth: Math.min(dim, outputs) * width, step: dim * width, rows: outputs * width } : undefined;
}

/** A convolution of one image whose sums are rounded to 8 bits. */
export interface RoundedImage extends RoundedSums {
  readonly image: Image;
  readonly needed: Rows;
}

/** The calls that lead a step as such; undefined where they are others, or not for the array. */
export function roundedImageOf(site: Site, dim: number): RoundedImage | undefined {
  const image = imageOf(site, dim);
  const needed = image?.images === 1 ? rowsNeeded(image, dim) : undefined;
  const sums = image && roundedSumsOf(site, image.outputs);
  return needed && sums && { ...sums, image, needed };
}

/** For each output its weights as the image has its rows: [taps][depth, to whole blocks]. */
export function weightsByRows({ image, needed }: RoundedImage, dim: number): Int8Array[] {
  const { weights, outputs, depth, groups, kernel } = image;
  const [height, width] = kernel;
  const whole = Math.ceil(needed.depth / dim) * dim;
  return Array.from({ length: outputs }, (_, output) => {
    const row = new Int8Array(height * whole);
    const begin = groups === 1 ? 0 : (output % dim) * width;
    for (let channel = 0; channel < depth; channel++)
      for (let u = 0; u < height; u++)
        for (let v = 0; v < width; v++)
          row[u * whole + begin + channel * width + v] = weights.data[((output * depth + channel) * height + u) * width + v]!;
    return row;
  });
}

/** The work of a routine whose C structures begin with those of kernels/gemmini/image.h and readout.h, beside which it has what is its own. */
export function roundedImageWork(
  site: Site,
  rounded: RoundedImage,
  offsets: Pick<Offsets, 'first' | 'more'>,
  own: Omit<Routine, 'rows' | 'preparations' | 'operands'>,
  machine: GemminiMachine,
): RoutineWork {
  const { outputs, taps, plane, base, preparations } = rounded.image;
  const { dim, scratchpad } = machine.gemmini;
  const { shape, operands, constants } = roundingFields(rounded, offsets);
  const image = { outputs, ...rounded.needed, taps: taps.length, plane, dim_bits: Math.log2(dim), bank: scratchpad.rows };
  const places = tensor({ dtype: 'i32', shape: [taps.length] }, taps);
  return routineWork(
    site,
    {
      ...own,
      ...{ rows: outputs, preparations },
      shape: { ...inside('image', image), ...shape, ...own.shape },
      operands: { ...inside('image', { rows: base }), ...operands },
      constants: { ...inside('image', { places }), ...constants, ...own.constants },
    },
    machine,
  );
}
