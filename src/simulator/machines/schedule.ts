import type { Engine } from '../engines.ts';
import type { Assembly } from './assemble.ts';
import { type Hart, isAsleep, runsFrom, tick, timerDeadline, wakeUp } from './hart.ts';

/** Cycles after which it is said what is past: a small part of what calendars hold. */
const memory = 512;

/** How far a call of `run` goes: it ends at the first yield point, with several cores at the first end of a slice, behind one of these. */
export interface Stretch {
  readonly cycles: number;
  readonly instructions: number;
}

/**
 * Runs the cores of a machine on one host thread, one after the other for a slice of cycles of their own time. The order rotates, so that none is always the
 * first to find a bank or a lock free. A core that waits sleeps until an interrupt or a device wakes it, at the cycle in which that happens. Nothing
 * depends on the host: the same program takes the same turns again.
 */
export class Schedule {
  readonly #assembly: Assembly;
  readonly #engineOf: (hart: Hart) => Engine;
  readonly #ended: () => boolean;
  /** The cycle at which the slices of this round end, and whose turn it is. */
  #end = 0;
  #round = 0;
  #turn = 0;
  /** A round was begun, and what an engine threw may have left it. */
  #begun = false;
  /** What was last said to be past. */
  #forgotten = 0;

  /** `ended` is asked after each slice: the other cores run no further then. */
  constructor(assembly: Assembly, engineOf: (hart: Hart) => Engine, ended: () => boolean) {
    this.#assembly = assembly;
    this.#engineOf = engineOf;
    this.#ended = ended;
  }

  /** False if all cores wait and nothing is left to wake them. What an engine throws leaves the turn where it is: the next call goes on with it. */
  run(stretch: Stretch): boolean {
    const { harts } = this.#assembly;
    return harts.length === 1 ? this.#alone(harts[0]!, stretch) : this.#inTurns(stretch);
  }

  #alone(hart: Hart, { cycles, instructions }: Stretch): boolean {
    const { core } = hart;
    tick(hart);
    if (runsFrom(hart) === Number.POSITIVE_INFINITY) return false;
    wakeUp(hart);
    core.deadline = Math.min(core.cycle + Math.min(cycles, instructions), timerDeadline(hart));
    this.#engineOf(hart).run();
    return true;
  }

  #inTurns({ cycles, instructions }: Stretch): boolean {
    const lastCycle = this.#end + cycles;
    const lastInstruction = this.#instructions + instructions;
    do {
      if (!this.#begun && !this.#startRound()) return false;
      this.#begun = true;
      this.#finishRound();
    } while (
      !this.#ended() &&
      this.#end < lastCycle &&
      (lastInstruction === Number.POSITIVE_INFINITY || this.#instructions < lastInstruction)
    );
    return true;
  }

  /** Time goes on where a core can run. Whoever wakes later wakes behind the end of the last round, or behind a core that runs. */
  #startRound(): boolean {
    const { harts, slice, forget } = this.#assembly;
    let next = Number.POSITIVE_INFINITY;
    for (const hart of harts) {
      const from = hart.core.waiting ? runsFrom(hart) : hart.core.cycle;
      if (from < next) next = from;
    }
    if (next === Number.POSITIVE_INFINITY) return false;
    const past = Math.min(next, this.#end);
    if (past >= this.#forgotten + memory) {
      forget(past);
      this.#forgotten = past;
    }
    this.#end = Math.max(this.#end, next - (next % slice)) + slice;
    return true;
  }

  #finishRound(): void {
    const { harts } = this.#assembly;
    for (; this.#turn < harts.length; this.#turn++) {
      this.#slice(harts[(this.#round + this.#turn) % harts.length]!, this.#end);
      if (this.#ended()) return;
    }
    this.#turn = 0;
    this.#begun = false;
    this.#round++;
  }

  /**
   * Lets all other cores run to where one has got by itself. Where that one waits for them, they run for a slice, and it has run nothing. False if no core
   * can run.
   */
  follow(leader: Hart): boolean {
    const { harts, slice } = this.#assembly;
    const others = harts.filter((hart) => hart !== leader);
    const end = isAsleep(leader) ? Math.min(...others.map(runsFrom)) + slice : leader.core.cycle;
    for (const hart of others) if (!this.#ended()) this.#slice(hart, end);
    return end < Number.POSITIVE_INFINITY;
  }

  #slice(hart: Hart, end: number): void {
    const { core } = hart;
    if (core.waiting) {
      if (runsFrom(hart) >= end) return;
      wakeUp(hart);
    } else if (core.cycle >= end) return;
    this.#assembly.agent = hart;
    core.guardReservations();
    const engine = this.#engineOf(hart);
    do {
      tick(hart);
      core.deadline = Math.min(end, timerDeadline(hart));
      engine.run();
    } while (core.cycle < end && !isAsleep(hart) && !this.#ended());
  }

  get #instructions(): number {
    let sum = 0;
    for (const { core } of this.#assembly.harts) sum += core.instret;
    return sum;
  }
}
