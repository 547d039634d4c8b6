/** Cycles between two looks at the host's clock: from 20 us of translated code to a millisecond. */
const [fewest, most] = [1 << 16, 1 << 22];
/** Milliseconds that a stretch should take. */
const [shortest, longest] = [1, 2];
/** Exceptions are so slow that this many of them are a stretch. */
const exceptions = 1 << 12;
/** Cycles where nobody looks at the clock. A stretch ends somewhere in the middle of the program, and a loop that runs for a second may be better compiled by then. */
const unwatched = 1 << 27;

/** How far a machine runs between two looks at the host's clock: about a millisecond, whatever the program does. */
export class Pace {
  #cycles = fewest;
  #begun = 0;
  #exceptions = 0;

  /** Cycles of the next stretch, which begins now; 0 where the host's time has come, in milliseconds of `performance.now()`. */
  cyclesUntil(moment: number): number {
    this.#exceptions = 0;
    if (moment === Number.POSITIVE_INFINITY) return unwatched;
    const now = performance.now();
    const taken = now - this.#begun;
    if (this.#begun > 0 && taken < shortest && this.#cycles < most) this.#cycles *= 2;
    else if (taken > longest && this.#cycles > fewest) this.#cycles /= 2;
    this.#begun = now;
    return now < moment ? this.#cycles : 0;
  }

  /** Counts an exception, and says whether the stretch is to end with it. */
  exception(): boolean {
    return ++this.#exceptions >= exceptions;
  }
}
