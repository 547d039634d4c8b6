import { BadInput } from '../errors.ts';
import { parseElf } from '../formats/elf.ts';
import { readBytes } from '../formats/files.ts';
import type { GemminiDeclaration } from '../hardware/gemmini.ts';
import { tuneCompilation } from '../simulator/compilation.ts';
import { makeGemmini } from '../simulator/devices/gemmini/gemmini.ts';
import { loadTimeline } from '../simulator/devices/gemmini/load-timeline.ts';
import type { Rounding } from '../simulator/devices/gemmini/rounding.ts';
import type { FirmwareOutput } from '../simulator/external/external.ts';
import { describeFault } from '../simulator/fault.ts';
import { Machine, type MachineDeclaration, type Outcome, type Translations } from '../simulator/machine.ts';
import { withMemoryLatency } from './memory-latency.ts';

/** Memory for the program and as much again; the machine's own size, where that is larger. */
function memoryFor(elf: Uint8Array, where: string, declared: { readonly base?: number; readonly bytes: number }): number {
  const base = declared.base ?? 0;
  const { segments } = parseElf(elf, where);
  const needed = Math.max(0, ...segments.map(({ loadAddress, size }) => loadAddress + size - base));
  return Math.max(declared.bytes, 2 * needed);
}

export interface BuiltInSettings {
  /** Cycles; the machine's own, where absent. */
  readonly memoryLatency?: number | undefined;
  /** How a Gemmini scales; as the RTL, where absent. */
  readonly rounding?: Rounding | undefined;
  /** What a Gemmini is; the standard one, where absent. */
  readonly gemmini?: GemminiDeclaration | undefined;
  /** Where translated code stays for the next run. */
  readonly translations?: Translations | undefined;
}

/**
 * Runs firmware on a machine of this package: cases on standard input, tensors on standard output, the table on standard error.
 * A BadInput where the firmware does not run to its end.
 */
export async function runBuiltIn(
  declaration: MachineDeclaration,
  { memoryLatency, rounding, gemmini, translations }: BuiltInSettings,
  executable: string,
  cases: Uint8Array,
): Promise<FirmwareOutput> {
  tuneCompilation();
  const elf = await readBytes(executable);
  const printed = { out: [] as Uint8Array[], err: [] as Uint8Array[] };
  let read = 0;
  const machine = Machine.load(elf, {
    name: executable,
    machine: declaration,
    cycleModel:
      memoryLatency === undefined
        ? undefined
        : withMemoryLatency(declaration.cores[0]!.cycles, memoryLatency, 'leave it away, or deploy for --target gemmini'),
    accelerators: { gemmini: makeGemmini({ rounding, declaration: gemmini, timeline: await loadTimeline() }) },
    memoryBytes: memoryFor(elf, executable, Object.values(declaration.memories)[0]!),
    translations,
    input: (count) => {
      const bytes = cases.subarray(read, read + count);
      read += bytes.length;
      return bytes;
    },
    output: (stream, bytes) => printed[stream].push(bytes),
  });
  const outcome = machine.run();
  const table = Buffer.concat(printed.err).toString();
  refuseEarlyEnd(outcome, executable, table);
  const stack = usedStack(machine);
  return { tensors: Buffer.concat(printed.out), table, ...(stack === undefined ? {} : { stack }) };
}

/** The memory of a new machine is zero, so the stack reaches down to the lowest byte that is not. */
function usedStack(machine: Machine): number | undefined {
  const [end, top] = ['__bss_end', '__stack_top'].map((name) => machine.symbol(name)?.address);
  if (end === undefined || top === undefined) return undefined;
  const lowest = machine.readMemory(end, top - end)!.findIndex((byte) => byte !== 0);
  return lowest < 0 ? 0 : top - end - lowest;
}

function refuseEarlyEnd(outcome: Outcome, where: string, said: string): void {
  if (outcome.reason === 'exit' && outcome.code === 0) return;
  const fault = outcome.reason === 'fault' ? describeFault(outcome.fault).split('\n')[0] : undefined;
  const exit = outcome.reason === 'exit' ? `exit code ${outcome.code}` : outcome.reason;
  throw new BadInput({
    where,
    found: `${fault ?? exit}${said === '' ? '' : ` and "${said.trim()}"`}`,
    expected: 'a run to the end',
    remedy: 'compile the firmware again',
  });
}
