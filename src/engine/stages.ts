import { bytesOf, type TensorType } from '../numeric/tensor.ts';
import { operators } from '../operators/index.ts';
import { placeFirstFit } from '../program/arena.ts';
import type { Known } from '../program/operator.ts';
import type { Step } from '../program/program.ts';
import { fastest } from './kernels/index.ts';
import type { EngineCall } from './kernels/kernel.ts';

/** One stage of a step: what flows inside the step is named by the number of the stage that makes it. */
export interface Stage {
  readonly calls: readonly EngineCall[];
  readonly names: readonly (string | number)[];
  readonly operands: readonly TensorType[];
  readonly result: TensorType;
}

/** The stages of a step with the fastest calls for each. `known` holds every value of the Program. */
export function stagesOf(step: Step, known: ReadonlyMap<string, Known>, has: (name: string) => boolean): Stage[] {
  const stages: Stage[] = [];
  let previous: readonly Known[] = [];
  for (const { operator: name, operands: given, attributes } of step.stages) {
    const operator = operators.get(name)!;
    const names = [...(previous.length > 0 ? [stages.length - 1] : []), ...given];
    const values = [...previous, ...given.map((operand) => known.get(operand)!)];
    const operands = values.map(({ type }) => type);
    const result = operator.result(attributes, operands);
    const calls = operator.kernel(attributes, operands, result).map((call) => fastest({ call, operands: values, result, has }));
    stages.push({ calls, names, operands, result });
    previous = [{ type: result, range: operator.range(attributes, values) }];
  }
  return stages;
}

/** Where what flows inside a step lies, in bytes from the start of the scratch memory; the kernels' own memory lies behind it. */
export function placeStages(stages: readonly Stage[]): {
  readonly offsets: ReadonlyMap<string, number>;
  readonly free: number;
  readonly bytes: number;
} {
  const inside = stages
    .slice(0, -1)
    .map(({ result }, index) => ({ name: String(index), bytes: bytesOf(result), first: index, last: index + 1 }));
  const { offsets, peak } = placeFirstFit(inside, 64);
  const work = stages.flatMap(({ calls }) =>
    calls.flatMap((call) => call.arguments.map((argument) => ('scratch' in argument ? argument.scratch : 0))),
  );
  const free = Math.ceil(peak / 64) * 64;
  return { offsets, free, bytes: free + Math.max(0, ...work) };
}
