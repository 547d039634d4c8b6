import { BadInput } from '../../../errors.ts';
import { type GemminiDeclaration, gemmini } from '../../../hardware/gemmini.ts';
import type { Accelerator, AcceleratorContext, Command, MakeAccelerator, Reply } from '../../riscv/accelerator.ts';
import { type Arithmetic, type LocalMemories, PlainArithmetic } from './arithmetic.ts';
import { type Configuration, configure, initialConfiguration } from './configuration.ts';
import { Counters } from './counters.ts';
import { configureLoop, initialLoop, type LoopMatmul, type UnrolledLoop, unrollLoop } from './loop-matmul.ts';
import { firstOperand, functs, isAccumulator, isFull, nowhere, type Operand, secondOperand } from './operands.ts';
import { type Rounding, scales } from './rounding.ts';

export interface GemminiOptions {
  readonly declaration?: GemminiDeclaration;
  readonly rounding?: Rounding | undefined;
}

const none: Operand = { local: nowhere, rows: 0, cols: 0 };

/** A Gemmini beside a core: takes its commands, and does what they say. */
export class Gemmini implements Accelerator {
  readonly #declaration: GemminiDeclaration;
  readonly #context: AcceleratorContext;
  readonly #arithmetic: Arithmetic;
  readonly #counters: Counters;
  readonly #configuration: Configuration = initialConfiguration();
  /** The operands of the last preload. */
  #preload = none;
  #c = none;
  #loop: LoopMatmul = initialLoop;
  /** Which half of each memory the next loop uses. */
  #half = 0;
  #sumsOfD = 0;
  #sumsOfC = 0;
  #bytesRead = 0;
  #bytesWritten = 0;

  constructor(context: AcceleratorContext, { declaration = gemmini, rounding = 'rtl' }: GemminiOptions = {}) {
    const { dim, scratchpad, accumulator } = declaration;
    const local: LocalMemories = {
      scratchpad: new Int8Array(scratchpad.banks * scratchpad.rows * dim),
      accumulator: new Int32Array(accumulator.banks * accumulator.rows * dim),
      array: new Int32Array(dim * dim),
    };
    this.#declaration = declaration;
    this.#context = context;
    this.#arithmetic = new PlainArithmetic(declaration, local, context.memory.bytes, scales[rounding]);
    this.#counters = new Counters(() => ({
      ...{ loadCycles: 0, storeCycles: 0, executeCycles: 0 },
      ...{ bytesRead: this.#bytesRead, bytesWritten: this.#bytesWritten },
    }));
  }

  command(cycle: number, command: Command, reply: Reply): number {
    const { funct, rs1 } = command;
    switch (funct) {
      case functs.configure:
        configure(this.#configuration, command);
        return cycle;
      case functs.load:
        this.#load(0, this.#address(command), secondOperand(command));
        return cycle;
      case functs.load2:
        this.#load(1, this.#address(command), secondOperand(command));
        return cycle;
      case functs.load3:
        this.#load(2, this.#address(command), secondOperand(command));
        return cycle;
      case functs.store:
        this.#store(this.#address(command), secondOperand(command));
        return cycle;
      case functs.preload:
        this.#preload = firstOperand(command);
        this.#c = secondOperand(command);
        return cycle;
      case functs.computePreloaded:
      case functs.computeAccumulated:
        this.#compute(funct === functs.computePreloaded, firstOperand(command), secondOperand(command));
        return cycle;
      case functs.flush:
        return cycle;
      case functs.loopMatmulBounds:
      case functs.loopMatmulAddressesAB:
      case functs.loopMatmulAddressesDC:
      case functs.loopMatmulStridesAB:
      case functs.loopMatmulStridesDC:
        this.#loop = configureLoop(this.#loop, command, this.#newer);
        return cycle;
      case functs.loopMatmul:
        this.#loop = configureLoop(this.#loop, command, this.#newer);
        this.#runLoop(this.#loop);
        return cycle;
      case functs.counter:
        reply.low = this.#counters.command(rs1);
        reply.high = 0;
        return cycle;
      default:
        throw this.#refusal(`the command ${funct}`, 'a command of its instruction set', 'check how the command is encoded');
    }
  }

  fence(cycle: number): number {
    this.#context.inFlight.end(this.#context.name);
    return cycle;
  }

  get #newer(): boolean {
    return this.#declaration.generation !== '2023-02';
  }

  #address({ rs1, rs1High }: Command): number {
    return rs1High * 2 ** 32 + (rs1 >>> 0);
  }

  #load(which: 0 | 1 | 2, address: number, operand: Operand): void {
    const { dim, maxBytes } = this.#declaration;
    const configuration = this.#configuration.loads[which];
    const wide = isAccumulator(operand.local) && !configuration.shrunk;
    const rowBytes = operand.cols * (wide ? 4 : 1);
    if (rowBytes > Math.max(maxBytes, dim * (wide ? 4 : 1)))
      throw this.#refusal(`a load of rows of ${rowBytes} bytes`, `at most ${maxBytes}`, 'split it: the hardware hangs');
    if (address === 0) {
      this.#arithmetic.load({ from: undefined, operand, configuration });
      return;
    }
    if (operand.rows === 0 || operand.cols === 0) return;
    const bytes = (operand.rows - 1) * configuration.stride + rowBytes;
    const from = this.#offset('load', address, bytes);
    this.#fly('read', address, bytes);
    this.#bytesRead += operand.rows * rowBytes;
    this.#arithmetic.load({ from, operand, configuration });
  }

  #store(address: number, operand: Operand): void {
    const { store } = this.#configuration;
    const wide = isAccumulator(operand.local) && isFull(operand.local) && !store.pooling;
    const rowBytes = operand.cols * (wide ? 4 : 1);
    const { pooling } = store;
    const rows = pooling ? (pooling.pooledRows - 1) * pooling.outDim + pooling.pooledCols : operand.rows;
    if (rows <= 0 || rowBytes === 0) return;
    const bytes = (rows - 1) * store.stride + rowBytes;
    const to = this.#offset('store', address, bytes);
    this.#fly('write', address, bytes);
    this.#bytesWritten += rows * rowBytes;
    this.#arithmetic.store({ to, operand, configuration: store });
  }

  #compute(preloaded: boolean, a: Operand, bd: Operand): void {
    const preload = preloaded ? this.#preload : undefined;
    this.#arithmetic.multiply({ configuration: this.#configuration.execute, preload, a, bd, c: this.#c });
  }

  #runLoop(loop: LoopMatmul): void {
    const { dim, scratchpad, accumulator } = this.#declaration;
    const [rows, sums] = [(scratchpad.banks * scratchpad.rows) / 2, (accumulator.banks * accumulator.rows) / 2];
    const { i, j, k } = loop.bounds;
    if ((i * k + k * j) * dim > rows || i * j * dim > sums)
      throw this.#refusal(`a loop of ${i} by ${j} by ${k} tiles`, 'one that fits half of each local memory', 'make its tiles fewer');
    const halfOf = (chosen: number): number => (chosen === 0 ? this.#half : chosen - 1);
    const places = {
      a: halfOf(loop.halfA) * rows,
      endOfB: (halfOf(loop.halfB) + 1) * rows,
      d: this.#sumsOfD,
      c: this.#sumsOfC,
    };
    this.#half = 1 - this.#half;
    if (loop.c !== 0) {
      this.#sumsOfD = (this.#sumsOfD + sums) % (2 * sums);
      this.#sumsOfC = (this.#sumsOfC + sums) % (2 * sums);
    }
    this.#perform(unrollLoop(loop, places, this.#declaration));
  }

  #perform({ a, b, d, tiles, stores }: UnrolledLoop): void {
    for (const { which, address, operand } of [...d, ...a, ...b]) this.#load(which, address, operand);
    for (const tile of tiles) {
      this.#preload = tile.preload;
      this.#c = tile.c;
      this.#compute(tile.preloaded, tile.a, none);
    }
    for (const { address, operand } of stores) this.#store(address, operand);
  }

  /** The offset of bytes in the main memory. Elsewhere the hardware would wait for an answer for ever. */
  #offset(what: string, address: number, bytes: number): number {
    const { base, bytes: memory } = this.#context.memory;
    const offset = address - base;
    if (offset < 0 || offset + bytes > memory.length)
      throw this.#refusal(`a ${what} of ${bytes} bytes at 0x${address.toString(16)}`, 'addresses of the main memory', 'check the address');
    return offset;
  }

  #fly(access: 'read' | 'write', address: number, bytes: number): void {
    this.#context.inFlight.begin({ by: this.#context.name, access, address, bytes });
  }

  #refusal(found: string, expected: string, remedy: string): BadInput {
    return new BadInput({ where: this.#context.name, found, expected, remedy });
  }
}

export const makeGemmini =
  (options: GemminiOptions = {}): MakeAccelerator =>
  (context) =>
    new Gemmini(context, options);
