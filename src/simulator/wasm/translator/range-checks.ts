import { type Expr, get, i32, type Word, type Words, words } from '../expression.ts';
import type { FunctionBuilder } from '../function.ts';
import type { Offset } from './emission.ts';
import type { FlightChecks } from './flight-checks.ts';
import type { Place, Range } from './ranges.ts';
import type { Registers } from './registers.ts';
import type { Surroundings } from './surroundings.ts';

/** Writes the checks of ranges, one block after the other: each range has a local with the distance of its lowest byte from the main memory's start. */
export class RangeChecks {
  readonly #builder: FunctionBuilder;
  readonly #registers: Registers;
  readonly #surroundings: Surroundings;
  readonly #words: Words;
  readonly #flights: FlightChecks;
  readonly #locals: number[] = [];
  #checked = new Map<Range, number>();
  #places: ReadonlyMap<number, Place> = new Map();

  constructor(builder: FunctionBuilder, registers: Registers, surroundings: Surroundings, flights: FlightChecks) {
    this.#flights = flights;
    this.#builder = builder;
    this.#registers = registers;
    this.#surroundings = surroundings;
    this.#words = words(surroundings.xlen);
  }

  /** Begins a block, and checks what is checked at its start. */
  begin(places: ReadonlyMap<number, Place>, leave: () => void): void {
    this.#places = places;
    this.#checked = new Map();
    for (const place of places.values()) if ('range' in place && place.range.first === 0) this.#check(place.range, leave);
  }

  /** The offset of the access in an instruction of the block; undefined where it is at no known place. */
  offset(index: number, bytes: number, store: boolean, leave: () => void): Offset | undefined {
    const place = this.#places.get(index);
    if (place === undefined || (store && this.#surroundings.shared)) return undefined;
    if ('address' in place) return this.#constant(place.address, bytes, store);
    this.#check(place.range, leave);
    const start = get('word', this.#checked.get(place.range)!) as Word;
    const { low, high } = place.range;
    return { at: this.#words.low(start), further: place.offset - low, settled: this.#flights.covers(high - low) };
  }

  #constant(address: number, bytes: number, store: boolean): Offset | undefined {
    const { base, size, covered, xlen } = this.#surroundings;
    const at = (xlen === 64 ? address : address >>> 0) - base;
    if (at < 0 || at > size - bytes) return undefined;
    if (store && covered && at >= covered.from && at < covered.from + covered.bytes) return undefined;
    return { at: i32.const(at), further: 0 };
  }

  #check(range: Range, leave: () => void): void {
    if (this.#checked.has(range)) return;
    const { base, size, covered, xlen } = this.#surroundings;
    this.#locals[this.#checked.size] ??= this.#builder.local('word');
    const local = this.#locals[this.#checked.size]!;
    this.#checked.set(range, local);
    const { low, high, register, distance, stores } = range;
    const word = this.#words;
    const toStart = low - distance - base;
    this.#builder.set(local, word_add(word, this.#registers.word(register), xlen === 64 ? toStart : toStart | 0));
    const start = (): Word => get('word', local);
    const outside = (from: number, to: number): Expr<'i32'> => {
      const room = to - from - (high - low);
      return room < 0 ? i32.const(1) : word.gtU(from === 0 ? start() : word.sub(start(), word.const(from)), word.const(room));
    };
    /** Ways to be in none of the parts of memory that no device covers, the larger one first. */
    const wrong = (then: (condition: Expr<'i32'>) => void): void => {
      if (!stores || covered === undefined) {
        then(outside(0, size));
        return;
      }
      const [deviceStart, deviceEnd] = [covered.from + 7, covered.from + covered.bytes];
      const parts: [number, number][] = [
        [deviceEnd, size],
        [0, deviceStart],
      ];
      const [large, small] = deviceStart > size - deviceEnd ? parts.toReversed() : parts;
      this.#builder.if(outside(...large!), () => then(outside(...small!)));
    };
    if (!this.#flights.covers(high - low)) wrong((condition) => this.#builder.if(condition, leave));
    else {
      const access = { at: () => word.low(start()), bytes: high - low, store: stores };
      this.#flights.check((label) => wrong((condition) => this.#builder.brIf(label, condition)), access, leave);
    }
  }
}

const word_add = (word: Words, x: Word, constant: number): Word => (constant === 0 ? x : word.add(x, word.const(constant)));
