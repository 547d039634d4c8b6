import { type Tensor, tensor } from '../../../numeric/tensor.ts';
import type { Site } from '../../kernel.ts';
import { line } from '../behind.ts';
import { fill, packed } from '../digits.ts';
import type { GemminiMachine } from '../machine.ts';
import { type RoundedImage, roundedImageOf, roundedImageWork, weightsByRows } from '../rounded-image.ts';
import { initialSums, thresholdsOfSums } from '../rounded-sums.ts';
import { defineRoutine, type RoutineWork } from '../routine.ts';
import { multipliersOf } from '../scaler/multipliers.ts';
import { type Offsets, offsetsOf } from '../scaler/offsets.ts';

/**
 * A convolution and a rounding to 8 bits. One that adds a fraction of a sum, as a bias and a BatchNorm leave it, has no multiplier, but two read-outs
 * of the accumulator, one sum or a few apart, have the result between them. The core compares both, eight bytes at a time, and rounds where they
 * differ: kernels/gemmini/between.h. Where both are the same for all channels, one is enough.
 */
export const convolutionBetween = defineRoutine({
  name: 'gemmini-convolution-between',
  file: 'between',
  function: 'bw_gemmini_round_between',
  work,
});

function work(site: Site, machine: GemminiMachine): RoutineWork | undefined {
  const { dim, scratchpad, accumulator } = machine.gemmini;
  const rounded = roundedImageOf(site, dim);
  if (!rounded) return undefined;
  const { taps, columns } = rounded.image;
  const stride = taps.length * Math.ceil(rounded.needed.depth / dim) * dim;
  const tile = tileOf(columns, Math.floor((3 * scratchpad.rows) / stride) * dim, accumulator.banks * accumulator.rows);
  if (stride + 2 * dim > scratchpad.rows || tile === undefined) return undefined;
  const offsets = readOuts(rounded, site);
  if (offsets === undefined) return undefined;
  return roundedImageWork(
    site,
    rounded,
    offsets,
    {
      taken: rounded.taken,
      shape: { columns, weight_stride: stride, tile, once: Number(offsets.more.every((more) => more === 0)) },
      constants: constantsOf(rounded, offsets, dim),
      buffers: { other: dim * columns, whole: 4 * dim * Math.ceil(tile / dim) * dim },
      types: { whole: 'int32_t' },
      cycles: cyclesOf(rounded, offsets, tile, machine),
    },
    machine,
  );
}

/** Columns at a time: all, or as many lines as fit, where rows of the result begin with words; undefined where that is none. */
function tileOf(columns: number, operands: number, sums: number): number | undefined {
  const most = Math.min(operands, sums);
  if (columns <= most) return columns;
  const lines = Math.floor(most / line) * line;
  return lines > 0 && columns % 8 === 0 ? lines : undefined;
}

function readOuts(rounded: RoundedImage, site: Site): Offsets | undefined {
  const thresholds = thresholdsOfSums(rounded, rounded.image, site);
  const single = thresholds && multipliersOf(thresholds, rounded.relu);
  if (single?.brackets.length === 0) return { ...withoutOffsets(rounded.image.outputs), multipliers: single.multipliers };
  return thresholds && offsetsOf(thresholds, rounded.relu);
}

/** Sums are read out once, as they are. */
const withoutOffsets = (channels: number): Omit<Offsets, 'multipliers'> => ({
  first: new Int32Array(channels),
  more: new Int8Array(channels),
  differing: 0,
});

/** By fields of kernels/gemmini/between.h's bw_gemmini_between_operands. */
function constantsOf(rounded: RoundedImage, { multipliers, first, more }: Offsets, dim: number): { readonly [field: string]: Tensor } {
  const rows = weightsByRows(rounded, dim);
  const outputs = rows.length;
  const initial = initialSums(rounded, rounded.image, { first });
  return {
    weights: packed(rows, rows[0]!.length),
    ones: fill(1, dim),
    initial: tensor(
      { dtype: 'i32', shape: [outputs, dim] },
      initial.flatMap((sum) => new Array<number>(dim).fill(sum)),
    ),
    more: tensor({ dtype: 'i8', shape: [outputs] }, more),
    multipliers: tensor({ dtype: 'u32', shape: [outputs] }, new Uint32Array(multipliers.buffer)),
  };
}

/** Cycles of the core for two bytes that it compares, for a result that it rounds again, and for a block of outputs. */
const [compared, repaired, perBlock] = [2.5, 90, 1500];

/** The array loads, multiplies and reads out, and then the core compares. */
function cyclesOf(
  { image: { columns, outputs, taps }, needed }: RoundedImage,
  { differing }: Offsets,
  tile: number,
  { gemmini: { dim, timing } }: GemminiMachine,
): number {
  const blocks = (size: number): number => Math.ceil(size / dim);
  const [tiles, across] = [Math.ceil(columns / tile), blocks(outputs)];
  const steps = taps.length * blocks(needed.depth);
  const loads = steps * dim * blocks(columns) * 1.5 * (needed.step > 0 ? across : 1);
  const products = (steps + 1) * dim * blocks(columns) * across;
  const stores = outputs * Math.ceil(columns / line) * 2 * 10 + blocks(columns) * across * dim * 2 * timing.block.full;
  const settled = outputs * columns * (compared + repaired * Math.min(1, differing));
  return loads + products + stores + settled + tiles * across * perBlock;
}
