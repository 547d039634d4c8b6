import { decodeElements, encodeElements } from '../formats/elements.ts';
import { bytesOf, type Tensor } from '../numeric/tensor.ts';
import type { FirmwareOutput } from '../simulator/external/external.ts';
import type { Plan } from '../targets/plan.ts';
import type { Run } from '../targets/run.ts';
import type { Target } from '../targets/target.ts';

/** A machine that runs firmware: the inputs of all test cases as bare elements go in, tensors and counts come out. */
export interface FirmwareMachine {
  readonly run: (executable: string, cases: Uint8Array) => Promise<FirmwareOutput>;
  /** Whether its mcycle counts cycles, and not instructions. */
  readonly countsCycles: boolean;
}

/** Runs the firmware of a plan for a bare-metal core (kernels/runtime/rv64) on a machine. */
export const runOn =
  ({ run, countsCycles }: FirmwareMachine): Target['run'] =>
  async (executable, plan, cases): Promise<Run> => {
    const input = Buffer.concat(cases.flatMap((inputs) => plan.inputs.map(({ name }) => encodeElements(inputs.get(name)!))));
    const { tensors, table } = await run(executable, input);
    const rows = readTable(plan, table);
    return {
      cases: readCases(plan, cases.length, tensors),
      times: [],
      ...(countsCycles ? { cycles: rows.map(({ name, cycles }) => ({ name, cycles })) } : {}),
      instructions: rows.map(({ name, instructions }) => ({ name, instructions })),
    };
  };

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

/** The lines `network,step,cases,cycles,instructions` in the order of the steps. */
function readTable(plan: Plan, text: string): { readonly name: string; readonly cycles: number; readonly instructions: number }[] {
  const lines = text.trimEnd().split('\n');
  return plan.steps.map(({ result: { name } }, index) => {
    const [cycles, instructions] = (lines[index] ?? '').split(',').slice(3).map(Number);
    return { name, cycles: cycles!, instructions: instructions! };
  });
}
