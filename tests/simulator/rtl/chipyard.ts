import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';

/** A simulator that Verilator made of a Chipyard design with a Rocket core and a Gemmini of 16 by 16. */
export const simulator = process.env['BITWRIGHT_VERILATOR_BINARY'];

/** describe() for what runs on the RTL; where there is no simulator of it the title says so. */
export const describeOnRtl = (title: string, tests: () => void) =>
  describe.skipIf(!simulator)(simulator ? title : `${title} (skipped: BITWRIGHT_VERILATOR_BINARY names no simulator of Chipyard)`, tests);

/** Where the hardware hangs, the simulator ends. */
const mostCycles = 2_000_000;

/** Runs a program to its end: the bytes from its symbol begin_signature to end_signature, which the front-end server reads. */
export function signatureOnRtl(elf: Uint8Array): Buffer {
  const folder = mkdtempSync(join(tmpdir(), 'bitwright-rtl-'));
  try {
    const [program, signature] = [join(folder, 'program'), join(folder, 'signature')];
    writeFileSync(program, elf);
    const own = [
      '+permissive',
      `+loadmem=${program}`,
      `+max-cycles=${mostCycles}`,
      '+permissive-off',
      `+signature=${signature}`,
      '+signature-granularity=16',
    ];
    execFileSync(simulator!, [...own, program], { stdio: 'pipe' });
    const lines = readFileSync(signature, 'utf8').trim().split('\n');
    return Buffer.concat(lines.map((line) => Buffer.from(line, 'hex').reverse()));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
