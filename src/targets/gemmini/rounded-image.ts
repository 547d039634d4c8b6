import { type NumberArray, tensor } from '../../numeric/tensor.ts';
import { dyadic } from '../../operators/requantise/dyadic.ts';
import { bias as biasOperator, float32 } from '../../operators/requantise/float32.ts';
import type { Call } from '../../program/program.ts';
import type { Site } from '../kernel.ts';
import { type Image, imageOf } from './image.ts';
import type { GemminiMachine } from './machine.ts';
import { type Routine, type RoutineWork, routineWork } from './routine.ts';
import { rangesOf } from './scaler/channels.ts';
import type { Offsets } from './scaler/offsets.ts';
import { type Rounding, roundingOf } from './scaler/rounding.ts';
import { type Thresholds, thresholdsOf } from './scaler/thresholds.ts';

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

/** Roundings that the core does again where read-outs differ, and the fields of C structures that have their constants. */
const roundings: ReadonlyMap<string, readonly string[]> = new Map([
  [dyadic.name, ['M', 'B', 'E']],
  [float32.name, ['m']],
]);

/** A bias of each channel, right behind the convolution: sums begin with it. */
function biasOf({ step, program }: Site, outputs: number): NumberArray | undefined {
  const call = step.stages[1];
  if (call?.operator !== biasOperator.name || call.attributes['axis'] !== 1) return undefined;
  const data = program.constants.get(call.operands[0]!)?.data;
  return data?.length === outputs ? data : undefined;
}

/** The rounding with results that are so much less. */
const less = (rounding: Rounding, lacking: number): Rounding => ({
  ...rounding,
  evaluate(sums, channels) {
    const own = rounding.channels === 1 ? new Int32Array(channels.length) : channels;
    return Int32Array.from(rounding.evaluate(sums, own), (result) => result - lacking);
  },
});

/** A convolution, its bias if it has one, and a rounding of the sums to 8 bits, which lead a step. */
export interface RoundedImage {
  readonly image: Image;
  readonly needed: Rows;
  readonly bias: NumberArray | undefined;
  /** So many calls. */
  readonly taken: number;
  /** The rounding, */
  readonly call: Call;
  /** and its results less what is lacking. */
  readonly rounding: Rounding;
  /** What read-outs are less than results: 0, or 128. */
  readonly lacking: number;
  /** Read-outs below 0 become 0. */
  readonly relu: boolean;
}

/** The calls that lead a step as such; undefined where they are others, or not for the array. */
export function roundedImageOf(site: Site, dim: number): RoundedImage | undefined {
  const image = imageOf(site, dim);
  const needed = image?.images === 1 ? rowsNeeded(image, dim) : undefined;
  if (!image || !needed) return undefined;
  const bias = biasOf(site, image.outputs);
  const taken = bias ? 3 : 2;
  const call = site.step.stages[taken - 1];
  const rounding = call && roundings.has(call.operator) ? roundingOf(call, site.program, site.operators) : undefined;
  if (!call || rounding?.axis !== 1 || (rounding.channels !== 1 && rounding.channels !== image.outputs)) return undefined;
  const lacking = (call.attributes['hi'] as number) > 127 ? 128 : 0;
  return { image, needed, bias, taken, call, rounding: less(rounding, lacking), lacking, relu: lacking === 0 && rounding.lo === 0 };
}

/** One multiplier for all sums, as a number of steps of the result. */
export function sharedMultiplierOf({ call: { operator, operands } }: RoundedImage, { program }: Site): number | undefined {
  const [m, , e] = operands.map((name) => program.constants.get(name)?.data);
  if (!m || new Set(m).size !== 1 || !(m[0]! > 0)) return undefined;
  if (operator !== dyadic.name) return m[0]!;
  return e && new Set(e).size === 1 ? m[0]! / 2 ** e[0]! : undefined;
}

/** Where the results of all sums that the image can give change; undefined where they are no int8. */
export function thresholdsOfImage({ image, bias, rounding }: RoundedImage, site: Site): Thresholds | undefined {
  const { low, high } = rangesOf(image.weights, site.known().get(image.operand)!.range, bias);
  return thresholdsOf(rounding, low, high);
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

/** What the sums of each output begin with, given its weights: what is added for the first read-out, what the image's elements lack, and the bias. */
export const initialSums = ({ image, bias }: RoundedImage, rows: readonly Int8Array[], { first }: Pick<Offsets, 'first'>): number[] =>
  rows.map((row, output) => first[output]! + image.offset * row.reduce((sum, weight) => sum + weight, 0) + (bias?.[output] ?? 0));

/** What the array reads out, and the core rounds again, by fields of the structures in kernels/gemmini/image.h. */
export function readOutOf(
  { image: { outputs }, call, rounding, lacking, relu }: RoundedImage,
  { first, more }: Pick<Offsets, 'first' | 'more'>,
  { gemmini: { dim, scratchpad } }: GemminiMachine,
): Pick<Routine, 'shape' | 'operands' | 'constants'> {
  const { lo, hi } = call.attributes as { readonly lo: number; readonly hi: number };
  return {
    shape: inImage({
      ...{ outputs, relu: Number(relu), lacking, lo, hi, own: rounding.channels === 1 ? 0 : 1 },
      ...{ dim_bits: Math.log2(dim), bank: scratchpad.rows },
    }),
    operands: inImage(Object.fromEntries(roundings.get(call.operator)!.map((field, index) => [field, call.operands[index]!]))),
    constants: inImage({
      less: tensor(
        { dtype: 'i32', shape: [outputs] },
        Array.from(first, (value, output) => value + more[output]!),
      ),
    }),
  };
}

/** The work of a routine whose C structures begin with those of kernels/gemmini/image.h, beside which it has what is its own. */
export function roundedImageWork(
  site: Site,
  rounded: RoundedImage,
  offsets: Pick<Offsets, 'first' | 'more'>,
  own: Omit<Routine, 'rows' | 'preparations' | 'operands'>,
  machine: GemminiMachine,
): RoutineWork {
  const { outputs, taps, plane, base, preparations } = rounded.image;
  const { shape, operands, constants } = readOutOf(rounded, offsets, machine);
  const places = tensor({ dtype: 'i32', shape: [taps.length] }, taps);
  return routineWork(
    site,
    {
      ...own,
      ...{ rows: outputs, preparations },
      shape: { ...shape, ...inImage({ ...rounded.needed, taps: taps.length, plane }), ...own.shape },
      operands: { ...inImage({ rows: base }), ...operands },
      constants: { ...inImage({ places }), ...constants, ...own.constants },
    },
    machine,
  );
}

/** Fields of the structure `image` within another one. */
export const inImage = <T>(given: { readonly [field: string]: T }): { readonly [field: string]: T } =>
  Object.fromEntries(Object.entries(given).map(([field, value]) => [`image.${field}`, value]));
