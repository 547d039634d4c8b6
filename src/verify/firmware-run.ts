import { BadInput } from '../errors.ts';
import { decodeElements, encodeElements } from '../formats/elements.ts';
import { parseElf } from '../formats/elf.ts';
import { readBytes } from '../formats/files.ts';
import { bytesOf, type Tensor } from '../numeric/tensor.ts';
import type { FirmwareOutput } from '../simulator/external/external.ts';
import { dumpsOf, type Plan } from '../targets/plan.ts';
import type { Run } from '../targets/run.ts';
import type { Target } from '../targets/target.ts';
import { firmwareMemory } from './firmware-memory.ts';

/** A machine that runs firmware: the inputs of all test cases as bare elements go in, tensors and counts come out. */
export interface FirmwareMachine {
  readonly run: (executable: string, cases: Uint8Array) => Promise<FirmwareOutput>;
  /** Whether its mcycle counts cycles, and not instructions. */
  readonly countsCycles: boolean;
}

type Cases = readonly ReadonlyMap<string, Tensor>[];

/**
 * Runs the firmware of several plans for a bare-metal core (kernels/runtime/rv64) on a machine: as many cases of each, which it takes in turn.
 * The runs are in the order of the plans.
 */
export async function runManyOn(
  { run, countsCycles }: FirmwareMachine,
  executable: string,
  plans: readonly Plan[],
  cases: readonly Cases[],
): Promise<Run[]> {
  const rounds = Array.from({ length: cases[0]?.length ?? 0 }, (_, round) =>
    plans.map((plan, at) => ({ plan, inputs: cases[at]![round]! })),
  );
  const input = rounds.flat().flatMap(({ plan, inputs }) => plan.inputs.map(({ name }) => encodeElements(inputs.get(name)!)));
  const { tensors, table, stack } = await run(executable, Buffer.concat(input));
  refuseOthers(executable, tensors.length, rounds.length * plans.reduce((sum, plan) => sum + bytesOfCase(plan), 0));
  const memory = firmwareMemory(parseElf(await readBytes(executable), executable), stack);
  const read = reader(tensors);
  const computed = rounds.map((round) => round.map(({ plan }) => readCase(plan, read)));
  const lines = table.trimEnd().split('\n').values();
  return plans.map((plan, at): Run => {
    const rows = readTable(plan, lines);
    return {
      cases: computed.map((round) => round[at]!),
      times: [],
      ...(countsCycles ? { cycles: rows.map(({ name, cycles }) => ({ name, cycles })) } : {}),
      instructions: rows.map(({ name, instructions }) => ({ name, instructions })),
      memory,
    };
  });
}

/** The same with one plan. */
export const runOn =
  (machine: FirmwareMachine): Target['run'] =>
  async (executable, plan, cases) =>
    (await runManyOn(machine, executable, [plan], [cases]))[0]!;

const bytesOfCase = (plan: Plan): number => dumpsOf(plan).reduce((sum, { type }) => sum + bytesOf(type), 0);

/** Firmware of another network writes other tensors. */
function refuseOthers(where: string, bytes: number, expected: number): void {
  if (bytes === expected) return;
  throw new BadInput({
    where,
    found: `${bytes} bytes of tensors`,
    expected: `${expected}`,
    remedy: 'compile the firmware of this network again',
  });
}

/** Takes stretches of bytes, one behind the other. */
function reader(bytes: Uint8Array): (count: number) => Uint8Array {
  let next = 0;
  return (count) => {
    next += count;
    return bytes.subarray(next - count, next);
  };
}

/** Every step's tensor of one case, and what a replay build keeps. */
const readCase = (plan: Plan, read: (count: number) => Uint8Array): Map<string, Tensor> =>
  new Map(
    dumpsOf(plan).map(({ name, type }): [string, Tensor] => [name, { type, data: decodeElements(type.dtype, read(bytesOf(type)), name) }]),
  );

/** The lines `network,step,cases,cycles,instructions` in the order of the steps. */
function readTable(
  plan: Plan,
  lines: Iterator<string>,
): { readonly name: string; readonly cycles: number; readonly instructions: number }[] {
  return plan.steps.map(({ result: { name } }) => {
    const [cycles, instructions] = ((lines.next().value as string | undefined) ?? '').split(',').slice(3).map(Number);
    return { name, cycles: cycles!, instructions: instructions! };
  });
}
