import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { AcceleratorContext, CachePlace, LineCaches } from '../../riscv/accelerator.ts';
import type { Load, Multiplication, Store } from './arithmetic.ts';
import type { ExecuteConfiguration } from './configuration.ts';
import { type Kernels, makeKernels } from './kernels.ts';
import { nowhere, type Operand } from './operands.ts';
import type { Queue, Timeline } from './timeline.ts';

/** The queues by their numbers. */
const numbers: { readonly [queue in Queue]: number } = { load: 0, execute: 1, store: 2 };
/** Flags of a multiplication. */
const [weightsStay, transposesA, transposesB, preloads] = [1, 2, 4, 8];

/** What native/timeline.c exports: the first operand is where its state begins, the cycles follow. */
interface Native {
  /** Where what it needs behind its state ends. */
  place(state: number): number;
  clear(state: number): void;
  load(state: number, cycle: number, from: number, ...rest: LoadOperands): void;
  stores_from(state: number, cycle: number, local: number, rows: number, cols: number): number;
  store(state: number, cycle: number, to: number, ...rest: StoreOperands): void;
  multiply(state: number, preloadCycle: number, cycle: number, flags: number, ...rest: MultiplyOperands): void;
  configure(state: number, cycle: number, queue: number): void;
  flush(state: number, cycle: number): void;
  /** native/loops.h has what these are given. */
  run_loop(state: number, plan: number, run: number, moved: number): void;
  perform_loop(arrays: number, plan: number, run: number): void;
}
type LoadOperands = [local: number, rows: number, cols: number, stride: number, blockStride: number, pixels: number, shrunk: number];
type StoreOperands = [local: number, rows: number, cols: number, stride: number, windows: number, windowSize: number];
type MultiplyOperands = [
  ...[strideA: number, strideC: number],
  ...[weights: number, weightRows: number],
  ...[a: number, rowsA: number, colsA: number],
  ...[bd: number, rowsBD: number],
  ...[c: number, rowsC: number],
];

/** How the array multiplies, as flags of a multiplication that preloads nothing. */
export const executeFlags = ({ weightStationary, transposeA, transposeB }: ExecuteConfiguration): number =>
  (weightStationary ? weightsStay : 0) | (transposeA ? transposesA : 0) | (transposeB ? transposesB : 0);

/** What is declared, in the order of the structure in native/timeline.c. */
function declared({ timing, dim, maxBytes, scratchpad, accumulator }: GemminiDeclaration): readonly number[] {
  const { entries, hit, miss, writeMiss, missLasts, dirty, translation, fullLine, loaded, store, block, execute } = timing;
  return [
    ...[entries.load, entries.execute, entries.store],
    ...[timing.loads.underWay, timing.loads.behind],
    ...[timing.requests, timing.writes, timing.misses],
    ...[hit, miss, writeMiss, missLasts, dirty, translation, fullLine],
    ...[loaded.scratchpad, loaded.accumulator],
    ...[store.scratchpad, store.scaled, store.full],
    ...[block.single, block.several, block.scaled, block.full],
    ...[timing.pooled, execute.start, execute.result, timing.leastRows, timing.leastCycles, timing.transposed, timing.configure],
    ...[dim, timing.busBytes, timing.memoryBytes, maxBytes],
    ...[scratchpad.banks, scratchpad.rows, accumulator.banks, accumulator.rows],
  ];
}

const placed = ({ tags, random, sets, ways }: CachePlace): readonly number[] => [tags, random, sets, ways];

/** From when on a queue has room. */
class Shown {
  readonly #shown: Float64Array;
  readonly #queue: number;

  constructor(shown: Float64Array, queue: number) {
    this.#shown = shown;
    this.#queue = queue;
  }

  get free(): number {
    return this.#shown[this.#queue]!;
  }
}

/** The timeline in WebAssembly, on the linear memory that has the core's caches too. */
export class FastTimeline implements Timeline {
  readonly #native: Native;
  readonly #state: number;
  readonly #cachesOf: () => LineCaches | undefined;
  #caches: LineCaches | undefined;
  /** What it shows: from when on the queues have room, the end, the last data of the last transfer, and busy cycles. */
  readonly #shown: Float64Array;
  readonly #latency: Float64Array;
  readonly #places: Int32Array;
  readonly queues: Timeline['queues'];
  /** Where its memory ends. */
  readonly behind: number;

  /** In memory of its own from `at` to `end`. The kernels are for loops that are performed. */
  constructor(
    module: WebAssembly.Module,
    declaration: GemminiDeclaration,
    { memory }: AcceleratorContext['linear'],
    [at, end]: readonly [at: number, end: number],
    caches: () => LineCaches | undefined,
    kernels: Kernels = makeKernels(declaration, memory),
  ) {
    const values = declared(declaration);
    const state = at + (-at & 7);
    const native = new WebAssembly.Instance(module, { env: { memory }, array: { ...kernels } }).exports as unknown as Native;
    new Float64Array(memory.buffer, state, values.length).set(values);
    const needed = native.place(state);
    if (needed > end) throw new RangeError(`the timeline takes ${needed - at} bytes, and there is room for ${end - at}`);
    native.clear(state);
    this.behind = needed;
    const shown = new Float64Array(memory.buffer, state + 8 * values.length, 8);
    this.#native = native;
    this.#state = state;
    this.#cachesOf = caches;
    this.#shown = shown;
    this.#latency = new Float64Array(memory.buffer, shown.byteOffset + shown.byteLength, 1);
    this.#places = new Int32Array(memory.buffer, this.#latency.byteOffset + 8, 12);
    this.#show(undefined);
    const room = (queue: Queue): Shown => new Shown(shown, numbers[queue]);
    this.queues = { load: room('load'), execute: room('execute'), store: room('store') };
  }

  get busy(): Timeline['busy'] {
    const [load, execute, store] = this.#shown.subarray(5) as unknown as [number, number, number];
    return { load, execute, store };
  }
  get end(): number {
    return this.#shown[3]!;
  }
  get moved(): number {
    return this.#shown[4]!;
  }

  load(cycle: number, { from, operand, configuration }: Load): void {
    this.#meetCaches();
    const { local, rows, cols } = operand;
    const { stride, blockStride, pixels, shrunk } = configuration;
    this.#native.load(this.#state, cycle, from ?? -1, local, rows, cols, stride, blockStride, pixels, shrunk ? 1 : 0);
  }

  storesFrom(cycle: number, { local, rows, cols }: Operand): number {
    return this.#native.stores_from(this.#state, cycle, local, rows, cols);
  }

  store(cycle: number, { to, operand, configuration }: Store): void {
    this.#meetCaches();
    const { local, rows, cols } = operand;
    const { stride, pooling } = configuration;
    const windows = pooling === undefined ? -1 : pooling.pooledRows * pooling.pooledCols;
    this.#native.store(this.#state, cycle, to, local, rows, cols, stride, windows, pooling === undefined ? 0 : pooling.size);
  }

  multiply(preloadCycle: number, cycle: number, { configuration, preload, a, bd, c }: Multiplication): void {
    const { strideA, strideC } = configuration;
    const flags = executeFlags(configuration) | (preload === undefined ? 0 : preloads);
    const weights = preload === undefined ? nowhere : preload.local;
    const weightRows = preload === undefined ? 0 : preload.rows;
    // biome-ignore format: by operand
    this.#native.multiply(
      this.#state, preloadCycle, cycle, flags, strideA, strideC,
      weights, weightRows, a.local, a.rows, a.cols, bd.local, bd.rows, c.local, c.rows,
    );
  }

  configure(cycle: number, queue: Queue): void {
    this.#native.configure(this.#state, cycle, numbers[queue]);
  }

  flush(cycle: number): void {
    this.#native.flush(this.#state, cycle);
  }

  /** Gives out all commands of a loop. */
  runLoop(plan: number, run: number, moved: number): void {
    this.#meetCaches();
    this.#native.run_loop(this.#state, plan, run, moved);
  }

  /** Does what they do, which has nothing to do with time. */
  performLoop(arrays: number, plan: number, run: number): void {
    this.#native.perform_loop(arrays, plan, run);
  }

  #meetCaches(): void {
    const caches = this.#cachesOf();
    if (caches !== this.#caches) this.#show(caches);
  }

  /** Tells it where the core's caches are. */
  #show(caches: LineCaches | undefined): void {
    this.#caches = caches;
    this.#latency[0] = caches?.memoryLatency ?? 0;
    this.#places[0] = caches === undefined ? -1 : Math.log2(caches.lineBytes);
    if (caches === undefined) return;
    const { data, shared, loads, stores, writebacks } = caches.places;
    this.#places.set([...placed(data), ...placed(shared), loads, stores, writebacks], 1);
  }
}
