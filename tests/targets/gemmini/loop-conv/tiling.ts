import type { GemminiDeclaration } from '../../../../src/hardware/gemmini.ts';

/** A convolution that the hardware unrolls: a square image with its channels side by side, results as int8, perhaps the greatest of each window. */
export interface Convolution {
  readonly size: number;
  readonly channels: number;
  readonly outputs: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly biased: boolean;
  readonly pool?: { readonly size: number; readonly stride: number; readonly padding: number };
}

/** What one loop of the hardware does: rows and columns of the result, outputs, channels. */
export interface ConvolutionTile {
  readonly rows: number;
  readonly columns: number;
  readonly outputs: number;
  readonly channels: number;
}

export interface ConvolutionTiling extends ConvolutionTile {
  /** Pixels side by side in a row of the scratchpad. */
  readonly pixels: number;
  readonly cycles: number;
}

const windows = (size: number, kernel: number, stride: number, padding: number): number =>
  Math.floor((size + 2 * padding - kernel) / stride) + 1;

/** Rows of what is summed, and of the result. */
export function sizesOf({ size, kernel, stride, padding, pool }: Convolution): { readonly sums: number; readonly results: number } {
  const sums = windows(size, kernel, stride, padding);
  return { sums, results: pool ? windows(sums, pool.size, pool.stride, pool.padding) : sums };
}

/** Few channels leave room for pixels beside each other: a multiplication takes several columns of the kernel then. */
export const pixelsOf = ({ channels, kernel }: Convolution, { dim }: GemminiDeclaration): number =>
  Math.max(1, Math.min(Math.floor(dim / channels), kernel));

/** Cycles of the core from one loop's commands to those of the next, and between two transfers of one unit. */
const commands = 160;
const between = 1.5;

/** Of so many elements in blocks of `most`: the size of each. */
const blocksOf = (size: number, most: number): number[] =>
  Array.from({ length: Math.ceil(size / most) }, (_, index) => Math.min(most, size - index * most));

interface Loop {
  readonly loads: number;
  readonly products: number;
  readonly stores: number;
  readonly first: boolean;
  readonly last: boolean;
}

/** The cycles of each unit for one loop; undefined where it does not fit half of the local memories. */
function loopOf(
  tile: ConvolutionTile,
  given: Convolution,
  first: boolean,
  last: boolean,
  declaration: GemminiDeclaration,
): Loop | undefined {
  const { dim, maxBytes, scratchpad, accumulator, timing } = declaration;
  const { kernel, stride, biased, pool } = given;
  const { sums: most } = sizesOf(given);
  const sumsOf = (results: number): number => (pool ? Math.min(most, (results - 1) * pool.stride + pool.size) : results);
  const [rows, columns] = [sumsOf(tile.rows), sumsOf(tile.columns)];
  const [high, wide] = [rows * stride + kernel - 1, columns * stride + kernel - 1];
  const [inBlocks, outBlocks] = [Math.ceil(tile.channels / dim), Math.ceil(tile.outputs / dim)];
  const operands = high * wide * inBlocks + kernel * kernel * tile.channels * outBlocks;
  if (operands > (scratchpad.banks * scratchpad.rows) / 2 || rows * columns * outBlocks > (accumulator.banks * accumulator.rows) / 2) {
    return undefined;
  }
  const beside = pixelsOf(given, declaration);
  const transfer = (lines: number, bytes: number): number => lines * Math.ceil(bytes / dim) + between;
  const transfers = (lines: number, bytes: number): number =>
    blocksOf(bytes, maxBytes).reduce((total, part) => total + transfer(lines, part), 0);
  const stretches = blocksOf(columns, dim);
  const acrossSums = (value: (pixels: number) => number): number =>
    rows * outBlocks * stretches.reduce((total, pixels) => total + value(pixels), 0);

  const image = high * blocksOf(wide, dim).reduce((total, pixels) => total + transfers(pixels * beside, tile.channels), 0);
  const weights = kernel * kernel * blocksOf(tile.channels, dim).reduce((total, lines) => total + transfers(lines, tile.outputs), 0);
  const beginnings = first ? acrossSums((pixels) => pixels + 2) : 0;
  const steps = kernel * Math.ceil(kernel / beside) * inBlocks;
  const products = steps * (acrossSums((pixels) => Math.max(pixels, timing.leastCycles)) + outBlocks * (dim - stretches.at(-1)!));
  const pooled = pool ? outBlocks * tile.rows * tile.columns * pool.size ** 2 * timing.block.scaled : 0;
  const stores = pool ? pooled : acrossSums((pixels) => pixels * timing.block.scaled + 2);
  return {
    loads: image + weights + (biased || first ? beginnings : 0),
    products,
    stores: last ? stores : 0,
    first,
    last,
  };
}

interface Predicted {
  readonly cycles: number;
  /** Cycles of its loads. */
  readonly loads: number;
}

/** The cycles of a convolution by loops of such tiles: loads, products and stores of neighbouring loops overlap. */
export function predictConvolution(given: Convolution, tile: ConvolutionTile, declaration: GemminiDeclaration): Predicted | undefined {
  const { results } = sizesOf(given);
  const { timing } = declaration;
  const channels = blocksOf(given.channels, tile.channels);
  const known = new Map<number, Loop | undefined>();
  const ofTile = (rows: number, columns: number, outputs: number, index: number): Loop | undefined => {
    const last = index === channels.length - 1;
    const key = ((rows * (results + 1) + columns) * (given.outputs + 1) + outputs) * 4 + Number(index === 0) * 2 + Number(last);
    if (!known.has(key))
      known.set(key, loopOf({ rows, columns, outputs, channels: channels[index]! }, given, index === 0, last, declaration));
    return known.get(key);
  };
  let loads = 0;
  let [loaded, multiplied, multipliedBefore, stored, storedBefore] = [commands, 0, 0, 0, 0];
  const across = blocksOf(results, tile.columns);
  const outputTiles = blocksOf(given.outputs, tile.outputs);
  for (const rows of blocksOf(results, tile.rows))
    for (const columns of across)
      for (const outputs of outputTiles)
        for (let index = 0; index < channels.length; index++) {
          const loop = ofTile(rows, columns, outputs, index);
          if (loop === undefined) return undefined;
          loads += loop.loads;
          loaded = Math.max(loaded + commands, multipliedBefore, storedBefore) + loop.loads;
          multipliedBefore = multiplied;
          multiplied = Math.max(multiplied, loaded + timing.hit) + loop.products;
          storedBefore = stored;
          stored = loop.last ? Math.max(stored, multiplied + timing.execute.result) + loop.stores : stored;
        }
  return { cycles: stored + timing.store.scaled + timing.fence, loads };
}

/** The part of its loads' cycles that a tiling may lose to another: what the shared cache does not have takes longer. */
const missing = 0.05;

/** Sizes that share something evenly, the greatest first. */
const even = (size: number, unit: number, most: number): number[] => {
  const blocks = Math.ceil(size / unit);
  const counts = new Set(Array.from({ length: blocks }, (_, index) => Math.ceil(blocks / (index + 1))));
  return [...counts].map((count) => Math.min(size, count * unit)).filter((part) => part <= most);
};

/** The tile for a convolution, the first of the cheapest; undefined where nothing fits. */
export function chooseConvolution(given: Convolution, declaration: GemminiDeclaration): ConvolutionTiling | undefined {
  const { dim, maxBytes, accumulator } = declaration;
  const { results } = sizesOf(given);
  const sums = (accumulator.banks * accumulator.rows) / 2;
  let best: ConvolutionTiling | undefined;
  let lowest = Number.POSITIVE_INFINITY;
  for (const columns of even(results, dim, sums))
    for (const rows of even(results, 1, Math.ceil((sums / columns) * 4)))
      for (const outputs of even(given.outputs, dim, Number.POSITIVE_INFINITY))
        for (const channels of [...new Set([...even(given.channels, maxBytes, Number.POSITIVE_INFINITY), given.channels])]) {
          const predicted = predictConvolution(given, { rows, columns, outputs, channels }, declaration);
          const price = predicted && predicted.cycles + missing * predicted.loads;
          if (predicted === undefined || price! >= lowest) continue;
          lowest = price!;
          best = { rows, columns, outputs, channels, pixels: pixelsOf(given, declaration), cycles: predicted.cycles };
        }
  return best;
}
