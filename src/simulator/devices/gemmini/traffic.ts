import { BadInput } from '../../../errors.ts';
import type { AcceleratorContext } from '../../riscv/accelerator.ts';
import { MissingFence } from '../../riscv/in-flight.ts';
import { Reads } from './reads.ts';
import { longAgo } from './reservations.ts';

/** Rows of the main memory: where the first one begins, how long each is, and how far apart they begin. */
export interface MemoryRows {
  /** Of a guest. */
  readonly address: number;
  readonly bytes: number;
  readonly rows: number;
  readonly stride: number;
}

const lengthOf = ({ bytes, rows, stride }: MemoryRows): number => (rows - 1) * stride + bytes;

/** Rows that meet, or lie one behind the other, are one. */
function joined(all: MemoryRows): MemoryRows {
  const { address, bytes, stride } = all;
  if (stride > bytes) return all;
  const length = stride === 0 ? bytes : lengthOf(all);
  return { address, bytes: length, rows: 1, stride: length };
}

/** What an array moves from and to the main memory since the last fence, and what of it is refused. */
export class Traffic {
  bytesRead = 0;
  bytesWritten = 0;
  readonly #context: AcceleratorContext;
  readonly #met: () => void;
  readonly #reads = new Reads();
  /** When the last store's bytes are there: those of a later one are not there sooner. */
  #written = longAgo;

  /** `met` is told of transfers that meet each other without a fence between them, where the run goes on all the same. */
  constructor(context: AcceleratorContext, met: () => void) {
    this.#context = context;
    this.#met = met;
  }

  /** A fence: all is over. */
  forget(): void {
    this.#context.inFlight.end(this.#context.name);
    this.#reads.forget();
  }

  /** Rows are in flight from now on: their offset in the main memory. Elsewhere the hardware would wait for an answer for ever. */
  begin(access: 'read' | 'write', all: MemoryRows): number {
    if (!this.#isInside(all))
      throw new BadInput({
        where: this.#context.name,
        found: `${access === 'read' ? 'a load' : 'a store'} of ${lengthOf(all)} bytes at 0x${all.address.toString(16)}`,
        expected: 'addresses of the main memory',
        remedy: 'check the address: the hardware hangs',
      });
    const { address, bytes, rows, stride } = joined(all);
    const { inFlight, name, memory } = this.#context;
    if (access === 'read') this.#refuse(inFlight.meetingRows(address, bytes, rows, stride));
    inFlight.beginRows(name, access === 'write', address, bytes, rows, stride);
    return address - memory.base;
  }

  /** Rows that a load reads until a cycle. */
  read({ address, bytes, rows, stride }: MemoryRows, until: number): void {
    this.bytesRead += rows * bytes;
    this.#reads.add(address, bytes, rows, stride, until);
  }

  /** Rows whose last data a store moves in a cycle: the one in which they are there. */
  write({ bytes, rows }: MemoryRows, moved: number): number {
    this.bytesWritten += rows * bytes;
    this.#written = Math.max(this.#written, moved);
    return this.#written;
  }

  /**
   * A store that is given behind a load, and could write what that one still reads: hardware orders the two no more than a load behind a store. `from` is the
   * cycle before which nothing is written.
   */
  refuseOvertaking(from: () => number, { address, bytes, rows, stride }: MemoryRows): void {
    const { inFlight, name: by } = this.#context;
    if (!inFlight.mayMeet(address, bytes, rows, stride)) return;
    const load = this.#reads.meeting(from(), address, bytes, rows, stride);
    if (load === undefined) return;
    const [start, length, count, apart] = this.#reads.rows(load);
    this.#refuse(new MissingFence('store', address, { by, access: 'read', address: start, bytes: length, rows: count, stride: apart }));
  }

  /** Whether nothing that is moved from a cycle on would be refused, whichever goes first, or could meet anything else of it. */
  isApart(start: number, reads: readonly MemoryRows[], writes: readonly MemoryRows[]): boolean {
    const { inFlight } = this.#context;
    return (
      reads.every((all) => this.#isInside(all) && inFlight.meetingRows(all.address, all.bytes, all.rows, all.stride) === undefined) &&
      writes.every((all) => {
        const { address, bytes, rows, stride } = all;
        const end = address + lengthOf(all);
        return (
          this.#isInside(all) &&
          reads.every((read) => end <= read.address || read.address + lengthOf(read) <= address) &&
          !(inFlight.mayMeet(address, bytes, rows, stride) && this.#reads.meeting(start, address, bytes, rows, stride) !== undefined)
        );
      })
    );
  }

  #isInside(all: MemoryRows): boolean {
    const { base, bytes } = this.#context.memory;
    return all.address >= base && all.address + lengthOf(all) <= base + bytes.length;
  }

  #refuse(miss: MissingFence | undefined): void {
    if (miss === undefined) return;
    this.#context.refuse(miss);
    this.#met();
  }
}
