import type { Attributes } from '../numeric/attributes.ts';
import { bytesOf, sameShape, type TensorType } from '../numeric/tensor.ts';
import { operators } from '../operators/index.ts';
import { placeFirstFit } from '../program/arena.ts';
import type { Lifetime } from '../program/lifetimes.ts';
import type { Known, Operator } from '../program/operator.ts';
import type { Step } from '../program/program.ts';
import { type BlockedStage, blocksOf, type Part } from './blocks.ts';
import { fastest } from './kernels/index.ts';
import type { EngineCall } from './kernels/kernel.ts';

/** One stage of a step: what flows inside the step is named by the number of the stage that makes it. */
interface Stage extends BlockedStage {
  readonly operator: Operator;
  readonly attributes: Attributes;
  readonly names: readonly (string | number)[];
  readonly values: readonly Known[];
  readonly result: TensorType;
}

/** An operand of a call: the value, the type of the part that the call reads, and where in bytes it begins. */
export interface Operand {
  readonly name: string | number;
  readonly type: TensorType;
  readonly offset: number;
}

/** The calls of one stage, for all of its result or for a part of it. */
export interface Work {
  readonly calls: readonly EngineCall[];
  readonly operands: readonly Operand[];
  readonly stage: number;
  /** Where in the stage's result the part begins, in bytes. */
  readonly offset: number;
}

/** A step as the calls that compute it, in their order. */
export interface StepWork {
  readonly works: readonly Work[];
  /** What each stage but the last makes: of the largest part where it is there a part at a time. */
  readonly inside: readonly Lifetime[];
}

function typedStages(step: Step, known: ReadonlyMap<string, Known>): Stage[] {
  const stages: Stage[] = [];
  let previous: readonly Known[] = [];
  for (const { operator: name, operands: given, attributes } of step.stages) {
    const operator = operators.get(name)!;
    const names = [...(previous.length > 0 ? [stages.length - 1] : []), ...given];
    const values = [...previous, ...given.map((operand) => known.get(operand)!)];
    const operands = values.map(({ type }) => type);
    const result = operator.result(attributes, operands);
    stages.push({ operator, attributes, names, values, operands, result });
    previous = [{ type: result, range: operator.range(attributes, values) }];
  }
  return stages;
}

type Has = (name: string) => boolean;

const callsOf = ({ operator }: Stage, attributes: Attributes, operands: readonly Known[], result: TensorType, has: Has): EngineCall[] =>
  operator
    .kernel(
      attributes,
      operands.map(({ type }) => type),
      result,
    )
    .map((call) => fastest({ call, operands, result, has }));

function wholeWork(stage: Stage, number: number, has: Has): Work {
  const { attributes, names, values, result } = stage;
  const operands = names.map((name, index) => ({ name, type: values[index]!.type, offset: 0 }));
  return { calls: callsOf(stage, attributes, values, result, has), operands, stage: number, offset: 0 };
}

/** A stage's work for one part. What the stage before it made for this part begins where that is kept. */
function partWork(stage: Stage, number: number, { operands: parts, attributes, result }: Part, ends: boolean, has: Has): Work {
  const values = stage.values.map((value, index): Known => ({ ...value, type: parts[index]!.type }));
  const operands = stage.names.map((name, index) => ({ name, ...parts[index]!, ...(number > 0 && index === 0 && { offset: 0 }) }));
  const made = stage.operator.result(
    attributes,
    values.map(({ type }) => type),
  );
  if (!sameShape(made.shape, result.type.shape)) throw new Error(`a part of stage ${number} has another shape than it should`);
  return { calls: callsOf(stage, attributes, values, result.type, has), operands, stage: number, offset: ends ? result.offset : 0 };
}

/**
 * The calls of a step, the fastest for each stage. Stages that make more than a cache holds run in turn for some rows at a time.
 * `known` holds every value of the Program.
 */
export function workOf(step: Step, known: ReadonlyMap<string, Known>, has: Has): StepWork {
  const stages = typedStages(step, known);
  const { count, blocks } = blocksOf(stages);
  const inside = stages.slice(0, -1).map(({ result }, stage): Lifetime => {
    const bytes = stage < count - 1 ? Math.max(...blocks.map((block) => bytesOf(block[stage]!.result.type))) : bytesOf(result);
    return { name: String(stage), bytes, first: stage === count - 1 ? 0 : stage, last: stage + 1 }; // the blocks' own result grows from the first on
  });
  return {
    works: [
      ...blocks.flatMap((block) => block.map((part, stage) => partWork(stages[stage]!, stage, part, stage === count - 1, has))),
      ...stages.slice(count).map((stage, index) => wholeWork(stage, count + index, has)),
    ],
    inside,
  };
}

/** Where what flows inside a step lies, in bytes from the start of the scratch memory; the kernels' own memory lies behind it. */
export function placeStages({ works, inside }: StepWork): {
  readonly offsets: ReadonlyMap<string, number>;
  readonly free: number;
  readonly bytes: number;
} {
  const { offsets, peak } = placeFirstFit(inside, 64);
  const work = works.flatMap(({ calls }) =>
    calls.flatMap((call) => call.arguments.map((argument) => ('scratch' in argument ? argument.scratch : 0))),
  );
  const free = Math.ceil(peak / 64) * 64;
  return { offsets, free, bytes: free + Math.max(0, ...work) };
}
