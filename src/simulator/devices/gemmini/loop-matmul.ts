import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { Command } from '../../riscv/accelerator.ts';
import { accumulatorAddress, field, functs, nowhere, type Operand } from './operands.ts';

/** Bounds in tiles, paddings and strides in elements, addresses of memory: 0 for a matrix that is not there. */
export interface LoopMatmul {
  readonly bounds: { readonly i: number; readonly j: number; readonly k: number };
  readonly pads: { readonly i: number; readonly j: number; readonly k: number };
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

/** The loop after one of its commands. */
export function configureLoop(loop: LoopMatmul, { funct, rs1, rs1High, rs2, rs2High }: Command, newer: boolean): LoopMatmul {
  const three = (low: number, high: number) => ({ i: low & 0xffff, j: low >>> 16, k: high & 0xffff });
  const [first, second] = [rs1 >>> 0, rs2 >>> 0];
  switch (funct) {
    case functs.loopMatmulBounds:
      return { ...loop, bounds: three(rs2, rs2High), pads: three(rs1, rs1High) };
    case functs.loopMatmulAddressesAB:
      return { ...loop, a: first, b: second };
    case functs.loopMatmulAddressesDC:
      return { ...loop, d: first, c: second };
    case functs.loopMatmulStridesAB:
      return { ...loop, strideA: first, strideB: second };
    case functs.loopMatmulStridesDC:
      return { ...loop, strideD: first, strideC: second };
    default:
      return {
        ...loop,
        accumulate: (rs1 & 1) !== 0,
        fullC: (rs1 & 2) !== 0,
        lowD: (rs1 & 4) !== 0,
        transposeA: (rs2 & 1) !== 0,
        transposeB: (rs2 & 2) !== 0,
        halfA: newer ? field(rs1, 0, 19, 18) : 0,
        halfB: newer ? field(rs1, 0, 17, 16) : 0,
        sum: newer && (rs2 & 4) !== 0,
      };
  }
}

/** Where a loop has its matrices: first rows of A, the row behind B, first rows of D and of C in the accumulator. */
export interface Places {
  readonly a: number;
  readonly endOfB: number;
  readonly d: number;
  readonly c: number;
}

export interface LoopLoad {
  readonly which: 0 | 1 | 2;
  readonly address: number;
  readonly operand: Operand;
  /** How far the loop is with this load: tiles of the outer and inner index. */
  readonly k: number;
  readonly inner: number;
}
export interface LoopTile {
  readonly preload: Operand;
  readonly c: Operand;
  readonly a: Operand;
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

export function unrollLoop(loop: LoopMatmul, places: Places, { dim, maxBytes }: GemminiDeclaration): UnrolledLoop {
  const { bounds, pads } = loop;
  const last = { i: bounds.i - 1, j: bounds.j - 1, k: bounds.k - 1 };
  const size = (index: 'i' | 'j' | 'k', at: number, blocks = 1): number => blocks * dim - (at + blocks > last[index] ? pads[index] : 0);
  const wide = Math.max(1, Math.floor(maxBytes / dim));
  const wideSums = Math.max(1, Math.floor(maxBytes / (4 * dim)));
  const startOfB = places.endOfB - bounds.k * bounds.j * dim;

  /** Loads a matrix of tiles, rows of `row` by columns of `col`, `most` blocks at a time. */
  const loads = (
    which: 0 | 1 | 2,
    [row, col]: readonly ['i' | 'j' | 'k', 'i' | 'j' | 'k'],
    most: number,
    place: (tile: number) => number,
    from: (row: number, col: number) => number,
    columnsFirst: boolean,
  ): LoopLoad[] => {
    const all: LoopLoad[] = [];
    const step = Math.min(most, bounds[col]);
    const visit = (r: number, c: number): void => {
      const blocks = Math.min(step, bounds[col] - c);
      const operand = { local: place(r * bounds[col] + c), rows: size(row, r), cols: size(col, c, blocks) };
      const [k, inner] = row === 'k' ? [r, c] : col === 'k' ? [c, r] : [0, 0];
      all.push({ which, address: from(r, c), operand, k, inner });
    };
    if (columnsFirst) for (let c = 0; c < bounds[col]; c += step) for (let r = 0; r < bounds[row]; r++) visit(r, c);
    else for (let r = 0; r < bounds[row]; r++) for (let c = 0; c < bounds[col]; c += step) visit(r, c);
    return all;
  };
  const at = (address: number, stride: number, bytes: number) => (row: number, col: number) => address + (row * stride + col) * dim * bytes;
  const sums =
    (start: number, accumulate: boolean, full = false) =>
    (tile: number) =>
      accumulatorAddress(start + tile * dim, accumulate, full);
  const storesOf = (): LoopStore[] => {
    if (loop.c === 0) return [];
    const all: LoopStore[] = [];
    const step = loop.fullC ? 1 : Math.min(wide, bounds.j);
    const to = at(loop.c, loop.strideC, loop.fullC ? 4 : 1);
    for (let j = 0; j < bounds.j; j += step)
      for (let i = 0; i < bounds.i; i++) {
        const blocks = Math.min(step, bounds.j - j);
        const local = sums(places.c, false, loop.fullC)(i * bounds.j + j);
        all.push({ address: to(i, j), operand: { local, rows: size('i', i), cols: size('j', j, blocks) }, i, lastJ: j + blocks - 1 });
      }
    return all;
  };

  if (loop.sum) {
    const matrix = (which: 0 | 1, address: number, stride: number, accumulate: boolean): LoopLoad[] =>
      address === 0 ? [] : loads(which, ['i', 'j'], 1, sums(places.c, accumulate), at(address, stride, 1), false);
    return {
      a: matrix(0, loop.a, loop.strideA, false),
      b: matrix(1, loop.b, loop.strideB, true),
      d: [],
      tiles: [],
      stores: storesOf(),
      last,
    };
  }
  const placeA = (tile: number): number => places.a + tile * dim;
  const placeB = (tile: number): number => startOfB + tile * dim;
  const tiles: LoopTile[] = [];
  for (let k = 0; k < bounds.k; k++)
    for (let j = 0; j < bounds.j; j++)
      for (let i = 0; i < bounds.i; i++) {
        const b = placeB(loop.transposeB ? j * bounds.k + k : k * bounds.j + j);
        tiles.push({
          preload: { local: i === 0 ? b : nowhere, rows: size('k', k), cols: size('j', j) },
          c: {
            local: sums(places.c, loop.accumulate || k > 0)(i * bounds.j + j),
            rows: size('i', i),
            cols: size('j', j),
          },
          a: { local: placeA(loop.transposeA ? k * bounds.i + i : i * bounds.k + k), rows: size('i', i), cols: size('k', k) },
          preloaded: i === 0,
          ...{ i, j, k },
        });
      }
  const { transposeA, transposeB } = loop;
  return {
    a: loop.a === 0 ? [] : loads(0, transposeA ? ['k', 'i'] : ['i', 'k'], wide, placeA, at(loop.a, loop.strideA, 1), !transposeA),
    b: loop.b === 0 ? [] : loads(1, transposeB ? ['j', 'k'] : ['k', 'j'], wide, placeB, at(loop.b, loop.strideB, 1), transposeB),
    d:
      loop.d === 0
        ? []
        : loads(2, ['i', 'j'], loop.lowD ? wide : wideSums, sums(places.d, false), at(loop.d, loop.strideD, loop.lowD ? 1 : 4), true),
    tiles,
    stores: storesOf(),
    last,
  };
}
