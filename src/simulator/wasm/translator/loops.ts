import type { Core } from '../../riscv/core.ts';
import type { LoopLaid } from '../../riscv/row.ts';

/** Bytes between two instructions that lay one hardware loop. */
const neighbours = 32;

/**
 * The hardware loops that code lays, found while it is decoded, before it runs. Translated code goes back from the ends of these; what it was translated
 * without has to be translated again.
 */
export class Loops {
  readonly #core: Core;
  readonly #covers: (pc: number) => boolean;
  /** What the last instruction that laid a loop told of it, by the loop's number. */
  readonly #laid: (LoopLaid & { readonly pc: number })[] = [];
  /** What was known when the code was translated: how many starts, by end. */
  readonly #known = new Map<number, number>();
  /** The instructions of the translation at hand. */
  readonly #decoded = new Set<number>();
  #isStale = false;

  /** Whether the core may have any. */
  readonly exist: boolean;

  /** `covers` says whether the instruction at an address is translated. */
  constructor(core: Core, covers: (pc: number) => boolean) {
    this.#core = core;
    this.#covers = covers;
    this.exist = core.extensions.includes('x');
  }

  /** An instruction is decoded; `laid` if it lays a loop. */
  decode(pc: number, laid: LoopLaid | undefined): void {
    if (this.exist) this.#decoded.add(pc);
    if (laid === undefined) return;
    const before = this.#laid[laid.id];
    const whole = before !== undefined && Math.abs(pc - before.pc) <= neighbours ? { ...before, ...laid, pc } : { ...laid, pc };
    this.#laid[laid.id] = whole;
    if (whole.end === undefined) return;
    const version = this.#core.codeVersion;
    this.#core.layLoop(whole.end, whole.start);
    if (this.#core.codeVersion !== version) this.#isStale ||= this.#decoded.has(whole.end >>> 0) || this.#covers(whole.end >>> 0);
  }

  /** After a translation: whether code that is translated turned out to hold the end of a loop that was not known when it was decoded. */
  finish(): boolean {
    const stale = this.#isStale;
    this.changed();
    this.#isStale = false;
    this.#decoded.clear();
    return stale;
  }

  /** Whether translated code holds the end of a loop that was not known, or not all of its starts: it met them in the interpreter. */
  changed(): boolean {
    const { loopEnds, loopStarts } = this.#core;
    let covered = false;
    for (const end of loopEnds) {
      const starts = loopStarts.get(end)?.size ?? -1;
      if (this.#known.get(end) === starts) continue;
      this.#known.set(end, starts);
      covered ||= this.#covers(end >>> 0);
    }
    return covered;
  }
}
