import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { LineCaches } from '../../riscv/accelerator.ts';
import type { Load, Multiplication, Store } from './arithmetic.ts';
import { Hazards, uses } from './hazards.ts';
import { accumulates, isAccumulator, isFull, nowhere, type Operand } from './operands.ts';
import { Banks, longAgo, longestRun, type Reservations, Room } from './reservations.ts';
import { type Landing, type Source, Transfers } from './transfers.ts';

export type Queue = 'load' | 'execute' | 'store';

/** A queue that gives out its commands in order. A command leaves its entry when it is done. */
class Station {
  readonly #entries: Room;
  #issued = longAgo;

  constructor(entries: number) {
    this.#entries = new Room(entries);
  }

  /** The cycle from which on there is room for another command. */
  get free(): number {
    return this.#entries.free;
  }

  /** The cycle in which a command is given out that could be in `earliest`. */
  issue(earliest: number): number {
    this.#issued = Math.max(earliest, this.#issued);
    return this.#issued;
  }

  leave(end: number): void {
    this.#entries.enter(end);
  }
}

/** When commands are done. What it is given is its caller's again when it returns. */
export interface Timeline {
  /** The cycle from which on each queue has room. */
  readonly queues: { readonly [queue in Queue]: { readonly free: number } };
  /** When everything so far is done. */
  readonly end: number;
  /** When the last data of the last transfer were there. */
  readonly moved: number;
  /** Cycles in which each unit was busy. */
  readonly busy: { readonly [queue in Queue]: number };
  /** A load that has entered its queue in a cycle. */
  load(cycle: number, load: Load): void;
  /** The cycle before which nothing is written of a store that enters its queue in a cycle. */
  storesFrom(cycle: number, operand: Operand): number;
  store(cycle: number, store: Store): void;
  /** A preload and its multiplication, which have entered their queue in two cycles. */
  multiply(preloadCycle: number, cycle: number, multiplication: Multiplication): void;
  /** The configuration of the array waits until it is empty; the others take effect in their queue's turn. */
  configure(cycle: number, queue: Queue): void;
  flush(cycle: number): void;
}

/**
 * The timeline step by step: the definition of what is right. Each kind of command has a queue that gives them out in order; a command waits until those
 * before it that touch the same rows are over, for its unit, and for banks and the bus, which serve one request a cycle.
 */
export class PlainTimeline implements Timeline {
  readonly #declaration: GemminiDeclaration;
  readonly #transfers: Transfers;
  readonly #hazards: Hazards;
  readonly #banks: Banks;
  /** The read ports of the accumulator: sums that are added to come first. */
  readonly #sums: Banks;
  readonly #stations: { readonly [queue in Queue]: Station };
  /** Loads under way. */
  readonly #loading: Room;
  /** When the units of loads and stores take the next command. */
  #loads = longAgo;
  #stores = longAgo;
  /** The multiplication before: its first and last row. */
  #started = longAgo;
  #fed = longAgo;
  /** The cycles in which its rows went in: one after the other from the first one on, if it is as whole as that. */
  readonly #rowCycles: Float64Array;
  #isDense = false;
  #preloaded = longAgo;
  end = longAgo;
  /** When all results of the array are there. */
  #results = longAgo;
  readonly busy = { load: 0, execute: 0, store: 0 };
  readonly #landing: BankLanding;
  readonly #source: SumsSource;

  constructor(declaration: GemminiDeclaration, caches: () => LineCaches | undefined) {
    const { entries, busBytes, loads } = declaration.timing;
    const { dim, scratchpad, accumulator } = declaration;
    this.#declaration = declaration;
    this.#rowCycles = new Float64Array(dim);
    this.#transfers = new Transfers(declaration, caches);
    this.#hazards = new Hazards(declaration);
    this.#banks = new Banks(scratchpad);
    this.#sums = new Banks(accumulator);
    this.#loading = new Room(loads.underWay);
    this.#stations = { load: new Station(entries.load), execute: new Station(entries.execute), store: new Station(entries.store) };
    this.#landing = new BankLanding(this.#banks, scratchpad.rows, busBytes / dim);
    this.#source = new SumsSource(this.#sums, accumulator.rows, dim);
  }

  get queues(): { readonly [queue in Queue]: { readonly free: number } } {
    return this.#stations;
  }

  load(cycle: number, { from, operand, configuration }: Load): void {
    const { dim, timing } = this.#declaration;
    const { rows, cols, local } = operand;
    const { blockStride, stride, shrunk, pixels } = configuration;
    const blocks = Math.max(1, Math.ceil(cols / dim));
    const sums = isAccumulator(local);
    const before = this.#hazards.after(uses.written, uses.read, local, rows, blocks, blockStride);
    const stored = this.#hazards.after(uses.stored, uses.stored, local, rows, blocks, blockStride);
    const issue = this.#stations.load.issue(Math.max(cycle, before, stored));
    const start = Math.max(issue, this.#loads, this.#loading.free + timing.loads.behind);
    const last = sums ? timing.loaded.accumulator : timing.loaded.scratchpad;
    const rowBytes = cols * (sums && !shrunk ? 4 : 1);
    const landing = sums ? nothing : this.#landing.at(local, blockStride, pixels);
    const transfers = this.#transfers;
    let end: number;
    if (from === undefined) {
      end = start + rows * blocks * pixels;
      this.#loads = end + 1;
    } else if (stride === 0 && rows > 1) {
      transfers.read(start, from, 1, rowBytes, stride, landing);
      for (let row = 1; row < rows && !sums; row++)
        for (let block = 0; block < blocks; block++) landing.land(transfers.end + row, row, block);
      end = transfers.end + rows * blocks - 1 + last;
      this.#loads = start + rows * blocks + 2;
    } else {
      transfers.read(start, from, rows, rowBytes, stride, landing);
      end = transfers.end + last;
      this.#loads = Math.max(transfers.requested, start + rows);
    }
    this.#loading.enter(end);
    this.#hazards.use(uses.loaded, local, rows, end, blocks, blockStride);
    this.busy.load += this.#loads - start;
    this.#leave('load', end);
  }

  get moved(): number {
    return this.#transfers.end;
  }

  storesFrom(cycle: number, { local, rows, cols }: Operand): number {
    const { dim } = this.#declaration;
    const blocks = Math.max(1, Math.ceil(cols / dim));
    return Math.max(cycle, this.#stores, this.#hazards.after(uses.written, uses.loaded, local, rows, blocks, dim));
  }

  store(cycle: number, { to, operand, configuration }: Store): void {
    const { dim, timing } = this.#declaration;
    const { rows, cols, local } = operand;
    const { pooling, stride } = configuration;
    const blocks = pooling ? 1 : Math.max(1, Math.ceil(cols / dim));
    const bankRows = this.#declaration.accumulator.rows;
    const sourceRows = pooling ? bankRows - (local & (bankRows - 1)) : rows;
    const issue = this.#stations.store.issue(
      Math.max(cycle, this.#hazards.after(uses.written, uses.loaded, local, sourceRows, blocks, dim)),
    );
    const kind = !isAccumulator(local) ? 'scratchpad' : isFull(local) && !pooling ? 'full' : 'scaled';
    const start = Math.max(issue, this.#stores);
    const transfers = this.#transfers;
    if (pooling) {
      const windows = pooling.pooledRows * pooling.pooledCols;
      const cyclesOfRow = pooling.size * pooling.size * timing.block.scaled * timing.pooled;
      transfers.write(start, to, windows, cols, stride, cyclesOfRow, nothing);
    } else {
      const scale = dim / 16;
      const { single, several, scaled, full } = timing.block;
      const perBlock = kind === 'full' ? full : blocks > 1 ? several : kind === 'scratchpad' ? single : scaled;
      const cyclesOfRow = Math.max(1, perBlock * blocks * scale);
      const source = isAccumulator(local) ? this.#source.at(local, blocks) : nothing;
      transfers.write(start, to, rows, cols * (kind === 'full' ? 4 : 1), stride, cyclesOfRow, source);
    }
    this.#stores = transfers.requested;
    const end = transfers.end + timing.store[kind];
    this.#hazards.use(uses.stored, local, sourceRows, end, blocks, dim);
    this.busy.store += this.#stores - start;
    this.#leave('store', end);
  }

  multiply(preloadCycle: number, cycle: number, { configuration, preload, a, bd, c }: Multiplication): void {
    const { dim, timing } = this.#declaration;
    const { weightStationary, transposeA, transposeB, strideA, strideC } = configuration;
    const hazards = this.#hazards;
    const station = this.#stations.execute;
    const resultRows = Math.max(1, (c.rows - 1) * strideC + 1);
    const leftRows = Math.max(1, ((transposeA ? a.cols : a.rows) - 1) * strideA + 1);
    const weights = preload === undefined ? nowhere : preload.local;
    const weightRows = preload === undefined ? 0 : preload.rows;
    const ready = Math.max(
      hazards.after(uses.loaded, uses.stored, c.local, resultRows),
      hazards.after(uses.loaded, uses.written, weights, weightRows),
    );
    const first = station.issue(Math.max(preloadCycle, ready));
    const operands = Math.max(
      hazards.after(uses.loaded, uses.written, a.local, leftRows),
      hazards.after(uses.loaded, uses.written, bd.local, bd.rows),
    );
    const issue = station.issue(Math.max(cycle, operands));

    /** Its operand goes in beside the rows of the multiplication before, if both commands are there when that one starts; else behind it. */
    const transposed = weightStationary && transposeB && weights !== nowhere;
    const beside = issue <= this.#started && !transposed && first <= this.#started;
    const preloadStart = beside ? this.#started : Math.max(issue + timing.execute.start, this.#fed, this.#preloaded);
    const changes = weightRows > 0 && weights !== nowhere;
    const takes = preload === undefined || (weightStationary && weights === nowhere && !changes) ? 0 : dim;
    let preloadEnd = preloadStart;
    if (takes > 0)
      preloadEnd = beside
        ? this.#feedBeside(weights)
        : this.#feed(preloadStart, weights, nowhere, dim) + (transposed ? timing.transposed : 0);

    const rows = transposeA ? dim : Math.max(1, a.rows);
    const start = Math.max(preloadEnd, this.#fed, this.#started + timing.leastCycles, issue);
    const fed = this.#feed(start, a.local, bd.local, rows);
    const out = !weightStationary && c.local !== nowhere ? dim : 0;
    const end = Math.max(fed, start + timing.leastRows) + out + timing.execute.result;
    if (!isAccumulator(c.local)) this.#write(c.local, end - c.rows, c.rows, strideC);
    else if (accumulates(c.local) && c.local !== nowhere) this.#sums.of(c.local).take(end - c.rows, c.rows);
    hazards.use(uses.read, a.local, leftRows, fed);
    hazards.use(uses.read, bd.local, bd.rows, fed);
    hazards.use(uses.read, weights, weightRows, preloadEnd);
    hazards.use(uses.written, c.local, resultRows, end);
    this.busy.execute += fed - Math.max(this.#fed, start);
    this.#started = start;
    this.#fed = fed;
    this.#preloaded = preloadEnd;
    this.#results = Math.max(this.#results, end);
    this.#leave('execute', end);
    this.#leave('execute', fed);
  }

  configure(cycle: number, queue: Queue): void {
    const earliest = queue === 'execute' ? Math.max(cycle, this.#results) + this.#declaration.timing.configure : cycle;
    this.#leave(queue, this.#stations[queue].issue(earliest));
  }

  flush(cycle: number): void {
    this.#transfers.forgetPages();
    this.end = Math.max(this.end, cycle + 3);
  }

  #leave(queue: Queue, end: number): void {
    this.#stations[queue].leave(end);
    this.end = Math.max(this.end, end);
  }

  /** Rows of results go to the scratchpad, each from its own cycle on. */
  #write(local: number, cycle: number, rows: number, stride: number): void {
    const bank = this.#banks.of(local);
    const isOne = bank === this.#banks.of(local + Math.max(0, rows - 1) * stride);
    if (isOne && rows > 0 && rows <= longestRun && Number.isInteger(cycle) && bank.reserveAll(cycle, rows)) return;
    for (let row = 0; row < rows; row++) this.#banks.of(local + row * stride).reserve(cycle + row);
  }

  /** Reads rows of one or two operands into the array, one of each a cycle where banks allow it: the cycle behind the last. */
  #feed(start: number, first: number, second: number, rows: number): number {
    const { dim } = this.#declaration;
    const one = this.#read(first);
    const other = this.#read(second);
    const single = one === undefined ? other : other === undefined ? one : undefined;
    let at = Math.ceil(start);
    this.#isDense = rows === dim && at === start && single?.reserveAll(at, rows) === true;
    if (this.#isDense) return at + rows;
    for (let row = 0; row < rows; row++) {
      let last = at;
      if (one !== undefined) last = Math.max(last, one.reserve(at));
      if (other !== undefined) last = Math.max(last, other.reserve(at));
      this.#rowCycles[row] = last;
      at = last + 1;
    }
    this.#rowCycles.fill(Number.POSITIVE_INFINITY, rows);
    return at;
  }

  /** The bank that an operand is read from. */
  #read(local: number): Reservations | undefined {
    return local === nowhere || isAccumulator(local) ? undefined : this.#banks.of(local);
  }

  /** Reads the next weights row by row with the multiplication that goes on: both wait for each other. */
  #feedBeside(local: number): number {
    const { dim } = this.#declaration;
    const bank = this.#banks.of(local);
    const started = this.#started;
    if (this.#isDense && bank.reserveAll(started, dim)) return started + dim;
    let waited = 0;
    let next = started;
    for (let row = 0; row < dim; row++) {
      const cycle = this.#isDense ? started + row : this.#rowCycles[row]!;
      const wanted = Math.max(next, Math.min(cycle + waited, Math.max(next, this.#fed)));
      const at = bank.reserve(wanted);
      waited += at - wanted;
      next = at + 1;
    }
    this.#fed += waited;
    return next;
  }
}

/** The banks of the scratchpad, as the blocks of a load reach them. */
class BankLanding implements Landing {
  readonly #banks: Banks;
  readonly #bankRows: number;
  readonly #blocksOfBeat: number;
  #local = 0;
  #blockStride = 0;
  #pixels = 1;

  constructor(banks: Banks, bankRows: number, blocksOfBeat: number) {
    this.#banks = banks;
    this.#bankRows = bankRows;
    this.#blocksOfBeat = blocksOfBeat;
  }

  at(local: number, blockStride: number, pixels: number): Landing {
    this.#local = local;
    this.#blockStride = blockStride;
    this.#pixels = pixels;
    return this;
  }

  get repeats(): boolean {
    return this.#pixels > 1;
  }

  land(cycle: number, row: number, block: number): number {
    const first = this.#rowOf(row, block);
    let at = this.#banks.of(first).reserve(cycle);
    for (let pixel = 1; pixel < this.#pixels; pixel++) at = this.#banks.of(first - pixel).reserve(at + 1);
    return at;
  }

  landAll(cycle: number, row: number, block: number, count: number): number {
    if (this.repeats) {
      let at = cycle - 1;
      for (let beat = 0; beat < count; beat++) at = this.land(Math.max(cycle + beat, at + 1), row, block + beat);
      return at;
    }
    const first = this.#rowOf(row, block);
    const last = this.#rowOf(row, block + count - 1);
    const bank = this.#banks.of(first);
    if (last - first < this.#bankRows && bank === this.#banks.of(last) && bank.reserveAll(cycle, count)) return cycle + count - 1;
    let end = 0;
    for (let beat = 0; beat < count; beat++) end = Math.max(end, this.land(cycle + beat, row, block + beat));
    return end;
  }

  #rowOf(row: number, block: number): number {
    return this.#local + row + Math.floor(block * this.#blocksOfBeat) * this.#blockStride;
  }
}

/** The rows of the accumulator, as a store reads them: one block after the other. */
class SumsSource implements Source {
  readonly #banks: Banks;
  readonly #bankRows: number;
  readonly #dim: number;
  #local = 0;
  #blocks = 0;

  constructor(banks: Banks, bankRows: number, dim: number) {
    this.#banks = banks;
    this.#bankRows = bankRows;
    this.#dim = dim;
  }

  at(local: number, blocks: number): Source {
    this.#local = local;
    this.#blocks = blocks;
    return this;
  }

  readable(cycle: number): number {
    const blocks = this.#blocks;
    const bank = this.#bank(0);
    let first = bank === this.#bank(blocks - 1) && blocks * this.#dim <= this.#bankRows ? bank.reserveStream(cycle, blocks) : undefined;
    if (first === undefined) {
      let last = cycle;
      for (let block = 0; block < blocks; block++) last = this.#bank(block).reserve(last);
      first = last - blocks + 1;
    }
    return first === Math.ceil(cycle) ? cycle : first;
  }

  #bank(block: number): Reservations {
    return this.#banks.of(this.#local + block * this.#dim);
  }
}

/** Neither waits for a bank. */
const nothing: Landing & Source = {
  repeats: false,
  land: (cycle) => cycle,
  landAll: (cycle, _row, _block, count) => cycle + count - 1,
  readable: (cycle) => cycle,
};
