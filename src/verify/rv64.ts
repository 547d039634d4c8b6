import { BadInput } from '../errors.ts';
import { decodeElements, encodeElements } from '../formats/elements.ts';
import { parseElf } from '../formats/elf.ts';
import { readBytes } from '../formats/files.ts';
import { bytesOf, type Tensor } from '../numeric/tensor.ts';
import { describeFault } from '../simulator/fault.ts';
import { Machine, type MachineDeclaration, machines, type Outcome } from '../simulator/machine.ts';
import { planHost } from '../targets/host/host.ts';
import { buildRv64, emitRv64 } from '../targets/host/rv64.ts';
import type { Plan } from '../targets/plan.ts';
import type { Run } from '../targets/run.ts';
import type { Target } from '../targets/target.ts';

type Inputs = ReadonlyMap<string, Tensor>;

/** The C of the host target on a simulated RV64GC core without an operating system. */
export const rv64Target: Target = {
  plan: planHost,
  emit: emitRv64,
  build: buildRv64,
  run: runOn(machines.rv64),
};

/** Memory for the program and as much again; the machine's own size, where that is larger. */
function memoryFor(elf: Uint8Array, where: string, declared: { readonly base?: number; readonly bytes: number }): number {
  const base = declared.base ?? 0;
  const { segments } = parseElf(elf, where);
  const needed = Math.max(0, ...segments.map(({ loadAddress, size }) => loadAddress + size - base));
  return Math.max(declared.bytes, 2 * needed);
}

/** Runs firmware for a bare-metal core on a simulated machine: the inputs of test cases on standard input, every step's tensor on standard output. */
export function runOn(machine: MachineDeclaration): Target['run'] {
  return (executable, plan, cases) => run(executable, plan, cases, machine);
}

async function run(executable: string, plan: Plan, cases: readonly Inputs[], declaration: MachineDeclaration): Promise<Run> {
  const elf = await readBytes(executable);
  const input = Buffer.concat(cases.flatMap((inputs) => plan.inputs.map(({ name }) => encodeElements(inputs.get(name)!))));
  const printed = { out: [] as Uint8Array[], err: [] as Uint8Array[] };
  let read = 0;
  const machine = Machine.load(elf, {
    name: executable,
    machine: declaration,
    memoryBytes: memoryFor(elf, executable, Object.values(declaration.memories)[0]!),
    input: (count) => {
      const bytes = input.subarray(read, read + count);
      read += bytes.length;
      return bytes;
    },
    output: (stream, bytes) => printed[stream].push(bytes),
  });
  refuseEarlyEnd(machine.run(), executable, Buffer.concat(printed.err).toString());
  return {
    cases: readCases(plan, cases.length, Buffer.concat(printed.out)),
    times: [],
    cycles: readCycles(plan, Buffer.concat(printed.err).toString()),
  };
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

/** The tensors stand one after the other: every step of the first case, of the second, and so on. */
function readCases(plan: Plan, count: number, bytes: Uint8Array): Map<string, Tensor>[] {
  let next = 0;
  return Array.from({ length: count }, () => {
    const tensors = new Map<string, Tensor>();
    for (const { result } of plan.steps) {
      const stretch = bytes.subarray(next, next + bytesOf(result.type));
      next += stretch.length;
      tensors.set(result.name, { type: result.type, data: decodeElements(result.type.dtype, stretch, result.name) });
    }
    return tensors;
  });
}

/** The lines `network,step,cases,cycles` in the order of the steps. */
function readCycles(plan: Plan, text: string): { name: string; cycles: number }[] {
  const lines = text.trimEnd().split('\n');
  return plan.steps.map(({ result }, index) => ({ name: result.name, cycles: Number(lines[index]?.split(',').at(-1)) }));
}
