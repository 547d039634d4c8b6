import type { GemminiDeclaration } from '../../../src/hardware/gemmini.ts';
import { type Load, type Multiplication, PlainArithmetic, type Store } from '../../../src/simulator/devices/gemmini/arithmetic.ts';
import { isAccumulator, isFull } from '../../../src/simulator/devices/gemmini/operands.ts';
import { scales } from '../../../src/simulator/devices/gemmini/rounding.ts';

export type TimedCommand =
  | { readonly kind: 'load'; readonly command: Load; readonly time: number }
  | { readonly kind: 'store'; readonly command: Store; readonly time: number }
  | { readonly kind: 'multiply'; readonly command: Multiplication };

/** Every byte of the main memory that a load reads or a store writes, row by row. */
function bytesOf(timed: TimedCommand): number[] {
  if (timed.kind === 'multiply') return [];
  const { operand, configuration } = timed.command;
  const wide = isAccumulator(operand.local) && (timed.kind === 'load' ? !timed.command.configuration.shrunk : isFull(operand.local));
  const pooling = timed.kind === 'store' ? timed.command.configuration.pooling : undefined;
  const from = timed.kind === 'load' ? timed.command.from : timed.command.to;
  if (from === undefined) return [];
  const all: number[] = [];
  for (let row = 0; row < (pooling ? pooling.pooledRows * pooling.pooledCols : operand.rows); row++) {
    const place = pooling ? Math.floor(row / pooling.pooledCols) * pooling.outDim + (row % pooling.pooledCols) : row;
    for (let byte = 0; byte < operand.cols * (wide && !pooling ? 4 : 1); byte++) all.push(from + place * configuration.stride + byte);
  }
  return all;
}

/**
 * The main memory beside an array, strictly in the order of time: in its cycle, each load takes a copy of its bytes, and each store writes what the commands
 * before it leave in the local memories, which are computed from the start every time, each load with the bytes that it took.
 */
export class InTime {
  readonly memory: Uint8Array;
  readonly #declaration: GemminiDeclaration;
  readonly #commands: TimedCommand[] = [];
  readonly #taken = new Map<TimedCommand, readonly number[]>();
  readonly #written = new Set<TimedCommand>();

  constructor(declaration: GemminiDeclaration, memory: Uint8Array) {
    this.#declaration = declaration;
    this.memory = memory.slice();
  }

  add(command: TimedCommand): void {
    this.#commands.push(command);
  }

  /** Lets everything happen up to a cycle. */
  advance(cycle: number): void {
    for (;;) {
      const due = this.#commands
        .filter((each) => each.kind !== 'multiply' && each.time <= cycle && !this.#taken.has(each) && !this.#written.has(each))
        .sort((one, other) => timeOf(one) - timeOf(other) || Number(one.kind === 'store') - Number(other.kind === 'store'));
      const [next] = due;
      if (next === undefined) return;
      if (next.kind === 'store') this.#write(next);
      else {
        const bytes = bytesOf(next);
        this.#taken.set(
          next,
          bytes.map((at) => this.memory[at]!),
        );
      }
    }
  }

  #write(store: TimedCommand & { readonly kind: 'store' }): void {
    const { dim, scratchpad, accumulator } = this.#declaration;
    const memory = this.memory.slice();
    const local = {
      scratchpad: new Int8Array(scratchpad.banks * scratchpad.rows * dim),
      accumulator: new Int32Array(accumulator.banks * accumulator.rows * dim),
      array: new Int32Array(dim * dim),
    };
    const arithmetic = new PlainArithmetic(this.#declaration, local, memory, scales.rtl);
    for (const each of this.#commands) {
      if (each === store) break;
      if (each.kind === 'multiply') arithmetic.multiply(each.command);
      if (each.kind !== 'load') continue;
      const taken = this.#taken.get(each);
      for (const [i, at] of bytesOf(each).entries()) memory[at] = taken?.[i] ?? this.memory[at]!;
      arithmetic.load(each.command);
    }
    arithmetic.store(store.command);
    for (const at of bytesOf(store)) this.memory[at] = memory[at]!;
    this.#written.add(store);
  }
}

const timeOf = (command: TimedCommand): number => (command.kind === 'multiply' ? Number.NEGATIVE_INFINITY : command.time);
