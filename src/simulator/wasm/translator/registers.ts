import { type Expr, get, i32, i64, select, type Word, type Words } from '../expression.ts';
import type { FunctionBuilder } from '../function.ts';
import { layout } from './layout.ts';
import { firstFloat } from './register-set.ts';

/** Guest registers in the locals of one function; whoever writes the function says when they are read from the core's area and when written back. */
export class Registers {
  /** Changed since they were last in step with the core's area. */
  readonly written: Set<number>;
  protected readonly builder: FunctionBuilder;
  protected readonly locals = new Map<number, number>();
  readonly #words: Words;
  readonly #area: () => Expr<'i32'>;

  constructor(builder: FunctionBuilder, words: Words, area: () => Expr<'i32'>, written: Iterable<number> = []) {
    this.builder = builder;
    this.#words = words;
    this.#area = area;
    this.written = new Set(written);
  }

  word(register: number): Word {
    return register === 0 ? this.#words.const(0) : get('word', this.read(register));
  }

  /** The local that a result goes to; writes of x0 go nowhere. */
  destination(register: number): number {
    this.written.add(register);
    return this.local(register);
  }

  /** All 64 bits of an f register. */
  float(register: number): Expr<'i64'> {
    return get('i64', this.read(firstFloat + register));
  }

  floatDestination(register: number): number {
    return this.destination(firstFloat + register);
  }

  /** The bits of a single: a value that is not boxed reads as the canonical NaN. */
  single(register: number): Expr<'i32'> {
    const boxed = i64.geU(this.float(register), i64.const(-(2n ** 32n)));
    return select(boxed, i32.wrap(this.float(register)), i32.const(0x7fc0_0000));
  }

  /** Writes everything back that was changed, or these registers. */
  spill(registers: Iterable<number> = this.written): void {
    for (const register of registers) this.#store(register);
  }

  /** Writes registers back for good. */
  settle(registers: Iterable<number>): void {
    for (const register of registers) {
      this.#store(register);
      this.written.delete(register);
    }
  }

  /** Reads registers from the core's area. */
  load(registers: Iterable<number>): void {
    for (const register of registers) this.builder.set(this.local(register), this.loaded(register));
  }

  #store(register: number): void {
    const local = get(register < firstFloat ? 'word' : 'i64', this.local(register));
    this.builder.store(this.#area(), local, this.#address(register));
  }

  /** The local of a register that is read. */
  protected read(register: number): number {
    return this.local(register);
  }

  protected loaded(register: number): Expr<'word' | 'i64'> {
    return (register < firstFloat ? this.#words.load : i64.load)(this.#area(), this.#address(register));
  }

  #address(register: number): number {
    return register < firstFloat ? layout.x + (this.#words.xlen / 8) * register : layout.f + 8 * (register - firstFloat);
  }

  protected local(register: number): number {
    const known = this.locals.get(register);
    if (known !== undefined) return known;
    const local = this.builder.local(register < firstFloat ? 'word' : 'i64');
    this.locals.set(register, local);
    return local;
  }
}

/**
 * Registers that are read from the core's area before the function starts, if anything in it reads them. In a function that is a loop, what any of its
 * instructions writes counts as written from the start.
 */
export class FilledRegisters extends Registers {
  readonly #filled = new Set<number>();

  constructor(builder: FunctionBuilder, words: Words, area: () => Expr<'i32'>, written: ReadonlySet<number>) {
    super(builder, words, area, written);
    for (const register of written) this.read(register);
  }

  override destination(register: number): number {
    this.#filled.add(register);
    return super.destination(register);
  }

  protected override read(register: number): number {
    const local = this.local(register);
    if (!this.#filled.has(register)) this.builder.fill(local, this.loaded(register));
    this.#filled.add(register);
    return local;
  }
}
