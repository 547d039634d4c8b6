import type { GemminiDeclaration } from '../../hardware/gemmini.ts';
import { halves } from './machine.ts';

/** Sizes of a product, or of a part of it. */
export interface Extents {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

export interface Tiling extends Extents {
  /** Of the array and of its transfers, whichever takes longer, for all loops. */
  readonly cycles: number;
}

/** What a loop costs beside its transfers and products: it is commanded, and its first and last ones overlap nothing. */
const loopCycles = 60;

/** The cycles of a product by loops of such tiles. Every loop loads its own operands; sums leave with 4 bytes each. */
function cyclesOf({ rows, columns, depth }: Extents, tile: Extents, { dim, timing: { busBytes } }: GemminiDeclaration): number {
  const blocks = (size: number): number => Math.ceil(size / dim);
  const [i, j, k] = [Math.ceil(rows / tile.rows), Math.ceil(columns / tile.columns), Math.ceil(depth / tile.depth)];
  const products = blocks(rows) * blocks(columns) * blocks(depth) * dim;
  const loaded = (j * blocks(rows) + i * blocks(columns)) * blocks(depth) * dim * dim;
  const stored = 4 * rows * columns;
  return Math.max(products, (loaded + stored) / busBytes) + i * j * k * loopCycles;
}

/** The tile for a product: the cheapest of those that fit, the first of equals. */
export function chooseTiling(size: Extents, declaration: GemminiDeclaration): Tiling {
  const { dim } = declaration;
  const { operands, sums } = halves(declaration);
  const blocks = (elements: number): number => Math.ceil(elements / dim);
  let best: Tiling | undefined;
  for (let i = 1; i <= Math.min(blocks(size.rows), sums); i++) {
    const j = Math.min(blocks(size.columns), Math.floor(sums / i));
    const k = Math.min(blocks(size.depth), Math.floor(operands / (i + j)));
    const tile = { rows: i * dim, columns: j * dim, depth: k * dim };
    const cycles = cyclesOf(size, tile, declaration);
    if (best === undefined || cycles < best.cycles) best = { ...tile, cycles };
  }
  return best!;
}
