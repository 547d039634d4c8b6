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
  #ready = new Map<number | string, number>();
  /** Who computes the registers. */
  #causes = new Map<number, Cause>();
  #late: Late | undefined;
  /** Cycles in which an instruction was issued that writes an x register. */
  #writers = new Set<number>();
  /** Cycles in which the float registers' write port is taken. */
  #port = new Set<number>();
  #stores: Store[] = [];
  #versions = new Map<number, number>();

  constructor(pipeline: PipelineDeclaration) {
    this.#pipeline = pipeline;
  }

  get clock(): number {
    return this.#clock;
  }

  copy(): Scoreboard {
    const other = new Scoreboard(this.#pipeline);
    other.#clock = this.#clock;
    other.#ready = new Map(this.#ready);
    other.#causes = new Map(this.#causes);
    other.#late = this.#late;
    other.#writers = new Set(this.#writers);
    other.#port = new Set(this.#port);
    other.#stores = [...this.#stores];
    other.#versions = new Map(this.#versions);
    return other;
  }

  issue(operation: Operation): Issue {
    const { registers, destination, latency, occupies, port, unit, access, multiplier, writesX } = operation;
    const before = this.#clock;
    let at = Math.max(before, ...registers.map((register) => this.#ready.get(register) ?? 0), (unit && this.#ready.get(unit)) || 0);
    if (access && !access.store) at = Math.max(at, this.#afterStores(operation, at));
    const late = this.#late;
    const waits =
      late !== undefined && (multiplier !== undefined || (late.destination !== undefined && registers.includes(late.destination)));
    if (waits) at = Math.max(at, this.#written(late, at));
    const cause = waits ? 'multiplier' : this.#causeOf(operation);
    const waited = at - before;
    if (port !== undefined) {
      while (this.#port.has(at + port)) at += this.#pipeline.floatReplay;
      this.#port.add(at + port);
    }
    if (waits) this.#late = undefined;
    if (writesX) this.#writers.add(at);
    if (multiplier !== undefined) this.#late = { issued: at, from: at + latency, destination };
    else if (destination !== undefined) this.#ready.set(destination, at + latency);
    if (destination !== undefined) this.#causes.set(destination, isFloat(operation) ? 'float' : 'load');
    if (unit !== undefined) this.#ready.set(unit, at + latency);
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
    if (late.destination !== undefined) this.#ready.set(late.destination, this.#written(late, last));
    this.#late = undefined;
    return Math.max(0, last - late.from);
  }

  /** Cycles until nothing is on its way any more. */
  get drain(): number {
    return Math.max(0, ...[...this.#ready.values()].map((ready) => ready - this.#clock));
  }

  /** When a result is there that is written in the first free cycle: that of an instruction which writes nothing, or of the one that waits from `wanted` on. */
  #written({ issued, from }: Late, wanted: number): number {
    const { writeBack } = this.#pipeline.multiplier;
    for (let cycle = Math.max(issued + 1, from - writeBack); ; cycle++) {
      if (cycle >= wanted || !this.#writers.has(cycle)) return Math.max(from, cycle + writeBack);
    }
  }

  /** Who computes the register that is ready last. */
  #causeOf({ registers }: Operation): Cause {
    const readyAt = (register: number): number => this.#ready.get(register) ?? 0;
    const [last] = [...registers].sort((a, b) => readyAt(b) - readyAt(a));
    return (last !== undefined && this.#causes.get(last)) || 'load';
  }

  /** When a load may be issued whose bytes are still in the store buffer. Seen where both addresses have the same base register, unchanged. */
  #afterStores({ access }: Operation, at: number): number {
    if (access === undefined) return at;
    const { within, cycles } = this.#pipeline.storeToLoad;
    const { base, offset, bytes } = access;
    const version = this.#versions.get(base) ?? 0;
    const hit = this.#stores.findLast(
      (store) => store.base === base && store.version === version && store.from < offset + bytes && offset < store.to,
    );
    return hit !== undefined && at - hit.issued <= within ? hit.issued + (cycles[bytes] ?? 0) : at;
  }

  #remember({ access, destination }: Operation, at: number): void {
    if (access?.store && !access.atomic) {
      const { base, offset, bytes } = access;
      this.#stores.push({ issued: at, base, version: this.#versions.get(base) ?? 0, from: offset, to: offset + bytes });
    }
    if (destination !== undefined) this.#versions.set(destination, (this.#versions.get(destination) ?? 0) + 1);
  }
}

/** Loads of floats count as loads. */
const isFloat = ({ placed, access }: Operation): boolean => access === undefined && placed.row.cycles.startsWith('float');
