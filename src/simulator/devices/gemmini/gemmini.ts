import { BadInput } from '../../../errors.ts';
import { type GemminiDeclaration, gemmini } from '../../../hardware/gemmini.ts';
import type { Accelerator, AcceleratorContext, Command, MakeAccelerator, Reply } from '../../riscv/accelerator.ts';
import { MissingFence, markBytes } from '../../riscv/in-flight.ts';
import type { Arithmetic } from './arithmetic.ts';
import { type Configuration, configure, initialConfiguration, kindOf, type LoadConfiguration } from './configuration.ts';
import { Counters } from './counters.ts';
import { Effects } from './effects.ts';
import { losesWeights } from './exchange.ts';
import { arithmeticBytes, FastArithmetic } from './fast-arithmetic.ts';
import { FastLoops } from './fast-loops.ts';
import { FastTimeline } from './fast-timeline.ts';
import type { Starts } from './loop-matmul.ts';
import type { LoopPlan, UnitTimes } from './loop-units.ts';
import { isOfLoop, type LoopCommands, Loops } from './loops.ts';
import { functs, isAccumulator, isFull, noOperand, nowhere, type Operand, readOperand, setOperand } from './operands.ts';
import { Reads } from './reads.ts';
import { longAgo, Room } from './reservations.ts';
import type { Rounding } from './rounding.ts';
import { PlainTimeline, type Queue, type Timeline } from './timeline.ts';

export interface GemminiOptions {
  readonly declaration?: GemminiDeclaration | undefined;
  readonly rounding?: Rounding | undefined;
  /** What native/timeline.c is compiled to: without, the timeline is slower, and says the same. */
  readonly timeline?: WebAssembly.Module | undefined;
  /** In place of the fast one. */
  readonly arithmetic?: (declaration: GemminiDeclaration, context: AcceleratorContext, rounding: Rounding) => Arithmetic;
}
const makeFast: NonNullable<GemminiOptions['arithmetic']> = (declaration, context, rounding) =>
  new FastArithmetic(declaration, context, rounding);

/** The timeline in WebAssembly behind what the arithmetic has in the accelerator's own memory, and loops as a whole where the arithmetic is that too. */
function native(
  module: WebAssembly.Module,
  declaration: GemminiDeclaration,
  { linear, caches }: AcceleratorContext,
  arithmetic: Arithmetic,
) {
  const fast = arithmetic instanceof FastArithmetic ? arithmetic : undefined;
  const end = linear.at + linear.bytes;
  const room = [linear.at + arithmeticBytes(declaration), end] as const;
  const timeline = new FastTimeline(module, declaration, linear, room, caches, fast?.kernels);
  return { timeline, loops: fast && new FastLoops(declaration, timeline, fast, linear.memory, [timeline.behind, end]) };
}

/** Commands behind which it is looked whether the first ones are over. */
const many = 64;
const never = Number.POSITIVE_INFINITY;
const none: Operand = noOperand();

/** Rows of so many bytes, so far apart: those that meet, or lie one behind the other, are one. */
function joinedRows(
  rows: number,
  rowBytes: number,
  stride: number,
): { readonly rows: number; readonly bytes: number; readonly stride: number } {
  if (stride > rowBytes) return { rows, bytes: rowBytes, stride };
  const bytes = stride === 0 ? rowBytes : (rows - 1) * stride + rowBytes;
  return { rows: 1, bytes, stride: bytes };
}

/** A Gemmini beside a core: takes its commands, and does what they say. */
export class Gemmini implements Accelerator {
  readonly #declaration: GemminiDeclaration;
  readonly #context: AcceleratorContext;
  readonly #effects: Effects;
  readonly #counters: Counters;
  readonly #configuration: Configuration = initialConfiguration();
  /** The operands of the last preload, and of the command at hand. */
  readonly #preload = noOperand();
  readonly #c = noOperand();
  readonly #first = noOperand();
  readonly #second = noOperand();
  readonly #timeline: Timeline;
  readonly #waiting: Room;
  /** When the last command left the queue of all commands. */
  #front = longAgo;
  readonly #loops: Loops;
  readonly #fastLoops: FastLoops | undefined;
  #preloadCycle = longAgo;
  /** Behind the last product stands no fence, and a configuration may take its weights from it. */
  #losesWeights = false;
  #bytesRead = 0;
  readonly #reads = new Reads();
  #bytesWritten = 0;
  /** When the last store's bytes are there: those of a later one are not there sooner. */
  #written = longAgo;

  constructor(context: AcceleratorContext, options: GemminiOptions = {}) {
    const { declaration = gemmini, rounding = 'rtl', arithmetic = makeFast, timeline } = options;
    this.#declaration = declaration;
    this.#context = context;
    const computes = arithmetic(declaration, context, rounding);
    const fast = timeline && native(timeline, declaration, context, computes);
    this.#timeline = fast?.timeline ?? new PlainTimeline(declaration, () => context.caches());
    this.#fastLoops = fast?.loops;
    this.#effects = new Effects(computes, context.memory.bytes, (loop) => fast?.loops?.perform(loop) ?? false);
    this.#waiting = new Room(declaration.timing.waiting);
    const commands: LoopCommands = {
      queues: this.#timeline.queues,
      load: (at, which, address, operand) => this.#load(at, which, address, operand),
      multiply: (preloadCycle, at, weights, a, c) => {
        setOperand(this.#preload, weights.local, weights.rows, weights.cols);
        setOperand(this.#c, c.local, c.rows, c.cols);
        this.#compute(preloadCycle, at, weights.local !== nowhere, a, none);
      },
      store: (at, address, operand) => this.#store(at, address, operand),
      product: (start, plan, starts, times) => this.#product(start, plan, starts, times),
    };
    this.#loops = new Loops(declaration, this.#configuration, commands, (...sentence) => this.#refusal(...sentence));
    this.#counters = new Counters(() => ({
      loadCycles: this.#timeline.busy.load,
      storeCycles: this.#timeline.busy.store,
      executeCycles: this.#timeline.busy.execute,
      bytesRead: this.#bytesRead,
      bytesWritten: this.#bytesWritten,
    }));
  }

  command(cycle: number, command: Command, reply: Reply): number {
    const { funct, rs1 } = command;
    const { timing } = this.#declaration;
    if (funct === functs.counter) {
      reply.low = this.#counters.command(rs1);
      reply.high = 0;
      return cycle + timing.reply;
    }
    if (this.#effects.count >= many) this.#effects.forget(cycle);
    const front = this.#front;
    try {
      this.#give(cycle + timing.front, command);
    } catch (error) {
      this.#front = front; // it is given again where translated code gave it
      throw error;
    }
    const taken = this.#waiting.free - timing.front;
    this.#waiting.enter(this.#front);
    return Math.max(cycle, Math.ceil(taken));
  }

  fence(cycle: number): number {
    this.#context.inFlight.end(this.#context.name);
    this.#losesWeights = false;
    this.#reads.forget();
    this.#effects.finish();
    return this.#timeline.end <= cycle && this.#front <= cycle
      ? cycle
      : Math.ceil(Math.max(cycle, this.#timeline.end, this.#front)) + this.#declaration.timing.fence;
  }

  settle(cycle: number): void {
    this.#effects.until(cycle);
  }

  /** Does what a command says, not before a cycle: the one in which it leaves the queue that all commands go through is then the front. */
  #give(cycle: number, command: Command): void {
    const { funct } = command;
    if (isOfLoop(funct)) {
      this.#front = Math.max(cycle, this.#front + 1, this.#loops.free);
      this.#loops.give(this.#front, command);
      return;
    }
    const loops = this.#loops.end;
    const { queues } = this.#timeline;
    switch (funct) {
      case functs.configure: {
        const kind = kindOf(command);
        const queue: Queue = kind === 'normalisation' ? 'store' : kind;
        if (kind === 'execute' && this.#losesWeights)
          throw this.#refusal(
            'products configured behind one of at most 4 rows with new weights',
            'a fence between them',
            'fence, or leave the configuration out: the hardware computes that product with the weights of the one before',
          );
        this.#timeline.configure(this.#enter(cycle, loops, queues[queue]), queue);
        configure(this.#configuration, command);
        return;
      }
      case functs.load:
      case functs.load2:
      case functs.load3: {
        const which = funct === functs.load ? 0 : funct === functs.load2 ? 1 : 2;
        readOperand(this.#second, command.rs2, command.rs2High);
        this.#load(this.#enter(cycle, loops, queues.load), which, this.#address(command), this.#second);
        return;
      }
      case functs.store:
        readOperand(this.#second, command.rs2, command.rs2High);
        this.#store(this.#enter(cycle, loops, queues.store), this.#address(command), this.#second);
        return;
      case functs.preload:
        this.#preloadCycle = this.#enter(cycle, loops, queues.execute);
        readOperand(this.#preload, command.rs1, command.rs1High);
        readOperand(this.#c, command.rs2, command.rs2High);
        return;
      case functs.computePreloaded:
      case functs.computeAccumulated: {
        const at = this.#enter(cycle, loops, queues.execute);
        readOperand(this.#first, command.rs1, command.rs1High);
        readOperand(this.#second, command.rs2, command.rs2High);
        this.#compute(this.#preloadCycle, at, funct === functs.computePreloaded, this.#first, this.#second);
        return;
      }
      case functs.flush:
        this.#front = Math.max(cycle, this.#front + 1, loops);
        this.#timeline.flush(this.#front);
        return;
      default:
        throw this.#refusal(`the command ${funct}`, 'a command of its instruction set', 'check how the command is encoded');
    }
  }

  /** The cycle in which a command enters its queue: behind all commands before it, and all loops. */
  #enter(cycle: number, loops: number, queue: { readonly free: number }): number {
    this.#front = Math.ceil(Math.max(cycle, this.#front + 1, loops, queue.free));
    return this.#front;
  }

  #address({ rs1, rs1High }: Command): number {
    return rs1High * 2 ** 32 + (rs1 >>> 0);
  }

  #load(cycle: number, which: 0 | 1 | 2, address: number, operand: Operand): void {
    const { dim, maxBytes } = this.#declaration;
    const configuration = this.#configuration.loads[which];
    const { stride } = configuration;
    const rowBytes = this.#rowBytes(operand, configuration);
    if (rowBytes > Math.max(maxBytes, (dim * rowBytes) / operand.cols))
      throw this.#refusal(`a load of rows of ${rowBytes} bytes`, `at most ${maxBytes}`, 'split it: the hardware hangs');
    if (operand.rows === 0 || operand.cols === 0) return;
    const from = address === 0 ? undefined : this.#fly('read', address, operand.rows, rowBytes, stride);
    const load = this.#effects.load(configuration);
    load.from = from;
    setOperand(load.operand, operand.local, operand.rows, operand.cols);
    this.#timeline.load(cycle, load);
    load.time = longAgo;
    if (from !== undefined) {
      load.time = this.#timeline.moved;
      this.#bytesRead += operand.rows * rowBytes;
      this.#reads.add(address, rowBytes, operand.rows, stride, load.time);
    }
    this.#effects.add(load);
  }

  /** Bytes of a row that a load takes from the main memory. */
  #rowBytes({ local, cols }: Operand, { shrunk }: LoadConfiguration): number {
    return cols * (isAccumulator(local) && !shrunk ? 4 : 1);
  }

  #store(cycle: number, address: number, operand: Operand): void {
    const configuration = this.#configuration.store;
    const { stride, pooling } = configuration;
    const wide = isAccumulator(operand.local) && isFull(operand.local) && !pooling;
    const rowBytes = operand.cols * (wide ? 4 : 1);
    const rows = pooling ? (pooling.pooledRows - 1) * pooling.outDim + pooling.pooledCols : operand.rows;
    if (rows <= 0 || rowBytes === 0) return;
    this.#refuseOvertaking(cycle, operand, address, rowBytes, rows);
    const to = this.#fly('write', address, rows, rowBytes, stride);
    const store = this.#effects.store(configuration);
    store.to = to;
    setOperand(store.operand, operand.local, operand.rows, operand.cols);
    this.#timeline.store(cycle, store);
    this.#written = Math.max(this.#written, this.#timeline.moved);
    store.time = this.#written;
    this.#bytesWritten += rows * rowBytes;
    this.#effects.add(store);
  }

  #compute(preloadCycle: number, cycle: number, preloaded: boolean, a: Operand, bd: Operand): void {
    const multiplication = this.#effects.multiply(this.#configuration.execute);
    const { weights } = multiplication;
    setOperand(weights, this.#preload.local, this.#preload.rows, this.#preload.cols);
    multiplication.preload = preloaded ? weights : undefined;
    setOperand(multiplication.a, a.local, a.rows, a.cols);
    setOperand(multiplication.bd, bd.local, bd.rows, bd.cols);
    setOperand(multiplication.c, this.#c.local, this.#c.rows, this.#c.cols);
    this.#losesWeights = losesWeights(multiplication.configuration, preloaded, a, bd);
    this.#timeline.multiply(preloadCycle, cycle, multiplication);
    this.#effects.add(multiplication);
  }

  /** A whole loop, where it can be one: what it moves is in flight from now on, as if its commands had been given. */
  #product(start: number, plan: LoopPlan, starts: Starts, times: UnitTimes): boolean {
    const { memory } = this.#context;
    const { loads, store } = this.#configuration;
    if (this.#fastLoops === undefined || this.#effects.isTimed || !this.#isApart(start, plan, starts)) return false;
    const given = this.#fastLoops.give(start, plan, starts, memory.base, this.#configuration, times);
    if (given === undefined) return false;
    const { moved } = given;
    let transfer = 0;
    for (const list of [plan.d, plan.operands])
      for (const { matrix, which, address, operand } of list) {
        const from = starts[matrix].address + address;
        const { stride } = loads[which];
        const rowBytes = this.#rowBytes(operand, loads[which]);
        this.#begin('read', from, operand.rows, rowBytes, stride);
        this.#bytesRead += operand.rows * rowBytes;
        this.#reads.add(from, rowBytes, operand.rows, stride, moved[transfer++]!);
      }
    for (const { command } of plan.stores) {
      const { address, operand } = command;
      const rowBytes = operand.cols * (isFull(operand.local) ? 4 : 1);
      this.#begin('write', starts.c.address + address, operand.rows, rowBytes, store.stride);
      this.#bytesWritten += operand.rows * rowBytes;
      this.#written = Math.max(this.#written, moved[transfer]!);
      moved[transfer++] = this.#written;
    }
    const last = plan.tiles.at(-1)!.command;
    this.#losesWeights = losesWeights(this.#configuration.execute, last.preloaded, last.a, none);
    this.#effects.addLoop(given);
    return true;
  }

  /** Whether nothing that a loop moves from a cycle on is refused, or could meet anything that is in flight, or what else it moves. */
  #isApart(start: number, plan: LoopPlan, starts: Starts): boolean {
    const { memory, inFlight } = this.#context;
    const { loads, store } = this.#configuration;
    const { dim, maxBytes } = this.#declaration;
    if (store.pooling !== undefined) return false;
    const isInside = (from: number, to: number): boolean => from >= memory.base && to <= memory.base + memory.bytes.length;
    const [readFrom, readTo] = [
      { a: never, b: never, d: never },
      { a: 0, b: 0, d: 0 },
    ];
    for (const list of [plan.d, plan.operands])
      for (const { matrix, which, address, operand } of list) {
        const from = starts[matrix].address + address;
        const { stride } = loads[which];
        const rowBytes = this.#rowBytes(operand, loads[which]);
        const to = from + (operand.rows - 1) * stride + rowBytes;
        if (!isInside(from, to) || rowBytes > Math.max(maxBytes, (dim * rowBytes) / operand.cols)) return false;
        if (inFlight.meetingRows(from, rowBytes, operand.rows, stride) !== undefined) return false;
        readFrom[matrix] = Math.min(readFrom[matrix], from);
        readTo[matrix] = Math.max(readTo[matrix], to);
      }
    for (const { command } of plan.stores) {
      const { address, operand } = command;
      const from = starts.c.address + address;
      const rowBytes = operand.cols * (isFull(operand.local) ? 4 : 1);
      const to = from + (operand.rows - 1) * store.stride + rowBytes;
      const mayOvertake = inFlight.mayMeet(from, rowBytes, operand.rows, store.stride);
      if (!isInside(from, to) || (mayOvertake && this.#reads.meeting(start, from, rowBytes, operand.rows, store.stride) !== undefined))
        return false;
      for (const matrix of ['a', 'b', 'd'] as const)
        if (from - markBytes < readTo[matrix] && readFrom[matrix] < to + markBytes) return false;
    }
    return true;
  }

  /** Rows of the main memory are in flight from now on: their offset there. Elsewhere the hardware would wait for an answer for ever. */
  #fly(access: 'read' | 'write', address: number, rows: number, rowBytes: number, stride: number): number {
    const { memory, inFlight } = this.#context;
    const offset = address - memory.base;
    const end = offset + (rows - 1) * stride + rowBytes;
    if (offset < 0 || end > memory.bytes.length)
      throw this.#refusal(
        `${access === 'read' ? 'a load' : 'a store'} of ${end - offset} bytes at 0x${address.toString(16)}`,
        'addresses of the main memory',
        'check the address: the hardware hangs',
      );
    const joined = joinedRows(rows, rowBytes, stride);
    if (access === 'read') this.#refuse(inFlight.meetingRows(address, joined.bytes, joined.rows, joined.stride));
    this.#begin(access, address, rows, rowBytes, stride);
    return offset;
  }

  #begin(access: 'read' | 'write', address: number, rows: number, rowBytes: number, stride: number): void {
    const joined = joinedRows(rows, rowBytes, stride);
    this.#context.inFlight.beginRows(this.#context.name, access === 'write', address, joined.bytes, joined.rows, joined.stride);
  }

  /** A store that is given behind a load, and could write what that one still reads: hardware orders the two no more than a load behind a store. */
  #refuseOvertaking(cycle: number, operand: Operand, address: number, bytes: number, rows: number): void {
    const { inFlight, name: by } = this.#context;
    const { stride } = this.#configuration.store;
    if (!inFlight.mayMeet(address, bytes, rows, stride)) return;
    const load = this.#reads.meeting(this.#timeline.storesFrom(cycle, operand), address, bytes, rows, stride);
    if (load === undefined) return;
    const [from, length, count, apart] = this.#reads.rows(load);
    this.#refuse(new MissingFence('store', address, { by, access: 'read', address: from, bytes: length, rows: count, stride: apart }));
  }

  /** Transfers that meet each other without a fence between them: where the run goes on all the same, they happen in the order of time. */
  #refuse(miss: MissingFence | undefined): void {
    if (miss === undefined) return;
    this.#context.refuse(miss);
    this.#effects.orderByTime();
  }

  #refusal(found: string, expected: string, remedy: string): BadInput {
    return new BadInput({ where: this.#context.name, found, expected, remedy });
  }
}

export const makeGemmini =
  (options: GemminiOptions = {}): MakeAccelerator =>
  (context) =>
    new Gemmini(context, options);
