import { BadInput } from '../../../errors.ts';
import { type GemminiDeclaration, gemmini } from '../../../hardware/gemmini.ts';
import type { Accelerator, AcceleratorContext, Command, MakeAccelerator, Reply } from '../../riscv/accelerator.ts';
import type { Arithmetic } from './arithmetic.ts';
import {
  type Configuration,
  configure,
  initialConfiguration,
  kindOf,
  type LoadConfiguration,
  type StoreConfiguration,
} from './configuration.ts';
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
import { longAgo, Room } from './reservations.ts';
import type { Rounding } from './rounding.ts';
import { PlainTimeline, type Queue, type Timeline } from './timeline.ts';
import { type MemoryRows, Traffic } from './traffic.ts';

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
const none: Operand = noOperand();

const isWide = ({ local }: Operand, { shrunk }: LoadConfiguration): boolean => isAccumulator(local) && !shrunk;
const rowBytes = (operand: Operand, configuration: LoadConfiguration): number => operand.cols * (isWide(operand, configuration) ? 4 : 1);
/** Bytes of a row that hardware can load. */
const mostBytes = ({ dim, maxBytes }: GemminiDeclaration, operand: Operand, configuration: LoadConfiguration): number =>
  Math.max(maxBytes, dim * (isWide(operand, configuration) ? 4 : 1));

const rowsLoaded = (address: number, operand: Operand, configuration: LoadConfiguration): MemoryRows => ({
  address,
  bytes: rowBytes(operand, configuration),
  rows: operand.rows,
  stride: configuration.stride,
});

/** Where a store pools, from the first of its windows to the last. */
const rowsStored = (address: number, { local, rows, cols }: Operand, { stride, pooling }: StoreConfiguration): MemoryRows => ({
  address,
  bytes: cols * (isAccumulator(local) && isFull(local) && !pooling ? 4 : 1),
  rows: pooling ? (pooling.pooledRows - 1) * pooling.outDim + pooling.pooledCols : rows,
  stride,
});

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
  readonly #traffic: Traffic;

  constructor(context: AcceleratorContext, options: GemminiOptions = {}) {
    const { declaration = gemmini, rounding = 'rtl', arithmetic = makeFast, timeline } = options;
    this.#declaration = declaration;
    this.#context = context;
    const computes = arithmetic(declaration, context, rounding);
    const fast = timeline && native(timeline, declaration, context, computes);
    this.#timeline = fast?.timeline ?? new PlainTimeline(declaration, () => context.caches());
    this.#fastLoops = fast?.loops;
    this.#effects = new Effects(computes, context.memory.bytes, (loop) => fast?.loops?.perform(loop) ?? false);
    this.#traffic = new Traffic(context, () => this.#effects.orderByTime());
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
      beforeConfiguration: () => this.#refuseLostWeights(),
      product: (start, plan, starts, times) => this.#product(start, plan, starts, times),
    };
    this.#loops = new Loops(declaration, this.#configuration, commands, (...sentence) => this.#refusal(...sentence));
    this.#counters = new Counters(() => ({
      loadCycles: this.#timeline.busy.load,
      storeCycles: this.#timeline.busy.store,
      executeCycles: this.#timeline.busy.execute,
      bytesRead: this.#traffic.bytesRead,
      bytesWritten: this.#traffic.bytesWritten,
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
    this.#traffic.forget();
    this.#losesWeights = false;
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
        if (kind === 'execute') this.#refuseLostWeights();
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
    const { maxBytes } = this.#declaration;
    const configuration = this.#configuration.loads[which];
    const rows = rowsLoaded(address, operand, configuration);
    if (rows.bytes > mostBytes(this.#declaration, operand, configuration))
      throw this.#refusal(`a load of rows of ${rows.bytes} bytes`, `at most ${maxBytes}`, 'split it: the hardware hangs');
    if (operand.rows === 0 || operand.cols === 0) return;
    const from = address === 0 ? undefined : this.#traffic.begin('read', rows);
    const load = this.#effects.load(configuration);
    load.from = from;
    setOperand(load.operand, operand.local, operand.rows, operand.cols);
    this.#timeline.load(cycle, load);
    load.time = from === undefined ? longAgo : this.#timeline.moved;
    if (from !== undefined) this.#traffic.read(rows, load.time);
    this.#effects.add(load);
  }

  #store(cycle: number, address: number, operand: Operand): void {
    const configuration = this.#configuration.store;
    const rows = rowsStored(address, operand, configuration);
    if (rows.rows <= 0 || rows.bytes === 0) return;
    this.#traffic.refuseOvertaking(() => this.#timeline.storesFrom(cycle, operand), rows);
    const to = this.#traffic.begin('write', rows);
    const store = this.#effects.store(configuration);
    store.to = to;
    setOperand(store.operand, operand.local, operand.rows, operand.cols);
    this.#timeline.store(cycle, store);
    store.time = this.#traffic.write(rows, this.#timeline.moved);
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

  /** A whole loop, where nothing that it moves is refused, or meets anything else: it is in flight from now on, as if its commands had been given. */
  #product(start: number, plan: LoopPlan, starts: Starts, times: UnitTimes): boolean {
    const configuration = this.#configuration;
    const { loads, execute, store } = configuration;
    if (this.#fastLoops === undefined || this.#effects.isTimed || store.pooling !== undefined) return false;
    const given = [...plan.d, ...plan.operands];
    if (given.some(({ which, operand }) => rowBytes(operand, loads[which]) > mostBytes(this.#declaration, operand, loads[which])))
      return false;
    const reads = given.map(({ matrix, which, address, operand }) => rowsLoaded(starts[matrix].address + address, operand, loads[which]));
    const writes = plan.stores.map(({ command: { address, operand } }) => rowsStored(starts.c.address + address, operand, store));
    if (!this.#traffic.isApart(start, reads, writes)) return false;
    const loop = this.#fastLoops.give(start, plan, starts, this.#context.memory.base, configuration, times);
    if (loop === undefined) return false;
    for (const [transfer, rows] of reads.entries()) {
      this.#traffic.begin('read', rows);
      this.#traffic.read(rows, loop.moved[transfer]!);
    }
    for (const [transfer, rows] of writes.entries()) {
      this.#traffic.begin('write', rows);
      loop.moved[reads.length + transfer] = this.#traffic.write(rows, loop.moved[reads.length + transfer]!);
    }
    const last = plan.tiles.at(-1)!.command;
    this.#losesWeights = losesWeights(execute, last.preloaded, last.a, none);
    this.#effects.addLoop(loop);
    return true;
  }

  /** Where products are configured, also by a loop of convolutions. */
  #refuseLostWeights(): void {
    if (!this.#losesWeights) return;
    throw this.#refusal(
      'products configured behind one of at most 4 rows with new weights',
      'a fence between them',
      'fence, or leave the configuration out: the hardware computes that product with the weights of the one before',
    );
  }

  #refusal(found: string, expected: string, remedy: string): BadInput {
    return new BadInput({ where: this.#context.name, found, expected, remedy });
  }
}

export const makeGemmini =
  (options: GemminiOptions = {}): MakeAccelerator =>
  (context) =>
    new Gemmini(context, options);
