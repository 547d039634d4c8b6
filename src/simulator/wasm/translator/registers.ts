import { type Expr, get, i32, i64, select, type Word, type Words } from '../expression.ts';
import type { FunctionBuilder } from '../function.ts';
import { layout } from './layout.ts';

/** Registers by number: x registers are 0 to 31, f registers 32 to 63. */
const firstFloat = 32;

/**
 * Guest registers in one region: a local each, filled from memory before the region starts if it is read, and written back wherever the region is left.
 * In a region that loops, what any instruction writes counts as written from the start.
 */
export class Registers {
  readonly written: Set<number>;
  readonly #builder: FunctionBuilder;
  readonly #words: Words;
  readonly #area: () => Expr<'i32'>;
  readonly #locals = new Map<number, number>();

  constructor(builder: FunctionBuilder, words: Words, area: () => Expr<'i32'>, written: ReadonlySet<number> = new Set()) {
    this.#builder = builder;
    this.#words = words;
    this.#area = area;
    this.written = new Set(written);
    for (const register of written) this.#loaded(register);
  }

  word(register: number): Word {
    return register === 0 ? this.#words.const(0) : get('word', this.#loaded(register));
  }

  /** The local that a result goes to; writes of x0 go nowhere. */
  destination(register: number): number {
    this.written.add(register);
    return this.#locals.get(register) ?? this.#local(register);
  }

  /** All 64 bits of an f register. */
  float(register: number): Expr<'i64'> {
    return get('i64', this.#loaded(firstFloat + register));
  }

  floatDestination(register: number): number {
    return this.destination(firstFloat + register);
  }

  /** The bits of a single: a value that is not boxed reads as the canonical NaN. */
  single(register: number): Expr<'i32'> {
    const boxed = i64.geU(this.float(register), i64.const(-(2n ** 32n)));
    return select(boxed, i32.wrap(this.float(register)), i32.const(0x7fc0_0000));
  }

  /** Writes everything back that the region has changed. */
  spill(): void {
    for (const register of this.written) {
      const local = get(this.#type(register), this.#locals.get(register) ?? 0);
      this.#builder.store(this.#area(), local, address(register));
    }
  }

  #loaded(register: number): number {
    const known = this.#locals.get(register);
    if (known !== undefined) return known;
    const local = this.#local(register);
    const load = register < firstFloat ? this.#words.load : i64.load;
    this.#builder.fill(local, load(this.#area(), address(register)));
    return local;
  }

  #local(register: number): number {
    const local = this.#builder.local(this.#type(register));
    this.#locals.set(register, local);
    return local;
  }

  #type(register: number): 'word' | 'i64' {
    return register < firstFloat ? 'word' : 'i64';
  }
}

const address = (register: number): number => (register < firstFloat ? layout.x + 8 * register : layout.f + 8 * (register - firstFloat));
