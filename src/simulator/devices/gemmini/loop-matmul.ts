import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { Command } from '../../riscv/accelerator.ts';
import { accumulatorAddress, field, functs, type Operand, type Writable } from './operands.ts';

type Three = { readonly i: number; readonly j: number; readonly k: number };

/** Bounds in tiles, paddings and strides in elements, addresses of memory: 0 for a matrix that is not there. */
export interface LoopMatmul {
  readonly bounds: Three;
  readonly pads: Three;
  readonly a: number;
  readonly b: number;
  readonly c: number;
  readonly d: number;
  readonly strideA: number;
  readonly strideB: number;
  readonly strideC: number;
  readonly strideD: number;
  /** C is accumulated on what is there from the first k on. */
  readonly accumulate: boolean;
  readonly fullC: boolean;
  readonly lowD: boolean;
  readonly transposeA: boolean;
  readonly transposeB: boolean;
  /** Which half of the scratchpad has A and B; 0: halves take turns. Newer hardware only. */
  readonly halfA: number;
  readonly halfB: number;
  /** C = A + B, without the array. Newer hardware only. */
  readonly sum: boolean;
}

const none = { i: 0, j: 0, k: 0 };
export const initialLoop: LoopMatmul = {
  bounds: none,
  pads: none,
  ...{ a: 0, b: 0, c: 0, d: 0, strideA: 0, strideB: 0, strideC: 0, strideD: 0, halfA: 0, halfB: 0 },
  ...{ accumulate: false, fullC: false, lowD: false, transposeA: false, transposeB: false, sum: false },
};

/** Takes one of the loop's commands. */
export function configureLoop(loop: Writable<LoopMatmul>, { funct, rs1, rs1High, rs2, rs2High }: Command, newer: boolean): void {
  switch (funct) {
    case functs.loopMatmulBounds:
      loop.bounds = three(rs2, rs2High);
      loop.pads = three(rs1, rs1High);
      return;
    case functs.loopMatmulAddressesAB:
      loop.a = rs1 >>> 0;
      loop.b = rs2 >>> 0;
      return;
    case functs.loopMatmulAddressesDC:
      loop.d = rs1 >>> 0;
      loop.c = rs2 >>> 0;
      return;
    case functs.loopMatmulStridesAB:
      loop.strideA = rs1 >>> 0;
      loop.strideB = rs2 >>> 0;
      return;
    case functs.loopMatmulStridesDC:
      loop.strideD = rs1 >>> 0;
      loop.strideC = rs2 >>> 0;
      return;
    default:
      loop.accumulate = (rs1 & 1) !== 0;
      loop.fullC = (rs1 & 2) !== 0;
      loop.lowD = (rs1 & 4) !== 0;
      loop.transposeA = (rs2 & 1) !== 0;
      loop.transposeB = (rs2 & 2) !== 0;
      loop.halfA = newer ? field(rs1, 0, 19, 18) : 0;
      loop.halfB = newer ? field(rs1, 0, 17, 16) : 0;
      loop.sum = newer && (rs2 & 4) !== 0;
  }
}
const three = (low: number, high: number): Three => ({ i: low & 0xffff, j: low >>> 16, k: high & 0xffff });

/** Where a loop has its matrices: first rows of A, the row behind B, first rows of D and of C in the accumulator. */
export interface Places {
  readonly a: number;
  readonly endOfB: number;
  readonly d: number;
  readonly c: number;
}

/** Where a matrix begins: its address in the main memory, and its first row in a local one. */
export interface Start {
  readonly address: number;
  readonly row: number;
}
export type Starts = { readonly [matrix in 'a' | 'b' | 'c' | 'd']: Start };

export const startsOf = (loop: LoopMatmul, { a, endOfB, d, c }: Places, { dim }: GemminiDeclaration): Starts => ({
  a: { address: loop.a, row: loop.sum ? c : a },
  b: { address: loop.b, row: loop.sum ? c : endOfB - loop.bounds.k * loop.bounds.j * dim },
  c: { address: loop.c, row: c },
  d: { address: loop.d, row: d },
});

/** Addresses and rows count from where the matrices start. */
export interface LoopLoad {
  readonly matrix: 'a' | 'b' | 'd';
  readonly which: 0 | 1 | 2;
  readonly address: number;
  readonly operand: Operand;
  /** How far the loop is with this load: tiles of the outer and inner index. */
  readonly k: number;
  readonly inner: number;
}
export interface LoopTile {
  readonly a: Operand;
  readonly b: Operand;
  readonly c: Operand;
  /** Whether the array takes the tile of B; it has it already, if not. */
  readonly preloaded: boolean;
  readonly i: number;
  readonly j: number;
  readonly k: number;
}
export interface LoopStore {
  readonly address: number;
  readonly operand: Operand;
  readonly i: number;
  /** The last column of tiles that it stores. */
  readonly lastJ: number;
}

/** The commands that a loop consists of, each kind in its own order: units of their own give them out, side by side. */
export interface UnrolledLoop {
  readonly a: readonly LoopLoad[];
  readonly b: readonly LoopLoad[];
  readonly d: readonly LoopLoad[];
  readonly tiles: readonly LoopTile[];
  readonly stores: readonly LoopStore[];
  readonly last: { readonly i: number; readonly j: number; readonly k: number };
}

/** What the commands of a loop depend on, apart from where its matrices start. */
export function shapeOf(loop: LoopMatmul): string {
  const { bounds, pads, a, b, c, d } = loop;
  const { accumulate, fullC, lowD, transposeA, transposeB, sum } = loop;
  const sizes = `${bounds.i} ${bounds.j} ${bounds.k} ${pads.i} ${pads.j} ${pads.k}`;
  const strides = `${loop.strideA} ${loop.strideB} ${loop.strideC} ${loop.strideD}`;
  const there = `${a !== 0} ${b !== 0} ${c !== 0} ${d !== 0}`;
  return `${sizes} ${strides} ${there} ${accumulate} ${fullC} ${lowD} ${transposeA} ${transposeB} ${sum}`;
}

export function unrollLoop(loop: LoopMatmul, { dim, maxBytes }: GemminiDeclaration): UnrolledLoop {
  const { bounds, pads } = loop;
  const last = { i: bounds.i - 1, j: bounds.j - 1, k: bounds.k - 1 };
  const size = (index: 'i' | 'j' | 'k', at: number, blocks = 1): number => blocks * dim - (at + blocks > last[index] ? pads[index] : 0);
  const wide = Math.max(1, Math.floor(maxBytes / dim));
  const wideSums = Math.max(1, Math.floor(maxBytes / (4 * dim)));

  /** Loads a matrix of tiles, rows of `row` by columns of `col`, `most` blocks at a time. */
  const loads = (
    matrix: 'a' | 'b' | 'd',
    [row, col]: readonly ['i' | 'j' | 'k', 'i' | 'j' | 'k'],
    most: number,
    place: (tile: number) => number,
    from: (row: number, col: number) => number,
    columnsFirst: boolean,
  ): LoopLoad[] => {
    const all: LoopLoad[] = [];
    const which = ({ a: 0, b: 1, d: 2 } as const)[matrix];
    const step = Math.min(most, bounds[col]);
    const visit = (r: number, c: number): void => {
      const blocks = Math.min(step, bounds[col] - c);
      const operand = { local: place(r * bounds[col] + c), rows: size(row, r), cols: size(col, c, blocks) };
      const [k, inner] = row === 'k' ? [r, c] : col === 'k' ? [c, r] : [0, 0];
      all.push({ matrix, which, address: from(r, c), operand, k, inner });
    };
    if (columnsFirst) for (let c = 0; c < bounds[col]; c += step) for (let r = 0; r < bounds[row]; r++) visit(r, c);
    else for (let r = 0; r < bounds[row]; r++) for (let c = 0; c < bounds[col]; c += step) visit(r, c);
    return all;
  };
  const at = (stride: number, bytes: number) => (row: number, col: number) => (row * stride + col) * dim * bytes;
  const rows = (tile: number): number => tile * dim;
  const sums =
    (accumulate: boolean, full = false) =>
    (tile: number) =>
      accumulatorAddress(tile * dim, accumulate, full);
  const storesOf = (): LoopStore[] => {
    if (loop.c === 0) return [];
    const all: LoopStore[] = [];
    const step = loop.fullC ? 1 : Math.min(wide, bounds.j);
    const to = at(loop.strideC, loop.fullC ? 4 : 1);
    for (let j = 0; j < bounds.j; j += step)
      for (let i = 0; i < bounds.i; i++) {
        const blocks = Math.min(step, bounds.j - j);
        const local = sums(false, loop.fullC)(i * bounds.j + j);
        all.push({ address: to(i, j), operand: { local, rows: size('i', i), cols: size('j', j, blocks) }, i, lastJ: j + blocks - 1 });
      }
    return all;
  };

  if (loop.sum) {
    const matrix = (which: 'a' | 'b', stride: number): LoopLoad[] =>
      loop[which] === 0 ? [] : loads(which, ['i', 'j'], 1, sums(which === 'b'), at(stride, 1), false);
    return {
      a: matrix('a', loop.strideA),
      b: matrix('b', loop.strideB),
      d: [],
      tiles: [],
      stores: storesOf(),
      last,
    };
  }
  const tiles: LoopTile[] = [];
  for (let k = 0; k < bounds.k; k++)
    for (let j = 0; j < bounds.j; j++)
      for (let i = 0; i < bounds.i; i++) {
        tiles.push({
          a: { local: rows(loop.transposeA ? k * bounds.i + i : i * bounds.k + k), rows: size('i', i), cols: size('k', k) },
          b: { local: rows(loop.transposeB ? j * bounds.k + k : k * bounds.j + j), rows: size('k', k), cols: size('j', j) },
          c: { local: sums(loop.accumulate || k > 0)(i * bounds.j + j), rows: size('i', i), cols: size('j', j) },
          preloaded: i === 0,
          ...{ i, j, k },
        });
      }
  const { transposeA, transposeB } = loop;
  return {
    a: loop.a === 0 ? [] : loads('a', transposeA ? ['k', 'i'] : ['i', 'k'], wide, rows, at(loop.strideA, 1), !transposeA),
    b: loop.b === 0 ? [] : loads('b', transposeB ? ['j', 'k'] : ['k', 'j'], wide, rows, at(loop.strideB, 1), transposeB),
    d: loop.d === 0 ? [] : loads('d', ['i', 'j'], loop.lowD ? wide : wideSums, sums(false), at(loop.strideD, loop.lowD ? 1 : 4), true),
    tiles,
    stores: storesOf(),
    last,
  };
}
