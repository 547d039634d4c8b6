import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rocket } from '../../../src/hardware/rocket.ts';
import { type EngineName, Machine, type MachineOptions } from '../../../src/simulator/machine.ts';
import { findToolchain } from '../../../src/targets/host/toolchain.ts';

/** One measurement: what stands between two rdcycle, in cycles for each of `per` operations. */
export interface Measured {
  /** The row of the fixture that has what the RTL takes. */
  readonly program: string;
  readonly latency: 1 | 40 | 100;
  readonly what: string;
  readonly per: number;
  /** Runs before each pass, unmeasured. s1 counts the passes down to 1. */
  readonly setup: string;
  readonly body: string;
  /** The last one counts: 3 by default, so that code is in its cache and branches are known. */
  readonly passes?: number;
  /** What the body needs beside it: functions, tables. */
  readonly data?: string;
}

const folder = fileURLToPath(new URL('.', import.meta.url));
const rdcycle = 3;

/** All measurements as one program: it leaves the cycles of each at `results`. */
export function assemblyOf(rows: readonly Measured[], kernels: string): string {
  const calls = rows.map(
    ({ passes = 3 }, i) => `
  la s0, row${i}
  li s1, ${passes}
1:
  jalr s0
  addi s1, s1, -1
  bnez s1, 1b
  la t0, results + ${8 * i}
  sd a0, 0(t0)`,
  );
  const functions = rows.map(
    ({ setup, body, data = '' }, i) => `
  .balign 64
row${i}:
  mv s2, ra
  ${setup}
  .balign 8
  rdcycle s10
  ${body}
  rdcycle s11
  sub a0, s11, s10
  mv ra, s2
  ret
  ${data}`,
  );
  return `
  .section .text.start, "ax"
  .globl _start
_start:
  la sp, __stack_top
  li t0, 0x2000
  csrs mstatus, t0
  ${calls.join('')}
  li a0, 1
  la t0, tohost
1:
  sd a0, 0(t0)
  j 1b
  .text
  ${functions.join('')}
  .balign 64
  ${kernels}
  .section .tohost, "aw", @progbits
  .globl tohost
tohost:
  .dword 0
  .data
  .balign 64
  .globl results
results:
  .zero ${8 * rows.length}
`;
}

/** The program of these lines, which ends with the exit code in a0. */
export const programOf = (body: string): Uint8Array =>
  assemble(`
  .section .text.start, "ax"
  .globl _start
_start:
  ${body}
  slli a0, a0, 1
  ori a0, a0, 1
  la t0, tohost
1:
  sd a0, 0(t0)
  j 1b
  .section .tohost, "aw", @progbits
  .globl tohost
tohost:
  .dword 0
`);

/** Assembles a program with the zig that comes with the project. */
export function assemble(source: string): Uint8Array {
  const place = mkdtempSync(join(tmpdir(), 'bitwright-timing-'));
  try {
    const [input, output] = [join(place, 'rows.S'), join(place, 'rows.elf')];
    writeFileSync(input, source);
    const target = ['-target', 'riscv64-freestanding-none', '-mcpu=generic_rv64+m+a+f+d+c+zicsr+zifencei', '-mabi=lp64d'];
    const script = join(folder, '../programs/runtime/link.ld');
    execFileSync(findToolchain({ environment: {} }).command, ['cc', ...target, '-nostdlib', '-g0', '-T', script, input, '-o', output]);
    return new Uint8Array(readFileSync(output));
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** Cycles between the two rdcycle of each measurement, with a memory of this latency. */
export function measureRaw(elf: Uint8Array, rows: readonly Measured[], latency: number, options: MachineOptions): number[] {
  const cycleModel = { ...rocket, caches: { ...rocket.caches, memoryLatency: latency } };
  const machine = Machine.load(elf, { ...options, cycleModel });
  const outcome = machine.run({ maxInstructions: 2e8 });
  if (outcome.reason !== 'exit') throw new Error(`the measurements ended with ${outcome.reason} at 0x${machine.pc.toString(16)}`);
  const results = machine.readMemory(machine.symbol('results')!.address, 8 * rows.length)!;
  const view = new DataView(results.buffer, results.byteOffset);
  return rows.map((_, i) => Number(view.getBigInt64(8 * i, true)));
}

/** Cycles for each operation of each measurement. */
export function measure(elf: Uint8Array, rows: readonly Measured[], latency: number, engine: EngineName): number[] {
  const raw = measureRaw(elf, rows, latency, { engine });
  return rows.map(({ per }, i) => (raw[i]! - rdcycle) / per);
}
