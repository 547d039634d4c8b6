import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import { isAccumulator, nowhere } from './operands.ts';

/** What commands do with rows of a local memory: load them, write and read them in the array, and store them. */
export const uses = { loaded: 0, written: 1, read: 2, stored: 3 } as const;
export type Use = (typeof uses)[keyof typeof uses];
const useCount = 4;

/**
 * When each row of a local memory was used last, by each use. Commands mostly use whole tiles of rows: such a use is one number, below which no row of the tile
 * is, and the last use of a tile is another one.
 */
class UseTimes {
  readonly count: number;
  /** Rows of a tile, a power of two: by its exponent as well. */
  readonly #tileRows: number;
  readonly #shift: number;
  /** By row and use: the rows' own, apart from those of the whole tile. */
  readonly #rows: Float64Array;
  /** By tile and use: of all of its rows, and the last of any of them. */
  readonly #ofAll: Float64Array;
  readonly #last: Float64Array;

  constructor(count: number, tileRows: number) {
    const tiles = Math.ceil(count / tileRows);
    this.count = count;
    this.#tileRows = tileRows;
    this.#shift = Math.log2(tileRows);
    this.#rows = new Float64Array(useCount * count);
    this.#ofAll = new Float64Array(useCount * tiles);
    this.#last = new Float64Array(useCount * tiles);
  }

  /** Whether rows are those of one whole tile. */
  isTile(from: number, rows: number): boolean {
    return rows === this.#tileRows && (from & (rows - 1)) === 0;
  }

  /** `after` of two uses of the tile that begins with a row. */
  afterTile(first: Use, second: Use, from: number): number {
    const place = useCount * (from >> this.#shift);
    return Math.max(this.#last[place + first]!, this.#last[place + second]!);
  }

  useTile(use: Use, from: number, end: number): void {
    const place = useCount * (from >> this.#shift) + use;
    if (this.#last[place]! < end) this.#last[place] = end;
    if (this.#ofAll[place]! < end) this.#ofAll[place] = end;
  }

  after(use: Use, from: number, to: number): number {
    const shift = this.#shift;
    let end = 0;
    for (let row = from; row < to; ) {
      const tile = row >> shift;
      const behind = Math.min(to, (tile + 1) << shift);
      const place = useCount * tile + use;
      if (behind - row === 1 << shift) end = Math.max(end, this.#last[place]!);
      else if (this.#last[place]! > end) {
        end = Math.max(end, this.#ofAll[place]!);
        for (let at = useCount * row + use; at < useCount * behind; at += useCount) if (this.#rows[at]! > end) end = this.#rows[at]!;
      }
      row = behind;
    }
    return end;
  }

  use(use: Use, from: number, to: number, end: number): void {
    const shift = this.#shift;
    for (let row = from; row < to; ) {
      const tile = row >> shift;
      const behind = Math.min(to, (tile + 1) << shift);
      const place = useCount * tile + use;
      if (this.#last[place]! < end) this.#last[place] = end;
      if (behind - row === 1 << shift) {
        if (this.#ofAll[place]! < end) this.#ofAll[place] = end;
      } else for (let at = useCount * row + use; at < useCount * behind; at += useCount) if (this.#rows[at]! < end) this.#rows[at] = end;
      row = behind;
    }
  }
}

/** When the rows of both local memories were used last. Rows may be several times as many, `blockStride` apart. */
export class Hazards {
  readonly #scratchpad: UseTimes;
  readonly #accumulator: UseTimes;

  constructor({ scratchpad, accumulator, dim }: GemminiDeclaration) {
    this.#scratchpad = new UseTimes(scratchpad.banks * scratchpad.rows, dim);
    this.#accumulator = new UseTimes(accumulator.banks * accumulator.rows, dim);
  }

  /** The cycle in which these uses of rows are over. */
  after(first: Use, second: Use, local: number, rows: number, blocks = 1, blockStride = 0): number {
    if (local === nowhere) return 0;
    const times = isAccumulator(local) ? this.#accumulator : this.#scratchpad;
    const row = local & (times.count - 1);
    if (blocks === 1 && times.isTile(row, rows)) return times.afterTile(first, second, row);
    let end = 0;
    for (let block = 0; block < blocks; block++) {
      const from = (local + block * blockStride) & (times.count - 1);
      const to = Math.min(from + rows, times.count);
      end = Math.max(end, times.after(first, from, to));
      if (second !== first) end = Math.max(end, times.after(second, from, to));
    }
    return end;
  }

  use(use: Use, local: number, rows: number, end: number, blocks = 1, blockStride = 0): void {
    if (local === nowhere) return;
    const times = isAccumulator(local) ? this.#accumulator : this.#scratchpad;
    const row = local & (times.count - 1);
    if (blocks === 1 && times.isTile(row, rows)) {
      times.useTile(use, row, end);
      return;
    }
    for (let block = 0; block < blocks; block++) {
      const from = (local + block * blockStride) & (times.count - 1);
      times.use(use, from, Math.min(from + rows, times.count), end);
    }
  }
}
