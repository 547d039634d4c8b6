import { rv32, rv64 } from '../../../src/hardware/rv64.ts';
import type { Accelerator, AcceleratorContext, Command, Reply } from '../../../src/simulator/machine.ts';

/** Commands of the adder, by funct. */
export const adder = { length: 0, sources: 1, start: 2, poll: 3, cycle: 4, fail: 5 } as const;

/** Cycles before the first element and for each one. */
const [latency, perElement] = [20, 4];

interface Job {
  readonly done: number;
  readonly run: () => void;
}

/**
 * An accelerator for tests: adds two vectors of 32-bit words beside the core. It has room for one job at a time: another one waits for it. What it writes is
 * there when it is asked for: by a fence, a poll that says so, or the next job.
 */
class VectorAdder implements Accelerator {
  readonly #context: AcceleratorContext;
  readonly #view: DataView;
  #length = 0;
  #sources: readonly [number, number] = [0, 0];
  #job: Job | undefined;

  constructor(context: AcceleratorContext) {
    this.#context = context;
    const { bytes } = context.memory;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  command(cycle: number, { funct, rs1, rs2 }: Command, reply: Reply): number {
    switch (funct) {
      case adder.length:
        this.#length = rs1;
        return cycle;
      case adder.sources:
        this.#sources = [rs1, rs2];
        return cycle;
      case adder.start:
        return this.#start(this.fence(cycle), rs1 >>> 0);
      case adder.poll: {
        const left = this.#job === undefined ? 0 : Math.max(0, this.#job.done - cycle);
        if (left === 0) this.fence(cycle);
        reply.low = left;
        reply.high = 0;
        return cycle + 2;
      }
      case adder.cycle:
        reply.low = cycle | 0;
        reply.high = rs1 ^ rs2;
        return cycle;
      default:
        throw new RangeError(`the adder has no command ${funct}`);
    }
  }

  fence(cycle: number): number {
    const job = this.#job;
    this.#job = undefined;
    job?.run();
    this.#context.inFlight.end(this.#context.name);
    return Math.max(cycle, job?.done ?? 0);
  }

  #start(cycle: number, to: number): number {
    const { name: by, inFlight, memory } = this.#context;
    const [first, second] = this.#sources;
    const length = this.#length;
    const at = (address: number): number => (address >>> 0) - memory.base;
    for (const address of this.#sources) inFlight.begin({ by, access: 'read', address: address >>> 0, bytes: 4 * length });
    inFlight.begin({ by, access: 'write', address: to, bytes: 4 * length });
    const run = (): void => {
      for (let i = 0; i < 4 * length; i += 4) {
        const sum = this.#view.getInt32(at(first) + i, true) + this.#view.getInt32(at(second) + i, true);
        this.#view.setInt32(at(to) + i, sum, true);
      }
    };
    this.#job = { done: cycle + latency + perElement * length, run };
    return cycle;
  }
}

export const accelerators = { 'vector-adder': (context: AcceleratorContext): Accelerator => new VectorAdder(context) };

/** The machines rv64 and rv32 with an adder on custom-3. */
export const machinesWithAdder = {
  64: { ...rv64, devices: { ...rv64.devices, adder: { kind: 'accelerator', model: 'vector-adder', custom: 3 } } },
  32: { ...rv32, devices: { ...rv32.devices, adder: { kind: 'accelerator', model: 'vector-adder', custom: 3 } } },
} as const;
