import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { LineCaches } from '../../riscv/accelerator.ts';
import { type Load, type Multiplication, rowOf, type Store } from './arithmetic.ts';
import { Hazards, uses } from './hazards.ts';
import { accumulates, isAccumulator, isFull, nowhere, type Operand } from './operands.ts';
import { Reservations, Room } from './reservations.ts';
import { Transfers } from './transfers.ts';

export type Queue = 'load' | 'execute' | 'store';

/**
 * When commands are done. Each kind has a queue that gives them out in order; a command waits until those before it that touch the same rows are over, for its
 * unit, and for banks and the bus, which serve one request a cycle.
 */
export class Timeline {
  readonly #declaration: GemminiDeclaration;
  readonly #transfers: Transfers;
  readonly #hazards: Hazards;
  readonly #banks: readonly Reservations[];
  /** The read ports of the accumulator: sums that are added to come first. */
  readonly #sums: readonly Reservations[];
  readonly #entries: { readonly [queue in Queue]: Room };
  readonly #issued = { load: 0, execute: 0, store: 0 };
  /** When the units of loads and stores take the next command. */
  #loads = 0;
  #stores = 0;
  /** The multiplication before: its first and last row. */
  #started = -1;
  #fed = 0;
  /** The cycles in which its rows went in. */
  readonly #rowCycles: Float64Array;
  #preloaded = 0;
  /** When everything so far is done, and the results of the array. */
  end = 0;
  #results = 0;
  /** Cycles in which each unit was busy. */
  readonly busy = { load: 0, execute: 0, store: 0 };

  constructor(declaration: GemminiDeclaration, caches: () => LineCaches | undefined) {
    const { entries } = declaration.timing;
    this.#declaration = declaration;
    this.#rowCycles = new Float64Array(declaration.dim);
    this.#transfers = new Transfers(declaration, caches);
    this.#hazards = new Hazards(declaration);
    this.#banks = Array.from({ length: declaration.scratchpad.banks }, () => new Reservations());
    this.#sums = Array.from({ length: declaration.accumulator.banks }, () => new Reservations());
    this.#entries = { load: new Room(entries.load), execute: new Room(entries.execute), store: new Room(entries.store) };
  }

  /** The cycle from which on a queue has room. */
  room(queue: Queue): number {
    return this.#entries[queue].free;
  }

  /** A load that has entered its queue in a cycle. */
  load(cycle: number, { from, operand, configuration }: Load): void {
    const { dim, timing } = this.#declaration;
    const { rows, cols, local } = operand;
    const { blockStride, stride, shrunk } = configuration;
    const blocks = Math.max(1, Math.ceil(cols / dim));
    const target = { local, rows, blocks, blockStride };
    const sums = isAccumulator(local);
    const issue = this.#issue(
      'load',
      Math.max(cycle, this.#hazards.after(uses.written, uses.read, target), this.#hazards.after(uses.stored, uses.stored, target)),
    );
    const start = Math.max(issue, this.#loads);
    const last = timing.loaded[sums ? 'accumulator' : 'scratchpad'];
    const rowBytes = cols * (sums && !shrunk ? 4 : 1);
    const stored = (at: number, row: number, block: number): number =>
      sums ? at : this.#bank(local + row + Math.floor((block * timing.busBytes) / dim) * blockStride).reserve(at);
    let end: number;
    if (from === undefined) {
      end = start + rows * blocks;
      this.#loads = end + 1;
    } else if (stride === 0 && rows > 1) {
      const span = this.#transfers.read(start, { offset: from, rows: 1, rowBytes, stride }, stored);
      for (let row = 1; row < rows; row++) for (let block = 0; block < blocks; block++) stored(span.end + row, row, block);
      end = span.end + rows * blocks - 1 + last;
      this.#loads = start + rows * blocks + 2;
    } else {
      const span = this.#transfers.read(start, { offset: from, rows, rowBytes, stride }, stored);
      end = span.end + last;
      this.#loads = Math.max(span.requested, start + rows) + 1.5;
    }
    this.#hazards.use(uses.loaded, target, end);
    this.busy.load += this.#loads - start;
    this.#leave('load', end);
  }

  store(cycle: number, { to, operand, configuration }: Store): void {
    const { dim, timing, accumulator } = this.#declaration;
    const { rows, cols, local } = operand;
    const { pooling, stride } = configuration;
    const blocks = Math.max(1, Math.ceil(cols / dim));
    const bankRows = accumulator.rows;
    const source = pooling
      ? { local, rows: bankRows - (rowOf(this.#declaration, local) % bankRows) }
      : { local, rows, blocks, blockStride: dim };
    const issue = this.#issue('store', Math.max(cycle, this.#hazards.after(uses.written, uses.loaded, source)));
    const kind = !isAccumulator(local) ? 'scratchpad' : isFull(local) && !pooling ? 'full' : 'scaled';
    const start = Math.max(issue, this.#stores);
    let end: number;
    if (pooling) {
      const windows = pooling.pooledRows * pooling.pooledCols;
      const cyclesOfRow = pooling.size * pooling.size * timing.block.scaled * timing.pooled;
      const span = this.#transfers.write(start, { offset: to, rows: windows, rowBytes: cols, stride }, cyclesOfRow);
      this.#stores = span.requested;
      end = span.end + timing.store[kind];
    } else {
      const scale = dim / 16;
      const { single, several, scaled, full } = timing.block;
      const perBlock = { scratchpad: blocks === 1 ? single : several, scaled: blocks === 1 ? scaled : several, full }[kind];
      const rowBytes = cols * (kind === 'full' ? 4 : 1);
      const cyclesOfRow = Math.max(1, perBlock * blocks * scale);
      const readable = (at: number): number => {
        if (!isAccumulator(local)) return at;
        let last = at;
        for (let block = 0; block < blocks; block++) last = this.#sumsOf(local + block * dim).reserve(last);
        return last - blocks + 1 === Math.ceil(at) ? at : last - blocks + 1;
      };
      const span = this.#transfers.write(start, { offset: to, rows, rowBytes, stride }, cyclesOfRow, readable);
      this.#stores = span.requested;
      end = span.end + timing.store[kind];
    }
    this.#hazards.use(uses.stored, source, end);
    this.busy.store += this.#stores - start;
    this.#leave('store', end);
  }

  /** A preload and its multiplication, which have entered their queue in two cycles. */
  multiply(preloadCycle: number, cycle: number, { configuration, preload, a, bd, c }: Multiplication): void {
    const { dim, timing } = this.#declaration;
    const { weightStationary, transposeA, transposeB, strideA, strideC } = configuration;
    const results = { local: c.local, rows: Math.max(1, (c.rows - 1) * strideC + 1) };
    const left = { local: a.local, rows: Math.max(1, ((transposeA ? a.cols : a.rows) - 1) * strideA + 1) };
    const weights = preload ?? { local: nowhere, rows: 0, cols: 0 };
    const ready = Math.max(this.#hazards.after(uses.loaded, uses.stored, results), this.#hazards.after(uses.loaded, uses.written, weights));
    const first = this.#issue('execute', Math.max(preloadCycle, ready));
    const operands = Math.max(this.#hazards.after(uses.loaded, uses.written, left), this.#hazards.after(uses.loaded, uses.written, bd));
    const issue = this.#issue('execute', Math.max(cycle, operands));

    /** Its operand goes in beside the rows of the multiplication before, if both commands are there when that one starts; else behind it. */
    const transposed = weightStationary && transposeB && weights.local !== nowhere;
    const beside = issue <= this.#started && !transposed && first <= this.#started;
    const preloadStart = beside ? this.#started : Math.max(issue + timing.execute.start, this.#fed, this.#preloaded);
    const takes = preload === undefined || (weightStationary && weights.local === nowhere && !this.#changes(preload)) ? 0 : dim;
    const preloadEnd =
      takes === 0
        ? preloadStart
        : beside
          ? this.#feedBeside(weights)
          : this.#feed(preloadStart, [weights], dim) + (transposed ? timing.transposed : 0);

    const rows = transposeA ? dim : Math.max(1, a.rows);
    const start = Math.max(preloadEnd, this.#fed, this.#started + timing.leastCycles, issue);
    const fed = this.#feed(start, [a, bd], rows);
    const out = !weightStationary && c.local !== nowhere ? dim : 0;
    const end = Math.max(fed, start + timing.leastRows) + out + timing.execute.result;
    if (isAccumulator(c.local) && accumulates(c.local) && c.local !== nowhere) this.#sumsOf(c.local).take(end - c.rows, c.rows);
    if (!isAccumulator(c.local)) for (let row = 0; row < c.rows; row++) this.#bank(c.local + row * strideC).reserve(end - c.rows + row);
    this.#hazards.use(uses.read, left, fed);
    this.#hazards.use(uses.read, bd, fed);
    this.#hazards.use(uses.read, weights, preloadEnd);
    this.#hazards.use(uses.written, results, end);
    this.busy.execute += fed - Math.max(this.#fed, start);
    [this.#started, this.#fed, this.#preloaded] = [start, fed, preloadEnd];
    this.#results = Math.max(this.#results, end);
    this.#leave('execute', end);
    this.#leave('execute', fed);
  }

  /** The configuration of the array waits until it is empty; the others take effect in their queue's turn. */
  configure(cycle: number, queue: Queue): void {
    const issue = this.#issue(queue, queue === 'execute' ? Math.max(cycle, this.#results) + this.#declaration.timing.configure : cycle);
    this.#leave(queue, issue);
  }

  flush(cycle: number): void {
    this.#transfers.forgetPages();
    this.end = Math.max(this.end, cycle + 3);
  }

  #changes(preload: Operand): boolean {
    return preload.rows > 0 && preload.local !== nowhere;
  }

  #issue(queue: Queue, earliest: number): number {
    const at = Math.max(earliest, this.#issued[queue]);
    this.#issued[queue] = at;
    return at;
  }

  #leave(queue: Queue, end: number): void {
    this.#entries[queue].enter(end);
    this.end = Math.max(this.end, end);
  }

  #sumsOf(local: number): Reservations {
    return this.#sums[Math.floor(rowOf(this.#declaration, local) / this.#declaration.accumulator.rows)]!;
  }

  #bank(local: number): Reservations {
    return this.#banks[Math.floor(rowOf(this.#declaration, local & 0x7fff_ffff) / this.#declaration.scratchpad.rows)]!;
  }

  /** Reads rows of operands into the array, one of each a cycle where banks allow it: the cycle behind the last. */
  #feed(start: number, operands: readonly Operand[], rows: number): number {
    let at = Math.ceil(start);
    const banks = operands.filter(({ local }) => local !== nowhere && !isAccumulator(local)).map(({ local }) => this.#bank(local));
    for (let row = 0; row < rows; row++) {
      let last = at;
      for (const bank of banks) last = Math.max(last, bank.reserve(at));
      this.#rowCycles[row] = last;
      at = last + 1;
    }
    this.#rowCycles.fill(Number.POSITIVE_INFINITY, rows);
    return at;
  }

  /** Reads the next weights row by row with the multiplication that goes on: both wait for each other. */
  #feedBeside({ local }: Operand): number {
    const bank = this.#bank(local);
    let [waited, next] = [0, this.#started];
    for (const cycle of this.#rowCycles) {
      const wanted = Math.max(next, Math.min(cycle + waited, Math.max(next, this.#fed)));
      const at = bank.reserve(wanted);
      waited += at - wanted;
      next = at + 1;
    }
    this.#fed += waited;
    return next;
  }
}
