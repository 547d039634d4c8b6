import { type Expr, get, i32, type Word, type Words } from '../expression.ts';
import type { FunctionBuilder, Label } from '../function.ts';
import { layout } from './layout.ts';
import { leaving, type Protocol } from './protocol.ts';
import { type RegisterSet, registersOf, setOf } from './register-set.ts';
import type { Registers } from './registers.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * The ways out of translated code. A function has many of them, one before each access that may be a device's, and all have the registers written back:
 * those that write back the same ones share the code for it, behind the function's body.
 */
export class Exits {
  readonly #builder: FunctionBuilder;
  readonly #registers: Registers;
  readonly #area: () => Expr<'i32'>;
  readonly #words: Words;
  readonly #counters: readonly number[];
  /** By the registers that are written back: which of these sets it is. */
  readonly #sets = new Map<string, { readonly index: number; readonly registers: RegisterSet }>();
  readonly #pc: number;
  readonly #why: number;
  readonly #set: number;
  /** The end of the body. */
  out: Label | undefined;

  constructor(builder: FunctionBuilder, registers: Registers, { area }: Surroundings, { retired }: Protocol, words: Words) {
    this.#builder = builder;
    this.#registers = registers;
    this.#area = area;
    this.#words = words;
    this.#counters = retired === undefined ? [0] : [0, retired];
    this.#pc = builder.local('word');
    this.#why = builder.local('i32');
    this.#set = builder.local('i32');
  }

  /** Leaves for an address with these registers still to be written back. */
  leave(pc: Word, why: number, written: ReadonlySet<number>, counters: readonly Expr<'i32'>[]): void {
    const registers = setOf(written);
    const key = `${registers[0]},${registers[1]}`;
    const set = this.#sets.get(key) ?? { index: this.#sets.size, registers };
    this.#sets.set(key, set);
    this.#builder.set(this.#pc, pc);
    this.#builder.set(this.#why, i32.const(why));
    this.#builder.set(this.#set, i32.const(set.index));
    for (const [index, count] of counters.entries()) this.#builder.set(this.#counters[index]!, count);
    this.#builder.br(this.out!);
  }

  /** Writes what is behind the body. */
  write(): void {
    const builder = this.#builder;
    builder.block((done) => this.#writeBack([...this.#sets.values()], [], done));
    builder.store(this.#area(), get('word', this.#pc), layout.pc);
    builder.store(this.#area(), get('i32', this.#why), layout.exit);
    builder.return(this.#words.const(leaving), ...this.#counters.map((local) => get('i32', local)));
    builder.unreachable();
  }

  /** Blocks inside one another: the code behind each writes one set back. */
  #writeBack(sets: readonly { readonly registers: RegisterSet }[], labels: readonly Label[], done: Label): void {
    const builder = this.#builder;
    const [first, ...others] = sets;
    if (first === undefined) {
      const [otherwise] = labels;
      if (otherwise !== undefined) builder.brTable(get('i32', this.#set), labels, otherwise);
      return;
    }
    builder.block((label) => this.#writeBack(others, [...labels, label], done));
    this.#registers.spill(registersOf(first.registers));
    builder.br(done);
  }
}
