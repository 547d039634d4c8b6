import { gemminiMachine } from '../../../src/hardware/gemmini.ts';
import type { Gemmini } from '../../../src/simulator/devices/gemmini/gemmini.ts';
import { functs } from '../../../src/simulator/devices/gemmini/operands.ts';
import { Machine } from '../../../src/simulator/machine.ts';
import type { Command } from '../../../src/simulator/riscv/accelerator.ts';
import { base } from '../gemmini/harness.ts';
import { command } from '../gemmini/timing.ts';

/** What is given to a Gemmini, in its order. */
export type Given = Command | 'fence';

/** A Gemmini's place in a Driver: it keeps what it is given. */
export class Recorder implements Pick<Gemmini, 'command' | 'fence'> {
  readonly given: Given[] = [];

  command(cycle: number, given: Command): number {
    this.given.push({ ...given });
    return cycle;
  }
  fence(cycle: number): number {
    this.given.push('fence');
    return cycle;
  }
}

const { load, load2, load3, store, loopMatmulAddressesAB, loopMatmulAddressesDC } = functs;
const pairs: readonly number[] = [loopMatmulAddressesAB, loopMatmulAddressesDC];
/** The commands whose first operand is an address in main memory, and those whose second one is. */
const addresses = { first: new Set<number>([load, load2, load3, store, ...pairs]), second: new Set<number>(pairs) } as const;

const operand = (low: number, high: number, isAddress: boolean): string =>
  isAddress && low !== 0 ? `memory + ${(low >>> 0) - base}` : `0x${((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)).toString(16)}`;

/**
 * A program that gives what was recorded for a main memory which begins with `memory`. What it leaves between two offsets of that is its signature, as the
 * front-end server and the built-in machine read it.
 */
export function programOf(given: readonly Given[], memory: Uint8Array, [from, to]: readonly [number, number]): string {
  const commands = given.filter((each) => each !== 'fence');
  const operands = commands.flatMap(({ funct, rs1, rs1High, rs2, rs2High }) => [
    operand(rs1, rs1High, addresses.first.has(funct)),
    operand(rs2, rs2High, addresses.second.has(funct)),
  ]);
  const text = given.map((each) =>
    each === 'fence' ? 'fence' : `ld t0, 0(s0)\nld t1, 8(s0)\n${command(each.funct, 't0', 't1')}\naddi s0, s0, 16`,
  );
  return `
  .section .text.start, "ax"
  .globl _start
_start:
  li t0, 0x1a000
  csrs mstatus, t0
  la s0, operands
  ${text.join('\n')}
  fence
  li a0, 1
  la t0, tohost
1:
  sd a0, 0(t0)
  j 1b
  .section .tohost, "aw", @progbits
  .globl tohost, fromhost
tohost:
  .dword 0
  .balign 64
fromhost:
  .dword 0
  .data
  .balign 64
operands:
  .dword ${operands.join('\n.dword ')}
  .balign 64
memory:
  .dword ${Array.from(new BigUint64Array(memory.buffer, memory.byteOffset, memory.length / 8), String).join('\n.dword ')}
  .globl begin_signature, end_signature
  .set begin_signature, memory + ${from}
  .set end_signature, memory + ${to}
`;
}

/** What the built-in machine leaves. */
export function signatureHere(elf: Uint8Array): Uint8Array {
  const machine = Machine.load(elf, { machine: gemminiMachine });
  const { reason } = machine.run({ maxInstructions: 1e7 });
  if (reason !== 'exit') throw new Error(`the commands ended with ${reason}`);
  const [from, to] = ['begin_signature', 'end_signature'].map((name) => machine.symbol(name)!.address);
  return machine.readMemory(from!, to! - from!)!;
}
