import { field } from './operands.ts';

/** Of the events that the hardware counts, those that this model knows, by their numbers. The others stay 0. */
export interface Events {
  /** Cycles with a load, a store or a multiplication under way. */
  readonly loadCycles: number;
  readonly storeCycles: number;
  readonly executeCycles: number;
  /** Bytes read and written. */
  readonly bytesRead: number;
  readonly bytesWritten: number;
}
const events: { readonly [number: number]: keyof Events } = { 9: 'loadCycles', 12: 'storeCycles', 24: 'executeCycles' };
const amounts: { readonly [number: number]: keyof Events } = { 4: 'bytesRead', 5: 'bytesWritten' };

/** The eight performance counters. */
export class Counters {
  readonly #events: () => Events;
  readonly #counters = Array.from({ length: 8 }, () => ({ event: undefined as keyof Events | undefined, amount: false, start: 0 }));
  #snapshot: readonly number[] | undefined;

  constructor(events: () => Events) {
    this.#events = events;
  }

  command(rs1: number): number {
    const bits = (last: number, first: number): number => field(rs1, 0, last, first);
    const which = bits(6, 4);
    if (bits(0, 0))
      for (const counter of this.#counters) counter.start = counter.event && !counter.amount ? this.#events()[counter.event] : 0;
    if (bits(1, 1)) this.#snapshot = undefined;
    if (bits(2, 2)) this.#snapshot = this.#counters.map((_, i) => this.#read(i));
    if (bits(3, 3)) {
      const amount = bits(31, 31) === 1;
      const event = (amount ? amounts : events)[bits(17, 12)];
      this.#counters[which] = { event, amount, start: event && !amount ? this.#events()[event] : 0 };
    }
    return (this.#snapshot?.[which] ?? this.#read(which)) | 0;
  }

  #read(which: number): number {
    const { event, start } = this.#counters[which]!;
    return event === undefined ? 0 : Math.round(this.#events()[event] - start);
  }
}
