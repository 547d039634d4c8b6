import { wordsOfX } from '../../src/simulator/riscv/state.ts';
import { layout, linearMemory } from '../../src/simulator/wasm/translator/layout.ts';

/** Bytes behind the guest's memory: more than any displacement, and a page of WebAssembly, which would otherwise end right there. */
const behind = 2 * 0x1_0000;

/** A guest's memory whose surroundings in the linear memory are poison, but for the core's own state. */
export interface Poisoned {
  readonly memory: WebAssembly.Memory;
  /** The guest's main memory. */
  readonly bytes: Uint8Array;
  /** Whether the surroundings are as they were made. */
  isIntact(): boolean;
}

export function poisoned(size: number, xlen: 32 | 64, poison: number): Poisoned {
  const { memory } = linearMemory(size + behind);
  const ram = layout.area;
  const x = layout.x + 4 * wordsOfX(xlen === 64 ? 2 : 1);
  const surroundings = [
    [layout.reply + 8, layout.x],
    [x, layout.targets],
    [layout.timing, ram],
    [ram + size, memory.buffer.byteLength],
  ].map(([from, to]) => Buffer.from(memory.buffer, from, to! - from!));
  for (const bytes of surroundings) bytes.fill(poison);
  const before = surroundings.map((bytes) => Buffer.from(bytes));
  const isIntact = (): boolean => surroundings.every((bytes, index) => bytes.equals(before[index]!));
  return { memory, bytes: new Uint8Array(memory.buffer, ram, size), isIntact };
}
