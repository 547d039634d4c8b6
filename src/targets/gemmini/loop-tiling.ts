import type { GemminiDeclaration } from '../../hardware/gemmini.ts';
import { halves } from './machine.ts';

/** A convolution that the hardware unrolls, over an image with its border. */
export interface LoopShape {
  readonly channels: number;
  readonly kernelRows: number;
  readonly kernelColumns: number;
  readonly stride: number;
  readonly outputs: number;
  readonly rows: number;
  readonly columns: number;
}

/** What one loop of the hardware does at most. */
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
  const fits = ({ rows, outputs, channels }: LoopTile): boolean => {
    const [high, wide] = bordered(shape, rows);
    const weights = shape.kernelRows * shape.kernelColumns * channels * blocks(outputs);
    return rows * shape.columns * blocks(outputs) <= sums * dim && high * wide * blocks(channels) + weights <= operands * dim;
  };
  let best: LoopTiling | undefined;
  for (let rows = 1; rows <= shape.rows && rows * shape.columns <= sums * dim; rows++) {
    if (Math.ceil(shape.rows / Math.ceil(shape.rows / rows)) !== rows) continue;
    for (let outputs = dim; outputs < shape.outputs + dim; outputs += dim)
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

/** Rows and columns of the image under some rows of the result. */
const bordered = ({ kernelRows, kernelColumns, stride, columns }: LoopShape, rows: number): readonly [high: number, wide: number] => [
  rows * stride + kernelRows - 1,
  columns * stride + kernelColumns - 1,
];

/** The array loads and multiplies the sums of a tile while the core settles those before; then it reads them out and turns what is settled. */
function cyclesOf(shape: LoopShape, tile: LoopTile, { each, twice }: Settling, declaration: GemminiDeclaration): number {
  const { dim, maxBytes, timing } = declaration;
  const blocks = (size: number): number => Math.ceil(size / dim);
  const { columns, kernelRows, kernelColumns } = shape;
  const across = parts(columns, dim).reduce((sum, pixels) => sum + Math.max(pixels, timing.leastCycles), 0);
  const beside = pixelsBeside(shape, declaration);
  const lines = (channels: number): number => parts(channels, maxBytes).reduce((sum, bytes) => sum + blocks(bytes), 0);
  let total = 0;
  let settling = 0;
  for (const rows of parts(shape.rows, tile.rows))
    for (const outputs of parts(shape.outputs, tile.outputs)) {
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
      const squares = blocks(rows * columns) * blocks(outputs);
      const readOut = dim * (timing.block.several + 1.25);
      const all = twice ? 2 * readOut + dim * timing.block.full : readOut;
      const turned = dim * (1.2 + timing.block.several);
      total += Math.max(loops, settling) + perTile + squares * (all + turned);
      settling = rows * columns * outputs * each;
    }
  return total + settling;
}
