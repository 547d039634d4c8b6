/** Cycles between two looks at the host's clock: from 20 us of translated code to a millisecond. */
const [fewest, most] = [1 << 16, 1 << 22];
/** Milliseconds that a stretch should take. */
const [shortest, longest] = [1, 2];
/** Exceptions are so slow that this many of them are a stretch. */
const exceptions = 1 << 12;

/** How far a machine runs between two looks at the host's clock: about a millisecond, whatever the program does. */
export class Pace {
  /** Cycles of the next stretch. */
  cycles = fewest;
  #begun = 0;
  #exceptions = 0;

  /** At the host's time `now` in milliseconds, between two stretches. */
  begin(now: number): void {
    const taken = now - this.#begun;
    if (this.#begun > 0 && taken < shortest && this.cycles < most) this.cycles *= 2;
    else if (taken > longest && this.cycles > fewest) this.cycles /= 2;
    this.#begun = now;
    this.#exceptions = 0;
  }

  /** Counts an exception, and says whether the stretch is to end with it. */
  exception(): boolean {
    return ++this.#exceptions >= exceptions;
  }
}
