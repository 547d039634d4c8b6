import type { PipelineDeclaration } from '../../hardware/pipeline.ts';
import type { Operation } from './operation.ts';

/** A product or quotient on its way: from `from` on it waits for a cycle in which nothing else is written. */
interface Late {
  readonly issued: number;
  readonly from: number;
  readonly destination: number | undefined;
}
interface Store {
  readonly issued: number;
  readonly base: number;
  /** How often the base register had been written. */
  readonly version: number;
  readonly from: number;
  readonly to: number;
}

/** x and f registers. */
const registerCount = 64;

const zeros: number[] = new Array(registerCount).fill(0);

/** What an instruction waits for. */
export const causes = ['load', 'multiplier', 'float'] as const;
export type Cause = (typeof causes)[number];

/** An instruction's issue. */
export interface Issue {
  /** Cycles from the issue of the instruction before it until the next one may follow. */
  readonly cycles: number;
  /** It waits for the product or quotient that is on its way, of which so many cycles beyond the least latency have passed. */
  readonly collects: number | undefined;
  /** Cycles that it waits for others, and for whom. */
  readonly waits: { readonly cause: Cause; readonly cycles: number } | undefined;
}

/**
 * The hazards of one core that issues in order: which instruction waits how long for what is before it, as far as the code alone tells. Whatever else stops
 * the core (a cache, a mispredicted branch, the operands of a product) stops all of this too, so that time here is the pipeline's own.
 */
export class Scoreboard {
  readonly #pipeline: PipelineDeclaration;
  /** When the next instruction can be issued at the earliest. */
  #clock = 0;
  /** When the registers can be used, and units again. */
  #ready = zeros.slice();
  #units = new Map<string, number>();
  /** Who computes the registers. */
  #causes: (Cause | undefined)[] = [];
  #late: Late | undefined;
  /** Cycles in which an instruction was issued that writes an x register. */
  #writers: number[] = [];
  /** Cycles in which the float registers' write port is taken. */
  #port: number[] = [];
  #stores: Store[] = [];
  #versions = zeros.slice();

  constructor(pipeline: PipelineDeclaration) {
    this.#pipeline = pipeline;
  }

  get clock(): number {
    return this.#clock;
  }

  copy(): Scoreboard {
    const other = new Scoreboard(this.#pipeline);
    other.#clock = this.#clock;
    other.#ready = this.#ready.slice();
    other.#units = new Map(this.#units);
    other.#causes = this.#causes.slice();
    other.#late = this.#late;
    other.#writers = this.#writers.slice();
    other.#port = this.#port.slice();
    other.#stores = this.#stores.slice();
    other.#versions = this.#versions.slice();
    return other;
  }

  /** Nothing that comes next waits for what was: all results are there, and loads do not meet a store. */
  get isIdle(): boolean {
    const { within } = this.#pipeline.storeToLoad;
    const clock = this.#clock;
    return (
      this.drain === 0 &&
      this.#late === undefined &&
      !this.#port.some((cycle) => cycle >= clock) &&
      !this.#stores.some(({ issued }) => clock - issued <= within)
    );
  }

  issue(operation: Operation): Issue {
    const { registers, destination, latency, occupies, port, unit, access, multiplier, writesX } = operation;
    const before = this.#clock;
    let at = Math.max(before, (unit && this.#units.get(unit)) || 0);
    for (const register of registers) at = Math.max(at, this.#ready[register]!);
    if (access && !access.store) at = Math.max(at, this.#afterStores(operation, at));
    const late = this.#late;
    const waits =
      late !== undefined && (multiplier !== undefined || (late.destination !== undefined && registers.includes(late.destination)));
    if (waits) at = Math.max(at, this.#written(late, at));
    const waited = at - before;
    const cause = waited === 0 || waits ? 'multiplier' : this.#causeOf(operation);
    if (port !== undefined) {
      while (this.#port.includes(at + port)) at += this.#pipeline.floatReplay;
      this.#port.push(at + port);
    }
    if (waits) this.#late = undefined;
    if (writesX) this.#writers.push(at);
    if (multiplier !== undefined) this.#late = { issued: at, from: at + latency, destination };
    else if (destination !== undefined) this.#ready[destination] = at + latency;
    if (destination !== undefined) this.#causes[destination] = isFloat(operation) ? 'float' : 'load';
    if (unit !== undefined) this.#units.set(unit, at + latency);
    this.#remember(operation, at);
    this.#clock = at + occupies;
    return {
      cycles: this.#clock - before,
      collects: waits ? at - late.from : undefined,
      waits: waited > 0 ? { cause, cycles: waited } : undefined,
    };
  }

  /** At the end of a run: the product or quotient on its way counts as one with small operands from here on. Gives what of it has passed, as `Issue.collects` does. */
  settle(): number | undefined {
    const late = this.#late;
    if (late === undefined) return undefined;
    const last = this.#clock - 1;
    if (late.destination !== undefined) this.#ready[late.destination] = this.#written(late, last);
    this.#late = undefined;
    return Math.max(0, last - late.from);
  }

  /** Cycles until nothing is on its way any more. */
  get drain(): number {
    let end = this.#clock;
    for (const ready of this.#ready) if (ready > end) end = ready;
    for (const ready of this.#units.values()) if (ready > end) end = ready;
    return end - this.#clock;
  }

  /** When a result is there that is written in the first free cycle: that of an instruction which writes nothing, or of the one that waits from `wanted` on. */
  #written({ issued, from }: Late, wanted: number): number {
    const { writeBack } = this.#pipeline.multiplier;
    for (let cycle = Math.max(issued + 1, from - writeBack); ; cycle++) {
      if (cycle >= wanted || !this.#writers.includes(cycle)) return Math.max(from, cycle + writeBack);
    }
  }

  /** Who computes the register that is ready last. */
  #causeOf({ registers }: Operation): Cause {
    let last = registers[0];
    for (const register of registers) if (this.#ready[register]! > this.#ready[last!]!) last = register;
    return (last !== undefined && this.#causes[last]) || 'load';
  }

  /** When a load may be issued whose bytes are still in the store buffer. Seen where both addresses have the same base register, unchanged. */
  #afterStores({ access }: Operation, at: number): number {
    if (access === undefined) return at;
    const { within, cycles } = this.#pipeline.storeToLoad;
    const { base, offset, bytes } = access;
    const version = this.#versions[base]!;
    const hit = this.#stores.findLast(
      (store) => store.base === base && store.version === version && store.from < offset + bytes && offset < store.to,
    );
    return hit !== undefined && at - hit.issued <= within ? hit.issued + (cycles[bytes] ?? 0) : at;
  }

  #remember({ access, destination }: Operation, at: number): void {
    if (access?.store && !access.atomic) {
      const { base, offset, bytes } = access;
      this.#stores.push({ issued: at, base, version: this.#versions[base]!, from: offset, to: offset + bytes });
    }
    if (destination !== undefined) this.#versions[destination]!++;
  }
}

/** Loads of floats count as loads. */
const isFloat = ({ instruction, access }: Operation): boolean => access === undefined && instruction.row.cycles.startsWith('float');
