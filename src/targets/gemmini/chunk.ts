import type { Contracted } from './contracted.ts';
import type { GemminiMachine } from './machine.ts';
import { chooseTiling, type Tiling } from './tiling.ts';

/** Rows that the core handles while the array computes the next ones. */
export interface Chunk {
  readonly rows: number;
  readonly tiling: Tiling;
  /** Of array and core together, for all rows. */
  readonly cycles: number;
}

/** Sums that the shared cache holds beside the rest: bytes of one buffer. */
const bufferBytes = 32 << 10;
/** Loops of the hardware that wait in its queues: the core stands still before it can command a third. */
const queued = 2;

/** Rows at a time that fall into whole parts, up to a buffer full: about so many of each unit, or all where the pipe takes them as a whole. */
function candidates(parts: number, allRows: number, rowBytes: number, units: readonly number[]): number[] {
  if (parts === 1) return [allRows];
  const part = allRows / parts;
  const most = Math.max(1, Math.floor(bufferBytes / (rowBytes * part)));
  const whole = (rows: number): number => Math.max(1, Math.floor(rows / part));
  const heights = units.flatMap((unit) => Array.from({ length: Math.ceil(allRows / unit) }, (_, index) => whole((index + 1) * unit)));
  return [...new Set(heights.filter((count) => count <= Math.max(most, whole(units[0]!))))].map((count) => Math.min(count, parts) * part);
}

/** Heights of the array that all rows are, where each chunk and each group begins with another one. */
function blocksOf(allRows: number, chunk: number, group: number, dim: number): number {
  let blocks = 0;
  for (let row = 0, end: number; row < allRows; row = end) {
    end = Math.min(allRows, row - (row % chunk) + chunk, row - (row % group) + group);
    blocks += Math.ceil((end - row) / dim);
  }
  return blocks;
}

/** The cheapest way to share the work: `core` is what the core does with all sums. */
export function chooseChunk(contracted: Contracted, parts: number, allRows: number, core: number, { gemmini }: GemminiMachine): Chunk {
  const { rows, columns, products, bias, scaling, transposed = false } = contracted;
  const deepest = Math.max(...products.flat().map((term) => term.depth));
  const whole = (depth: number): number => Math.ceil(depth / gemmini.dim) * gemmini.dim;
  const depths = products.map((terms) => terms.reduce((sum, term) => sum + whole(term.depth), 0));
  const depth = Math.max(...depths);
  const share = depths.reduce((sum, each) => sum + each, 0) / depth;
  let best: Chunk | undefined;
  for (const chunk of candidates(parts, allRows, (scaling ? 1 : 4) * columns, [gemmini.dim, rows])) {
    const height = Math.min(rows, chunk);
    const chunks = allRows / chunk;
    const pieces = blocksOf(allRows, chunk, rows, gemmini.dim) / Math.ceil(height / gemmini.dim) / chunks;
    const tiling = chooseTiling(
      { rows: height, columns, depth, deepest, transposed, biased: bias !== undefined, scaled: scaling !== undefined },
      gemmini,
    );
    const array = tiling.cycles * share * pieces;
    const loops = Math.ceil(height / tiling.rows) * Math.ceil(columns / tiling.columns) * Math.ceil(depth / tiling.depth) * share * pieces;
    const blocked = array * Math.max(0, 1 - queued / loops);
    const cycles = array + (chunks - 1) * Math.max(array, blocked + core / chunks) + core / chunks;
    if (best === undefined || cycles < best.cycles) best = { rows: chunk, tiling, cycles };
  }
  return best!;
}
