/** Cycles that a calendar looks ahead: a power of two. What is further apart than that shares an entry, and the later one has it. */
const horizon = 1 << 15;

/** A resource that serves one request a cycle. Requests come in any order of their cycles, and each takes the first free one. */
export class Reservations {
  readonly #taken = new Float64Array(horizon).fill(-1);

  /** The cycle in which a request is served that is made in `cycle`. */
  reserve(cycle: number): number {
    let at = Math.ceil(cycle);
    while (this.#taken[at & (horizon - 1)] === at) at++;
    this.#taken[at & (horizon - 1)] = at;
    return at;
  }

  /** Takes cycles, whoever else has them. */
  take(cycle: number, count: number): void {
    for (let at = Math.ceil(cycle); at < Math.ceil(cycle) + count; at++) this.#taken[at & (horizon - 1)] = at;
  }

  /** The first of so many cycles in a row. */
  reserveRun(cycle: number, count: number): number {
    let first = Math.ceil(cycle);
    for (let at = first; at < first + count; at++) if (this.#taken[at & (horizon - 1)] === at) first = at + 1;
    for (let at = first; at < first + count; at++) this.#taken[at & (horizon - 1)] = at;
    return first;
  }
}

/** Room for a number of things under way: another one waits until the one before so many of them has ended. */
export class Room {
  readonly #ends: Float64Array;
  #next = 0;

  constructor(count: number) {
    this.#ends = new Float64Array(count);
  }

  /** The cycle from which on there is room. */
  get free(): number {
    return this.#ends[this.#next]!;
  }

  enter(end: number): void {
    this.#ends[this.#next] = end;
    this.#next = (this.#next + 1) % this.#ends.length;
  }
}
