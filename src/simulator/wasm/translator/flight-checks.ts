import { markShift } from '../../riscv/in-flight.ts';
import { call, type Expr, i32, i64 } from '../expression.ts';
import type { FunctionBuilder, Label } from '../function.ts';
import { checkLoad, checkStore, commandFunction } from './commands.ts';
import type { Surroundings } from './surroundings.ts';

/** Bytes that marks of so many bits cover wherever they begin. */
const covered = (bits: 32 | 64): number => ((bits / 8 - 1) << markShift) + 1;
/** An access that is longer, or wider by what its instruction reaches, is looked at by its first mark. */
const single = 8;

/** Bytes of the main memory from an offset on, which may be asked for several times. */
export interface Access {
  readonly at: () => Expr<'i32'>;
  readonly bytes: number;
  readonly store: boolean;
}

/**
 * Asks whether accesses meet what accelerators have in flight. The marks say so at once; where there is one, the host is asked, which knows it to the byte. An
 * access that misses a fence is the interpreter's, which reports it.
 */
export class FlightChecks {
  readonly #builder: FunctionBuilder;
  readonly #marks: Surroundings['marks'];
  readonly #library: (mnemonic: string) => number;

  constructor(builder: FunctionBuilder, { marks }: Surroundings, library: (mnemonic: string) => number) {
    this.#builder = builder;
    this.#marks = marks;
    this.#library = library;
  }

  /** Whether a stretch of so many bytes can be checked at once. */
  covers(bytes: number): boolean {
    return this.#marks !== undefined && bytes <= covered(64);
  }

  /** Leaves where what is wrong branches to its label, and where the access meets a flight; what leaves is written once. */
  check(wrong: (label: Label) => void, access: Access, leave: () => void): void {
    const builder = this.#builder;
    builder.block((right) => {
      builder.block((label) => {
        wrong(label);
        this.#goOn(right, access);
      });
      leave();
    });
  }

  #goOn(right: Label, { at, bytes, store }: Access): void {
    const nothing = i32.const(0);
    const operands = [i32.const(store ? checkStore : checkLoad), nothing, at(), i32.const(bytes), nothing, nothing];
    this.#builder.brIf(right, i32.eqz(this.#isMarked(at(), bytes, store)));
    this.#builder.brIf(right, i32.geS(call('i32', this.#library(commandFunction), ...operands), nothing));
  }

  #isMarked(at: Expr<'i32'>, bytes: number, store: boolean): Expr<'i32'> {
    const { at: marks, current } = this.#marks!;
    const pattern = current + (store ? 8 : 0);
    const first = i32.shrU(at, i32.const(markShift));
    const zero = i32.const(0);
    if (bytes <= single) {
      const mark = i32.load8U(first, marks);
      return i32.eq(store ? i32.or(mark, i32.const(1)) : mark, i32.load8U(zero, pattern));
    }
    const count = ((bytes + (1 << markShift) - 2) >> markShift) + 1;
    if (bytes <= covered(32)) {
      const found = i32.load(first, marks);
      const rest = this.#builder.name(i32.xor(store ? i32.or(found, i32.const(0x0101_0101)) : found, i32.load(zero, pattern)));
      const borrowed = i32.and(i32.sub(rest, i32.const(0x0101_0101)), i32.xor(rest, i32.const(-1)));
      return i32.and(borrowed, i32.const(Number(BigInt.asIntN(32, highBits(count)))));
    }
    const found = i64.load(first, marks);
    const rest = this.#builder.name(i64.xor(store ? i64.or(found, i64.const(lowBits)) : found, i64.load(zero, pattern)));
    const borrowed = i64.and(i64.sub(rest, i64.const(lowBits)), i64.xor(rest, i64.const(-1n)));
    return i64.ne(i64.and(borrowed, i64.const(BigInt.asIntN(64, highBits(count)))), i64.const(0));
  }
}

const lowBits = 0x0101_0101_0101_0101n;
/** The highest bit of each of so many bytes: where it is left in (x - 1 in each byte) & ~x, the byte was 0, or one below it. */
const highBits = (count: number): bigint => 0x8080_8080_8080_8080n & ((1n << BigInt(8 * count)) - 1n);
