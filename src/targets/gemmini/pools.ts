import { maxPool } from '../../operators/max-pool/max-pool.ts';
import { dyadic } from '../../operators/requantise/dyadic.ts';
import type { Call } from '../../program/program.ts';
import type { Site } from '../kernel.ts';
import type { GemminiMachine } from './machine.ts';
import type { RoundedImage } from './rounded-image.ts';

/** Windows of as many rows as columns of an image, all inside. */
export interface Pool {
  readonly size: number;
  readonly step: number;
}

/** What the fields of a pooling store hold. */
const most = { size: 3, step: 3, positions: 255 };

function poolOf({ operator, attributes }: Call): Pool | undefined {
  if (operator !== maxPool.name) return undefined;
  const { kernel, stride, padding, ceil } = attributes as unknown as Record<'kernel' | 'stride' | 'padding', number[]> & { ceil: boolean };
  const [size, step] = [kernel[0]!, stride[0]!];
  const square = kernel.length === 2 && kernel.every((each) => each === size) && stride.every((each) => each === step);
  const fits = size > 1 && size <= most.size && step <= most.step;
  return square && fits && !ceil && padding.every((each) => each === 0) ? { size, step } : undefined;
}

/** Whether a call keeps the order of its elements: the greatest is the same before and behind it. */
const keepsOrder = ({ operator, operands }: Call, { program }: Site): boolean => {
  const multiplier = operator === dyadic.name ? program.constants.get(operands[0]!)?.data : undefined;
  return multiplier?.length === 1 && multiplier[0]! > 0;
};

/** The step with the greatest of windows right behind the first calls, and how many calls are then in their own place again. */
export function pooledBehind(
  site: Site,
  taken: number,
): { readonly pooled: Site; readonly pool: Pool; readonly moved: number } | undefined {
  const { stages } = site.step;
  const others = stages.slice(taken);
  const at = others.findIndex((call) => !keepsOrder(call, site));
  const pool = at < 0 ? undefined : poolOf(others[at]!);
  if (!pool) return undefined;
  const moved = [...stages.slice(0, taken), others[at]!, ...others.slice(0, at), ...others.slice(at + 1)];
  return { pool, pooled: { ...site, step: { ...site.step, stages: moved } }, moved: taken + at + 1 };
}

/** Windows along an axis. */
export const windowsOf = (size: number, pool: Pool): number => Math.max(0, Math.floor((size - pool.size) / pool.step) + 1);

/** Rows of windows at a time, with all that belongs to them. */
export interface Tile {
  readonly rows: number;
  readonly windows: number;
  readonly positions: number;
}

/**
 * As many rows of windows over rows x columns of an image as the local memories and the fields of a pooling store hold; undefined where that is none.
 * Beside the weights lie five blocks: kernels/gemmini/pooled.c.
 */
export function tileOf(
  rows: number,
  columns: number,
  pool: Pool,
  { image, needed }: RoundedImage,
  { gemmini: { dim, scratchpad, accumulator } }: GemminiMachine,
): Tile | undefined {
  const blocks = image.taps.length * Math.ceil(needed.depth / dim);
  const [down, across] = [windowsOf(rows, pool), windowsOf(columns, pool)];
  const others = scratchpad.rows - (blocks + 5) * dim;
  const operands = Math.floor((3 * scratchpad.rows) / (blocks * dim)) * dim;
  const sums = accumulator.banks * accumulator.rows;
  if (scratchpad.banks < 4 || columns > most.positions || across < 1) return undefined;
  for (let tile = down; tile > 0; tile--) {
    const high = (tile - 1) * pool.step + pool.size;
    const positions = high * columns;
    const windows = tile * across;
    const fits = positions <= Math.min(operands, sums) && Math.ceil(windows / dim) * dim <= Math.min(others, sums);
    if (fits && high <= most.positions) return { rows: tile, windows, positions };
  }
  return undefined;
}
