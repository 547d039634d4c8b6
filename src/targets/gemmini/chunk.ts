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

/** Rows at a time that fall into whole parts, up to a buffer full: about so many heights of the array, or all where the pipe takes them as a whole. */
function candidates(parts: number, allRows: number, rowBytes: number, dim: number): number[] {
  if (parts === 1) return [allRows];
  const part = allRows / parts;
  const most = Math.max(1, Math.floor(bufferBytes / (rowBytes * part)));
  const whole = (rows: number): number => Math.max(1, Math.floor(rows / part));
  const heights = Array.from({ length: Math.ceil(allRows / dim) }, (_, index) => whole((index + 1) * dim));
  return [...new Set(heights.filter((count) => count <= Math.max(most, whole(dim))))].map((count) => Math.min(count, parts) * part);
}

/** The cheapest way to share the work: `core` is what the core does with all sums. */
export function chooseChunk(contracted: Contracted, parts: number, allRows: number, core: number, { gemmini }: GemminiMachine): Chunk {
  const { rows, columns, products, bias, scaling, transposed = false } = contracted;
  const depths = products.flat().map((term) => term.depth);
  const depth = Math.max(...depths);
  const share = depths.reduce((sum, term) => sum + term, 0) / depth;
  let best: Chunk | undefined;
  for (const chunk of candidates(parts, allRows, (scaling ? 1 : 4) * columns, gemmini.dim)) {
    const height = Math.min(rows, chunk);
    const tiling = chooseTiling(
      { rows: height, columns, depth, transposed, biased: bias !== undefined, scaled: scaling !== undefined },
      gemmini,
    );
    const array = tiling.cycles * share * (chunk / height);
    const loops =
      Math.ceil(height / tiling.rows) * Math.ceil(columns / tiling.columns) * Math.ceil(depth / tiling.depth) * share * (chunk / height);
    const blocked = array * Math.max(0, 1 - queued / loops);
    const chunks = allRows / chunk;
    const cycles = array + (chunks - 1) * Math.max(array, blocked + core / chunks) + core / chunks;
    if (best === undefined || cycles < best.cycles) best = { rows: chunk, tiling, cycles };
  }
  return best!;
}
