import type { Device } from '../riscv/memory.ts';
import { Suspension } from '../riscv/suspension.ts';

/** One for all: an Error takes longer to make than a thousand instructions to run. */
const waits = new Suspension();

/** What barriers ask of the cores' machine. */
export interface BarrierWiring {
  readonly cores: number;
  /** The number of the core whose access this is. */
  readonly agent: () => number;
  /** Has a core that waits try its load again. */
  readonly wake: (core: number) => void;
}

/**
 * Barriers of all cores, one in each word: a load arrives, and its core waits until all others have arrived too; the value is how many cores came before
 * it. Stores have no effect. After the last arrival the barrier is empty again.
 */
export class Barriers implements Device {
  readonly #wiring: BarrierWiring;
  /** By word: the cores that wait, in the order of their arrival. */
  readonly #arrived = new Map<number, number[]>();
  /** Cores that were let through and have not taken their value yet, with that value. */
  readonly #released = new Map<number, number>();

  constructor(wiring: BarrierWiring) {
    this.#wiring = wiring;
  }

  read(offset: number): number {
    const { cores, agent, wake } = this.#wiring;
    const core = agent();
    const position = this.#released.get(core);
    if (position !== undefined) {
      this.#released.delete(core);
      return position;
    }
    const word = offset >>> 2;
    const arrived = this.#arrived.get(word) ?? [];
    this.#arrived.set(word, arrived);
    if (!arrived.includes(core)) arrived.push(core);
    if (arrived.length < cores) throw waits;
    this.#arrived.delete(word);
    arrived.forEach((each, order) => {
      if (each === core) return;
      this.#released.set(each, order);
      wake(each);
    });
    return arrived.length - 1;
  }

  write(): boolean {
    return true;
  }
}
