import { type Tensor, tensor } from '../../../numeric/tensor.ts';
import type { Site } from '../../kernel.ts';
import { bitsOf } from '../byte-rounding.ts';
import { fill, packed } from '../digits.ts';
import { lastOf } from '../last-rounding.ts';
import type { GemminiMachine } from '../machine.ts';
import { type Pool, pooledBehind, type Tile, tileOf, windowsOf } from '../pools.ts';
import { type RoundedImage, roundedImageOf, roundedImageWork, weightsByRows } from '../rounded-image.ts';
import { initialSums, sharedMultiplierOf, thresholdsOfSums } from '../rounded-sums.ts';
import { defineRoutine, type RoutineWork } from '../routine.ts';
import { type Offsets, sharedOffsetsOf } from '../scaler/offsets.ts';
import { typeAfter } from '../sums.ts';

/**
 * A convolution, a rounding to 8 bits with one multiplier, and the greatest of windows, which the array finds as it reads the accumulator out: each
 * position has a row there. Two read-outs have the right bytes between them, as those of a convolution alone; the greatest of what is less is less.
 * The array then turns them, and rounds once more where a rounding of bytes follows: kernels/gemmini/pooled.h.
 */
export const convolutionPooled = defineRoutine({
  name: 'gemmini-convolution-pooled',
  file: 'pooled',
  function: 'bw_gemmini_round_pooled',
  work,
});

function work(given: Site, machine: GemminiMachine): RoutineWork | undefined {
  const { dim } = machine.gemmini;
  const rounded = roundedImageOf(given, dim);
  const found = rounded && pooledBehind(given, rounded.taken);
  const multiplier = rounded && sharedMultiplierOf(rounded, given);
  if (!found || !multiplier) return undefined;
  const { pooled: site, pool } = found;
  const [rows, columns] = typeAfter(site, 1).shape.slice(2) as [number, number];
  const tile = tileOf(rows, columns, pool, rounded, machine);
  const thresholds = tile && thresholdsOfSums(rounded, rounded.image, site);
  const offsets = thresholds && sharedOffsetsOf(thresholds, rounded.relu, multiplier);
  if (!tile || !offsets) return undefined;
  const last = lastOf(site, rounded.taken + 1, rounded.lacking, dim);
  if (last.taken < found.moved) return undefined;

  const [down, across] = [windowsOf(rows, pool), windowsOf(columns, pool)];
  const bytes = tile.windows * dim;
  return roundedImageWork(
    site,
    rounded,
    offsets,
    {
      taken: last.taken,
      shape: {
        ...{ rows, columns, pool: pool.size, pool_step: pool.step, tile: tile.rows, scale: bitsOf(offsets.multipliers[0]!) },
        ...{ last_scale: last.scale, last_relu: last.relu, last_lacking: last.lacking },
      },
      constants: { ...constantsOf(rounded, offsets, dim), blocks: last.blocks },
      buffers: { low: bytes, high: bytes, whole: 4 * tile.positions * dim },
      types: { whole: 'int32_t' },
      cycles: cyclesOf(rounded, offsets, { ...tile, all: down * across, tiles: Math.ceil(down / tile.rows) }, pool, machine),
    },
    machine,
  );
}

/** By fields of kernels/gemmini/pooled.h's bw_gemmini_pooled_operands: outputs to whole blocks. */
function constantsOf(rounded: RoundedImage, { first, more }: Offsets, dim: number): { readonly [field: string]: Tensor } {
  const rows = weightsByRows(rounded, dim);
  const blocks = Math.ceil(rows.length / dim);
  const whole = (dtype: 'i8' | 'i32', values: ArrayLike<number>): Tensor => {
    const made = tensor({ dtype, shape: [blocks * dim] });
    for (let output = 0; output < rows.length; output++) made.data[output] = values[output]!;
    return made;
  };
  const turned = Array.from({ length: blocks }, (_, block) =>
    Array.from(rows[0]!, (_weight, k) => Array.from({ length: dim }, (_one, column) => rows[block * dim + column]?.[k] ?? 0)),
  );
  return {
    weights: packed(turned.flat(), dim),
    ones: fill(1, dim),
    initial: whole('i32', initialSums(rounded, rounded.image, { first })),
    more: whole('i8', more),
  };
}

/** Cycles of the core for a byte that it compares, and one that it rounds again; and for a block of outputs. */
const [compared, repaired, perBlock] = [1.5, 150, 1800];

/** The array loads, multiplies and reads out, the core compares, and the array turns. */
function cyclesOf(
  { image: { outputs, taps }, needed }: RoundedImage,
  { differing }: Offsets,
  { positions, windows, all, tiles }: Tile & { readonly all: number; readonly tiles: number },
  pool: Pool,
  { gemmini: { dim, timing } }: GemminiMachine,
): number {
  const blocks = (size: number): number => Math.ceil(size / dim);
  const across = blocks(outputs);
  const steps = taps.length * blocks(needed.depth);
  const loads = steps * dim * blocks(positions) * 1.5 * (needed.step > 0 ? across : 1);
  const products = (steps + 3) * dim * blocks(positions) * across;
  const stores = across * (2 * windows * pool.size ** 2 * timing.pooled + blocks(positions) * dim * timing.block.full);
  const turned = across * blocks(windows) * dim * 6;
  const settled = outputs * all * (compared + repaired * Math.min(1, differing));
  return tiles * (loads + products + stores + turned + across * perBlock) + settled;
}
