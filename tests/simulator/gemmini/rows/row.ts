import type { Measured } from '../../timing/program.ts';
import { command, fence, repeat } from '../timing.ts';

/** Gives memory that nothing else uses, from an address on. */
export function memoryFrom(address: number): (bytes: number) => number {
  let free = address;
  return (bytes) => {
    const at = free;
    free += Math.ceil(bytes / 0x1000) * 0x1000;
    return at;
  };
}

export interface Options {
  readonly latency?: Measured['latency'];
  /** Runs before; the last one counts. */
  readonly passes?: number;
}
export const row = (program: string, what: string, setup: string, body: string, { latency = 1, passes = 3 }: Options = {}): Measured => ({
  program,
  latency,
  what,
  per: 1,
  setup: `${setup}\n${fence}`,
  body: `${body}\n${fence}`,
  passes,
});

/** Operations one after the other, with addresses that go on by constants. */
export const stream = (count: number, funct: number, { address, local }: { readonly address: number; readonly local: number }): string =>
  repeat(count, `${command(funct, 'a0', 'a1')}\nli t2, ${address}\nadd a0, a0, t2\naddi a1, a1, ${local}`);

/** What a stream of operations moves. */
export interface Stream {
  readonly count: number;
  readonly rows: number;
  readonly cols: number;
  readonly stride: number;
  /** From one to the next: in memory, and in the local memory. */
  readonly address: number;
  readonly local?: number;
  readonly at?: number;
  readonly shrunk?: boolean;
}
