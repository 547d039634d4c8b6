import type { GemminiDeclaration } from '../../hardware/gemmini.ts';
import { halves } from './machine.ts';
import { type Pool, windowsOf } from './pools.ts';

/** A convolution that the hardware unrolls, over an image with its border. */
export interface LoopShape {
  /** Those that an output needs. */
  readonly channels: number;
  /** Outputs that need the same ones. */
  readonly together: number;
  readonly kernelRows: number;
  readonly kernelColumns: number;
  readonly stride: number;
  readonly outputs: number;
  /** Of the sums. */
  readonly positionRows: number;
  readonly positions: number;
  /** Windows of sums: a result is the greatest of one. */
  readonly pool: Pool;
}

/** What one loop of the hardware does at most: rows of results, outputs, channels of the image. */
export interface LoopTile {
  readonly rows: number;
  readonly outputs: number;
  readonly channels: number;
}

export interface LoopTiling extends LoopTile {
  /** Of the array, and of the core where it takes longer to settle a tile than the array to do the next one. */
  readonly cycles: number;
}

/** What the core has to do for the sums of a tile. */
export interface Settling {
  /** Cycles for each. */
  readonly each: number;
  /** Sums are read out twice, and as they are. */
  readonly twice: boolean;
}

/** Cycles for each tile beside its blocks, from a loop's commands to its first load, and between two transfers. */
const [perTile, perLoop, between] = [900, 200, 1.5];

/** Rows and columns of sums that the fields of a pooling store hold. */
const mostPositions = 255;

/** Few channels leave room for pixels beside each other: a multiplication takes several columns of the kernel then. */
export const pixelsBeside = ({ channels, kernelColumns }: LoopShape, { dim }: GemminiDeclaration): number =>
  Math.max(1, Math.min(Math.floor(dim / channels), kernelColumns));

/** The sizes of the parts that a size falls into. */
const parts = (size: number, most: number): number[] =>
  Array.from({ length: Math.ceil(size / most) }, (_, index) => Math.min(most, size - index * most));

/** The cheapest tiles of whole rows that fit half of both local memories; undefined where a row is none. */
export function chooseLoop(shape: LoopShape, settling: Settling, declaration: GemminiDeclaration): LoopTiling | undefined {
  const { dim, maxBytes } = declaration;
  const { operands, sums } = halves(declaration);
  const blocks = (size: number): number => Math.ceil(size / dim);
  const [down, across] = [windowsOf(shape.positionRows, shape.pool), windowsOf(shape.positions, shape.pool)];
  const pooled = shape.pool.size > 1;
  if (across < 1 || (pooled && shape.positions > mostPositions)) return undefined;
  const fits = ({ rows, outputs, channels }: LoopTile): boolean => {
    const under = rowsUnder(rows, shape.pool);
    const [high, wide] = bordered(shape, under);
    const weights = shape.kernelRows * shape.kernelColumns * channels * blocks(outputs);
    const all = Math.max(under * shape.positions, dim * blocks(rows * across)) * blocks(outputs);
    return all <= sums * dim && high * wide * blocks(channels) + weights <= operands * dim && (!pooled || under <= mostPositions);
  };
  let best: LoopTiling | undefined;
  for (let rows = 1; rows <= down && rowsUnder(rows, shape.pool) * shape.positions <= sums * dim; rows++) {
    if (Math.ceil(down / Math.ceil(down / rows)) !== rows) continue;
    for (let outputs = dim; outputs < Math.min(shape.outputs, shape.together) + dim; outputs += dim)
      for (const channels of [shape.channels, ...[8, 4, 2, 1].map((lines) => lines * maxBytes).filter((most) => most < shape.channels)]) {
        const tile = { rows, outputs, channels };
        if (!fits(tile)) continue;
        const cycles = cyclesOf(shape, tile, settling, declaration);
        if (best === undefined || cycles < best.cycles) best = { ...tile, cycles };
        break;
      }
  }
  return best;
}

/** Rows of sums under some rows of windows. */
export const rowsUnder = (rows: number, { size, step }: Pool): number => (rows - 1) * step + size;

/** Rows and columns of the image under some rows of sums. */
const bordered = ({ kernelRows, kernelColumns, stride, positions }: LoopShape, rows: number): readonly [high: number, wide: number] => [
  rows * stride + kernelRows - 1,
  positions * stride + kernelColumns - 1,
];

/** The array loads and multiplies the sums of a tile while the core settles those before; then it reads them out and turns what is settled. */
function cyclesOf(shape: LoopShape, tile: LoopTile, { each, twice }: Settling, declaration: GemminiDeclaration): number {
  const { dim, maxBytes, timing } = declaration;
  const blocks = (size: number): number => Math.ceil(size / dim);
  const { positions, positionRows, kernelRows, kernelColumns, pool } = shape;
  const columns = windowsOf(positions, pool);
  const across = parts(positions, dim).reduce((sum, pixels) => sum + Math.max(pixels, timing.leastCycles), 0);
  const beside = pixelsBeside(shape, declaration);
  const lines = (channels: number): number => parts(channels, maxBytes).reduce((sum, bytes) => sum + blocks(bytes), 0);
  let total = 0;
  let settling = 0;
  for (const results of parts(windowsOf(positionRows, pool), tile.rows))
    for (const outputs of parts(shape.outputs, tile.outputs)) {
      const rows = rowsUnder(results, pool);
      const [high, wide] = bordered(shape, rows);
      const loops = parts(shape.channels, tile.channels).reduce((sum, channels) => {
        const image = high * (wide * lines(channels) + blocks(wide) * Math.ceil(channels / maxBytes) * between);
        const weights = kernelRows * kernelColumns * (channels * lines(outputs) + blocks(channels) * between);
        return (
          sum +
          perLoop +
          image +
          weights +
          kernelRows * Math.ceil(kernelColumns / beside) * blocks(channels) * blocks(outputs) * rows * across
        );
      }, 0);
      const [squares, windows] = [rows * positions, results * columns].map((size) => blocks(size) * blocks(outputs)) as [number, number];
      const readOut =
        pool.size > 1
          ? results * columns * blocks(outputs) * pool.size ** 2 * timing.pooled
          : squares * dim * (timing.block.several + 1.25);
      const all = twice ? 2 * readOut + squares * dim * timing.block.full : readOut;
      const turned = windows * dim * (2.2 + timing.block.several);
      total += Math.max(loops, settling) + perTile + all + turned;
      settling = results * columns * outputs * each;
    }
  return total + settling;
}
