import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { Configuration } from './configuration.ts';
import type { FastArithmetic } from './fast-arithmetic.ts';
import { executeFlags, type FastTimeline } from './fast-timeline.ts';
import type { Starts } from './loop-matmul.ts';
import type { LoopPlan, UnitTimes } from './loop-units.ts';
import { isFull, type Operand } from './operands.ts';

/** Numbers of a run, and where some of them are: native/loops.h has their order. */
const runNumbers = 30;
const [timesAt, addressesAt, rowsAt] = [1, 6, 10];
const units = ['a', 'b', 'd', 'tiles', 'stores'] as const satisfies readonly (keyof UnitTimes)[];
const matrices = ['a', 'b', 'd', 'c'] as const satisfies readonly (keyof Starts)[];
/** Words of a load of sums, a load of operands, a tile and a store. */
const wordsOf = [5, 5, 11, 5];
/** Transfers of one loop that there is room for. */
const mostTransfers = 2048;

/** What a loop that is given out whole leaves to be done: on its plan, with the numbers of its run, and when the bytes of each transfer have moved. */
export interface GivenLoop {
  readonly plan: LoopPlan;
  readonly run: Float64Array;
  /** Of the loads of sums, of those of operands, and of the stores. */
  readonly moved: Float64Array;
  readonly configuration: Readonly<Configuration>;
}

/** Where a matrix of such a loop begins: its offset in the main memory, and its first row in a local one. */
export const startOf = ({ run }: GivenLoop, matrix: keyof Starts): { readonly address: number; readonly row: number } => {
  const place = matrices.indexOf(matrix);
  return { address: run[addressesAt + place]!, row: run[rowsAt + place]! };
};

interface Encoded {
  readonly at: number;
  /** Bytes of the longest row that is stored in several blocks, one behind the other for all rows: rows must not meet. */
  readonly longest: number;
}

/** Loops of products in WebAssembly as a whole: when their commands are given out and done (native/loops.c), and what they compute (native/products.c). */
export class FastLoops {
  readonly #dim: number;
  readonly #timeline: FastTimeline;
  readonly #arithmetic: FastArithmetic;
  readonly #words: Int32Array;
  readonly #run: Float64Array;
  readonly #moved: Float64Array;
  /** Where what does not change with the plan lies, in bytes. */
  readonly #arrays: number;
  readonly #firstPlan: number;
  readonly #end: number;
  #nextPlan: number;
  /** Plans that are in memory, as long as there is room for all of them. */
  #plans = new WeakMap<LoopPlan, Encoded>();

  /** In memory of its own from `at` to `end`. */
  constructor(
    { dim }: GemminiDeclaration,
    timeline: FastTimeline,
    arithmetic: FastArithmetic,
    { buffer }: WebAssembly.Memory,
    [at, end]: readonly [at: number, end: number],
  ) {
    const start = at + (-at & 7);
    this.#dim = dim;
    this.#timeline = timeline;
    this.#arithmetic = arithmetic;
    this.#words = new Int32Array(buffer);
    this.#run = new Float64Array(buffer, start, runNumbers);
    this.#moved = new Float64Array(buffer, start + this.#run.byteLength, mostTransfers);
    this.#arrays = this.#moved.byteOffset + this.#moved.byteLength;
    this.#words.set(arithmetic.places, this.#arrays / 4);
    this.#firstPlan = this.#nextPlan = this.#arrays + 4 * arithmetic.places.length;
    this.#end = end;
  }

  /** Gives a loop out; `times` are when the units can begin, and are done then. Undefined where it has to be given out command by command. */
  give(start: number, plan: LoopPlan, starts: Starts, base: number, configuration: Configuration, times: UnitTimes): GivenLoop | undefined {
    const { loads, execute, store } = configuration;
    if (store.pooling !== undefined || execute.strideA !== 1 || execute.strideC !== 1) return undefined;
    const encoded = this.#encodedOf(plan);
    if (encoded === undefined) return undefined;
    const run = this.#run;
    let place = 0;
    run[place++] = start;
    for (const unit of units) run[place++] = times[unit];
    for (const matrix of matrices) run[place++] = starts[matrix].address - base;
    for (const matrix of matrices) run[place++] = starts[matrix].row;
    for (const { stride, blockStride, pixels, shrunk } of loads) {
      run[place++] = stride;
      run[place++] = blockStride;
      run[place++] = pixels;
      run[place++] = shrunk ? 1 : 0;
    }
    run[place++] = executeFlags(execute);
    run[place++] = store.stride;
    run[place++] = store.scale;
    run[place] = store.relu ? 0 : -128;
    this.#timeline.runLoop(encoded.at, run.byteOffset, this.#moved.byteOffset);
    for (const [unit, name] of units.entries()) times[name] = run[timesAt + unit]!;
    const transfers = plan.d.length + plan.operands.length + plan.stores.length;
    return {
      plan,
      run: run.slice(),
      moved: this.#moved.slice(0, transfers),
      configuration: { loads: [...loads], execute, store },
    };
  }

  /** Does what a loop does to all memories, in the order of the program. False, with nothing done, where it has to be done command by command. */
  perform({ plan, run, configuration }: GivenLoop): boolean {
    const encoded = this.#arithmetic.takesLoops(configuration, plan.d.length > 0) ? this.#encodedOf(plan) : undefined;
    if (encoded === undefined || configuration.store.stride < encoded.longest) return false;
    this.#run.set(run);
    this.#timeline.performLoop(this.#arrays, encoded.at, this.#run.byteOffset);
    this.#arithmetic.tookLoop();
    return true;
  }

  /** Plans that are too large, or have commands without rows or columns, are not in memory. */
  #encodedOf(plan: LoopPlan): Encoded | undefined {
    const known = this.#plans.get(plan);
    if (known !== undefined) return known;
    const { d, operands, tiles, stores } = plan;
    const isWhole =
      tiles.length > 0 &&
      d.length + operands.length + stores.length <= mostTransfers &&
      [d, operands].every((loads) => loads.every(({ operand }) => isThere(operand))) &&
      tiles.every(({ command: { a, b, c } }) => isThere(a) && isThere(b) && isThere(c)) &&
      stores.every(({ command: { operand } }) => isThere(operand));
    const at = isWhole ? this.#encode(plan) : undefined;
    if (at === undefined) return undefined;
    const lengths = stores.map(({ command: { operand } }) =>
      operand.cols > this.#dim ? operand.cols * (isFull(operand.local) ? 4 : 1) : 0,
    );
    const encoded = { at, longest: Math.max(0, ...lengths) };
    this.#plans.set(plan, encoded);
    return encoded;
  }

  /** Where a plan is now, word by word as native/loops.h has it; undefined where there is no room for it even alone. */
  #encode({ d, operands, tiles, stores }: LoopPlan): number | undefined {
    const counts = [d.length, operands.length, tiles.length, stores.length];
    const sizes = counts.map((count, list) => 4 * count * wordsOf[list]!);
    const size = 8 * counts.length + sizes.reduce((sum, bytes) => sum + bytes, 0);
    if (size > this.#end - this.#firstPlan) return undefined;
    if (size > this.#end - this.#nextPlan) {
      this.#plans = new WeakMap();
      this.#nextPlan = this.#firstPlan;
    }
    const at = this.#nextPlan;
    this.#nextPlan += size;
    const words = this.#words;
    let next = at / 4;
    let start = at + 8 * counts.length;
    for (const bytes of sizes) {
      words[next++] = start;
      start += bytes;
    }
    for (const count of counts) words[next++] = count;
    const put = ({ local, rows, cols }: Operand): void => {
      words[next++] = local;
      words[next++] = rows;
      words[next++] = cols;
    };
    for (const loads of [d, operands])
      for (const { matrix, address, operand } of loads) {
        words[next++] = matrices.indexOf(matrix);
        words[next++] = address;
        put(operand);
      }
    for (const { behind, command } of tiles) {
      words[next++] = behind;
      words[next++] = command.preloaded ? 1 : 0;
      put(command.a);
      put(command.b);
      put(command.c);
    }
    for (const { behind, command } of stores) {
      words[next++] = behind;
      words[next++] = command.address;
      put(command.operand);
    }
    return at;
  }
}

const isThere = ({ rows, cols }: Operand): boolean => rows > 0 && cols > 0;
