import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import { rowOf } from './arithmetic.ts';
import { isAccumulator, nowhere } from './operands.ts';

/** What commands do with rows of a local memory: load them, write and read them in the array, and store them. */
export const uses = { loaded: 0, written: 1, read: 2, stored: 3 } as const;
export type Use = (typeof uses)[keyof typeof uses];

/** Rows of a local memory, as many as there are `blocks` of them, `blockStride` apart. */
export interface LocalRows {
  readonly local: number;
  readonly rows: number;
  readonly blocks?: number;
  readonly blockStride?: number;
}

/** When each row of the local memories was used last, by each use. */
export class Hazards {
  readonly #declaration: GemminiDeclaration;
  readonly #scratchpad: readonly Float64Array[];
  readonly #accumulator: readonly Float64Array[];

  constructor(declaration: GemminiDeclaration) {
    const { scratchpad, accumulator } = declaration;
    this.#declaration = declaration;
    this.#scratchpad = Object.keys(uses).map(() => new Float64Array(scratchpad.banks * scratchpad.rows));
    this.#accumulator = Object.keys(uses).map(() => new Float64Array(accumulator.banks * accumulator.rows));
  }

  /** The cycle in which these uses of rows are over. */
  after(first: Use, second: Use, { local, rows, blocks = 1, blockStride = 0 }: LocalRows): number {
    if (local === nowhere) return 0;
    const memory = isAccumulator(local) ? this.#accumulator : this.#scratchpad;
    const [one, other] = [memory[first]!, memory[second]!];
    let end = 0;
    for (let block = 0; block < blocks; block++) {
      const from = rowOf(this.#declaration, local + block * blockStride);
      const to = Math.min(from + rows, one.length);
      for (let row = from; row < to; row++) {
        if (one[row]! > end) end = one[row]!;
        if (other[row]! > end) end = other[row]!;
      }
    }
    return end;
  }

  use(use: Use, { local, rows, blocks = 1, blockStride = 0 }: LocalRows, end: number): void {
    if (local === nowhere) return;
    const ends = (isAccumulator(local) ? this.#accumulator : this.#scratchpad)[use]!;
    for (let block = 0; block < blocks; block++) {
      const from = rowOf(this.#declaration, local + block * blockStride);
      const to = Math.min(from + rows, ends.length);
      for (let row = from; row < to; row++) if (ends[row]! < end) ends[row] = end;
    }
  }
}
