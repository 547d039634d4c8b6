import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import { rowOf } from './arithmetic.ts';
import { isAccumulator, nowhere } from './operands.ts';

/** What a command does with rows of a local memory. */
export type Use = 'loaded' | 'written' | 'read' | 'stored';

/** Rows of a local memory, as many as there are `blocks` of them, `blockStride` apart. */
export interface LocalRows {
  readonly local: number;
  readonly rows: number;
  readonly blocks?: number;
  readonly blockStride?: number;
}

/** When each row of the local memories was used last: loaded, written and read by the array, and stored. */
export class Hazards {
  readonly #declaration: GemminiDeclaration;
  readonly #uses: { readonly [use in Use]: { readonly scratchpad: Float64Array; readonly accumulator: Float64Array } };

  constructor(declaration: GemminiDeclaration) {
    const { scratchpad, accumulator } = declaration;
    const make = () => ({
      scratchpad: new Float64Array(scratchpad.banks * scratchpad.rows),
      accumulator: new Float64Array(accumulator.banks * accumulator.rows),
    });
    this.#declaration = declaration;
    this.#uses = { loaded: make(), written: make(), read: make(), stored: make() };
  }

  /** The cycle in which all of these uses of rows are over. */
  after(uses: readonly Use[], { local, rows, blocks = 1, blockStride = 0 }: LocalRows): number {
    let end = 0;
    if (local === nowhere) return end;
    for (const use of uses) {
      const ends = this.#uses[use][isAccumulator(local) ? 'accumulator' : 'scratchpad'];
      for (let block = 0; block < blocks; block++) {
        const first = rowOf(this.#declaration, local + block * blockStride);
        for (let row = first; row < first + rows; row++) if (ends[row]! > end) end = ends[row]!;
      }
    }
    return end;
  }

  use(use: Use, { local, rows, blocks = 1, blockStride = 0 }: LocalRows, end: number): void {
    if (local === nowhere) return;
    const ends = this.#uses[use][isAccumulator(local) ? 'accumulator' : 'scratchpad'];
    for (let block = 0; block < blocks; block++) {
      const first = rowOf(this.#declaration, local + block * blockStride);
      for (let row = first; row < first + rows; row++) if (ends[row]! < end) ends[row] = end;
    }
  }
}
