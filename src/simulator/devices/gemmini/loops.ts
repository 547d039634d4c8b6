import type { BadInput } from '../../../errors.ts';
import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { Command } from '../../riscv/accelerator.ts';
import type { Configuration } from './configuration.ts';
import { type ConvolutionFlags, configureConvolution, flagsOf, initialConvolution, type LoopConvolution } from './convolution-commands.ts';
import { configureFor, convolutionStarts, footprint, poolingStore, unrollConvolution } from './loop-convolution.ts';
import { configureLoop, initialLoop, type LoopMatmul, type Places, type Starts, shapeOf, startsOf, unrollLoop } from './loop-matmul.ts';
import { type LoopPlan, type LoopTarget, planUnits, runUnits, type UnitTimes } from './loop-units.ts';
import { functs, noOperand, nowhere, type Operand, setOperand, type Writable } from './operands.ts';
import { longAgo } from './reservations.ts';

/** Plans that are kept. */
const mostPlans = 64;

/** What loops give their commands to: those of a program, with their operands, which are the loops' again when it returns. */
export interface LoopCommands {
  readonly queues: LoopTarget['queues'];
  load(cycle: number, which: 0 | 1 | 2, address: number, operand: Operand): void;
  /** A preload, of nothing where the array keeps its weights, and its multiplication. */
  multiply(preloadCycle: number, cycle: number, weights: Operand, a: Operand, c: Operand): void;
  store(cycle: number, address: number, operand: Operand): void;
  /** Products are going to be configured. */
  beforeConfiguration(): void;
  /** A whole loop of products from a cycle on; false, with nothing done, where its commands have to be given one by one. */
  product(start: number, plan: LoopPlan, starts: Starts, times: UnitTimes): boolean;
}

/** Whether a command configures or runs a loop. */
export const isOfLoop = (funct: number): boolean =>
  (funct >= functs.loopMatmul && funct <= functs.loopMatmulStridesDC) ||
  (funct >= functs.loopConvolution && funct <= functs.loopConvolution6);

/** Which half of the scratchpad the next loop uses, and the row of the accumulator where its half begins, of what is loaded and of sums. */
interface Turns {
  half: number;
  sumsOfD: number;
  sumsOfC: number;
}

/** LOOP_WS and LOOP_CONV_WS: they take a half of each local memory in turns, and two of them overlap. */
export class Loops {
  readonly #declaration: GemminiDeclaration;
  readonly #configuration: Configuration;
  readonly #refusal: (found: string, expected: string, remedy: string) => BadInput;
  readonly #loop: Writable<LoopMatmul> = { ...initialLoop };
  #convolution: LoopConvolution = initialConvolution;
  /** Loops of the same shape have the same commands. */
  readonly #plans = new Map<string, LoopPlan>();
  readonly #commands: LoopCommands;
  readonly #target: LoopTarget;
  /** Where the matrices of the loop at hand are. */
  #starts: Starts = convolutionStarts;
  /** Operands of the command at hand. */
  readonly #first = noOperand();
  readonly #weights = noOperand();
  readonly #sums = noOperand();
  /** Each kind of loops has its own. */
  readonly #turns: { readonly matmul: Turns; readonly convolution: Turns } = {
    matmul: { half: 0, sumsOfD: 0, sumsOfC: 0 },
    convolution: { half: 0, sumsOfD: 0, sumsOfC: 0 },
  };
  readonly #units: UnitTimes = { a: longAgo, b: longAgo, d: longAgo, tiles: longAgo, stores: longAgo };
  /** When the last two loops had given out their commands. */
  #endBefore = longAgo;
  #end = longAgo;

  constructor(
    declaration: GemminiDeclaration,
    configuration: Configuration,
    commands: LoopCommands,
    refusal: (found: string, expected: string, remedy: string) => BadInput,
  ) {
    this.#declaration = declaration;
    this.#configuration = configuration;
    this.#refusal = refusal;
    this.#commands = commands;
    this.#target = {
      queues: commands.queues,
      load: (cycle, { matrix, which, address, operand: { local, rows, cols } }) => {
        const start = this.#starts[matrix];
        setOperand(this.#first, start.row + local, rows, cols);
        commands.load(cycle, which, start.address + address, this.#first);
      },
      tile: (preloadCycle, cycle, { preloaded, a, b, c }) => {
        const starts = this.#starts;
        setOperand(this.#weights, preloaded ? starts.b.row + b.local : nowhere, b.rows, b.cols);
        setOperand(this.#sums, starts.c.row + c.local, c.rows, c.cols);
        setOperand(this.#first, starts.a.row + a.local, a.rows, a.cols);
        commands.multiply(preloadCycle, cycle, this.#weights, this.#first, this.#sums);
      },
      store: (cycle, { address, operand: { local, rows, cols } }) => {
        const start = this.#starts.c;
        setOperand(this.#first, start.row + local, rows, cols);
        commands.store(cycle, start.address + address, this.#first);
      },
    };
  }

  /** The cycle from which on a loop may be configured: while the one before it runs. */
  get free(): number {
    return this.#endBefore;
  }
  /** The cycle in which all loops have given out their commands. */
  get end(): number {
    return Math.max(this.#endBefore, this.#end);
  }

  /** A command that leaves the queue of all commands in a cycle. */
  give(cycle: number, command: Command): void {
    const newer = this.#declaration.generation !== '2023-02';
    const { funct } = command;
    if (funct === functs.loopConvolution) this.#runConvolution(cycle, this.#convolution, flagsOf(command, newer));
    else if (funct > functs.loopConvolution) this.#convolution = configureConvolution(this.#convolution, command, newer);
    else {
      configureLoop(this.#loop, command, newer);
      if (funct === functs.loopMatmul) this.#runMatmul(cycle, this.#loop);
    }
  }

  #runMatmul(cycle: number, loop: LoopMatmul): void {
    const { i, j, k } = loop.bounds;
    const { dim } = this.#declaration;
    const { rows, sums } = this.#halves;
    if ((i * k + k * j) * dim > rows || i * j * dim > sums)
      throw this.#refusal(`a loop of ${i} by ${j} by ${k} tiles`, 'one that fits half of each local memory', 'make its tiles fewer');
    const places = this.#placesOf(this.#turns.matmul, loop.halfA, loop.halfB, loop.c !== 0, loop.c !== 0);
    const [plan, starts] = [this.#planOf(loop), startsOf(loop, places, this.#declaration)];
    if (loop.sum || !this.#commands.product(cycle + 1, plan, starts, this.#units)) this.#run(cycle, plan, starts);
    this.#shift();
  }

  #planOf(loop: LoopMatmul): LoopPlan {
    const shape = shapeOf(loop);
    let plan = this.#plans.get(shape);
    if (plan === undefined) {
      plan = planUnits(unrollLoop(loop, this.#declaration));
      if (this.#plans.size === mostPlans) this.#plans.clear();
      this.#plans.set(shape, plan);
    }
    return plan;
  }

  #runConvolution(cycle: number, loop: LoopConvolution, flags: ConvolutionFlags): void {
    const { dim } = this.#declaration;
    const { rows, sums } = this.#halves;
    const { allInputs, allWeights, allSums } = footprint(loop, flags, dim);
    if (allInputs + allWeights > rows || allSums > sums)
      throw this.#refusal(
        `a convolution of ${allInputs} rows of inputs, ${allWeights} of weights and ${allSums} of sums`,
        'one that fits half of each local memory',
        'make its tile smaller',
      );
    if (flags.inputChannelFirst) this.#commands.beforeConfiguration();
    const places = this.#placesOf(this.#turns.convolution, flags.halfA, flags.halfB, loop.bias !== 0, loop.output !== 0);
    const configuration = this.#configuration;
    configureFor(loop, flags, dim, configuration);
    if (flags.pooled) configuration.store = poolingStore(loop, flags, configuration.store);
    this.#run(cycle, planUnits(unrollConvolution(loop, flags, places, this.#declaration)), convolutionStarts);
    this.#shift();
    if (flags.pooled) configuration.store = { ...configuration.store, pooling: undefined };
  }

  /** Rows of half of each local memory. */
  get #halves(): { readonly rows: number; readonly sums: number } {
    const { scratchpad, accumulator } = this.#declaration;
    return { rows: (scratchpad.banks * scratchpad.rows) / 2, sums: (accumulator.banks * accumulator.rows) / 2 };
  }

  /** Where a loop has its matrices, which may choose its halves of the scratchpad; the next one has the others, also of the sums that this one has. */
  #placesOf(turns: Turns, halfA: number, halfB: number, hasD: boolean, hasC: boolean): Places {
    const { rows, sums } = this.#halves;
    const halfOf = (chosen: number): number => (chosen === 0 ? turns.half : chosen - 1);
    const places = { a: halfOf(halfA) * rows, endOfB: (halfOf(halfB) + 1) * rows, d: turns.sumsOfD, c: turns.sumsOfC };
    turns.half = 1 - turns.half;
    if (hasD) turns.sumsOfD = (turns.sumsOfD + sums) % (2 * sums);
    if (hasC) turns.sumsOfC = (turns.sumsOfC + sums) % (2 * sums);
    return places;
  }

  #run(cycle: number, plan: LoopPlan, starts: Starts): void {
    this.#starts = starts;
    runUnits(plan, cycle + 1, this.#units, this.#target);
  }

  /** The units are through with another loop. */
  #shift(): void {
    const { a, b, d, tiles, stores } = this.#units;
    this.#endBefore = this.#end;
    this.#end = Math.max(a, b, d, tiles, stores);
  }
}
