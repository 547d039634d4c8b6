import { type Expr, get, i32, type Word, type Words } from '../expression.ts';
import type { FunctionBuilder, Label } from '../function.ts';
import { layout } from './layout.ts';
import { leaving, type Protocol } from './protocol.ts';
import { equal, intersection, none, type RegisterSet, registersOf, setOf, without } from './register-set.ts';
import type { Registers } from './registers.ts';
import type { Surroundings } from './surroundings.ts';

/** Registers that are written back somewhere in a stretch of code, and which of its sets they are. */
interface WrittenBack {
  readonly index: number;
  readonly registers: RegisterSet;
}
interface Stretch {
  /** Behind it. */
  readonly out: Label;
  readonly sets: Map<string, WrittenBack>;
}

/**
 * The ways out of translated code. A function has many of them, one before each access that may be a device's, and all have the registers written back. Those of
 * a stretch of code share what does it, right behind the stretch: registers lie where they lay there, and need not be moved to where another stretch has them.
 */
export class Exits {
  readonly #builder: FunctionBuilder;
  readonly #registers: Registers;
  readonly #area: () => Expr<'i32'>;
  readonly #words: Words;
  readonly #counters: readonly number[];
  readonly #pc: number;
  readonly #why: number;
  readonly #set: number;
  readonly #stretches: Stretch[] = [];

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

  /** Writes a stretch of code with its ways out behind it. */
  around(stretch: () => void): void {
    const builder = this.#builder;
    builder.block((done) => {
      const sets: Stretch['sets'] = new Map();
      builder.block((out) => {
        this.#stretches.push({ out, sets });
        stretch();
        this.#stretches.pop();
        builder.br(done);
      });
      if (sets.size > 0) this.#write([...sets.values()]);
    });
  }

  /** Leaves for an address with these registers still to be written back. */
  leave(pc: Word, why: number, written: ReadonlySet<number>, counters: readonly Expr<'i32'>[]): void {
    const { out, sets } = this.#stretches.at(-1)!;
    const registers = setOf(written);
    const key = `${registers[0]},${registers[1]}`;
    const set = sets.get(key) ?? { index: sets.size, registers };
    sets.set(key, set);
    this.#builder.set(this.#pc, pc);
    if (why !== 0) this.#builder.set(this.#why, i32.const(why)); // locals are 0 before they are set, and nothing goes on behind an exit
    if (set.index !== 0) this.#builder.set(this.#set, i32.const(set.index));
    for (const [index, count] of counters.entries()) this.#builder.set(this.#counters[index]!, count);
    this.#builder.br(out);
  }

  #write(sets: readonly WrittenBack[]): void {
    const builder = this.#builder;
    const bySize = sets.toSorted((one, other) => registersOf(one.registers).length - registersOf(other.registers).length);
    builder.block((done) => this.#writeBack(bySize, [], done));
    builder.store(this.#area(), get('word', this.#pc), layout.pc);
    builder.store(this.#area(), get('i32', this.#why), layout.exit);
    builder.return(this.#words.const(leaving), ...this.#counters.map((local) => get('i32', local)));
  }

  /** Blocks inside one another: the code behind each writes one set back, or goes on with that of the largest set in it when the rest is written. */
  #writeBack(sets: readonly WrittenBack[], labels: readonly Label[], done: Label): void {
    const builder = this.#builder;
    const place = labels.length;
    const set = sets[place];
    if (set === undefined) {
      const byIndex = [...labels.keys()].toSorted((one, other) => sets[one]!.index - sets[other]!.index).map((at) => labels[at]!);
      builder.brTable(get('i32', this.#set), byIndex, byIndex[0]!);
      return;
    }
    builder.block((label) => this.#writeBack(sets, [...labels, label], done));
    const part = sets.slice(0, place).findLastIndex(({ registers }) => equal(intersection(registers, set.registers), registers));
    this.#registers.spill(registersOf(without(set.registers, sets[part]?.registers ?? none)));
    builder.br(labels[part] ?? done);
  }
}
