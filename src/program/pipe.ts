import type { Attributes } from '../numeric/attributes.ts';
import { bytesOf, elements, sameShape, type TensorType } from '../numeric/tensor.ts';
import { type Arena, placeFirstFit } from './arena.ts';
import type { Cut, Operator, Operators, Slicing } from './operator.ts';
import type { Call, Step } from './program.ts';

/** An operand or result as one call sees it. */
export interface Piece {
  /** A value of the Program by its name; what flows inside the pipe by the number of the stage that makes it. */
  readonly value: string | number;
  /** Of one part. */
  readonly type: TensorType;
  /** Elements from one part to the next; 0 where every part sees the same ones. */
  readonly advance: number;
}

/** One stage's call for one part. */
export interface PartCall {
  readonly operator: string;
  readonly attributes: Attributes;
  readonly operands: readonly Piece[];
  readonly result: Piece;
}

/** Consecutive stages of a pipe that run in turn for each of `parts` equal parts. Only the last one's result exists as a whole. */
export interface Segment {
  readonly parts: number;
  readonly calls: readonly PartCall[];
}

/** One call of a step with the types of what it takes and gives. */
export interface Stage {
  readonly call: Call;
  readonly operator: Operator;
  /** Of its operands: a value of the Program by its name, the stage before by its number. */
  readonly names: readonly (string | number)[];
  readonly operands: readonly TensorType[];
  readonly result: TensorType;
}

/** Every stage of a step with the types of its operands and of its result. */
export function typedStages(step: Step, types: ReadonlyMap<string, TensorType>, operators: Operators): Stage[] {
  const stages: Stage[] = [];
  for (const call of step.stages) {
    const operator = operators.get(call.operator)!;
    const previous = stages.at(-1);
    const names = [...(previous ? [stages.length - 1] : []), ...call.operands];
    const operands = [...(previous ? [previous.result] : []), ...call.operands.map((name) => types.get(name)!)];
    stages.push({ call, operator, names, operands, result: operator.result(call.attributes, operands) });
  }
  return stages;
}

/** Whether a call gives its only operand under another shape, and nothing else. */
export const isUnchanged = (operator: Operator, attributes: Attributes, operands: readonly TensorType[], result: TensorType): boolean =>
  operands.length === 1 &&
  operator.stretch?.(attributes, operands, result) === 0 &&
  elements(operands[0]!.shape) === elements(result.shape);

const partOf = ({ dtype, shape }: TensorType, axis: number, count: number): TensorType => ({
  dtype,
  shape: shape.map((size, at) => (at === axis ? size / count : size)),
});

const fallsInto = ({ shape }: TensorType, axis: number, count: number): boolean =>
  shape[axis]! % count === 0 && elements(shape.slice(0, axis)) === 1;

/** How a stage falls into parts when its first operand comes as `input` says; undefined when it does not, or not into contiguous ones. */
function slicingOf({ call, operator, operands, result }: Stage, input: Cut | null): Slicing | undefined {
  const slicing = operator.slice?.(call.attributes, operands, result, input);
  if (!slicing) return undefined;
  const { cut } = slicing;
  const fits =
    fallsInto(result, cut.axis, cut.count) &&
    slicing.operands.every((axis, index) => axis === null || fallsInto(operands[index]!, axis, cut.count));
  const follows = input === null || (cut.count === input.count && slicing.operands[0] === input.axis);
  return fits && follows ? slicing : undefined;
}

/** From `first` on, the longest run of stages that can be computed part by part, each with its slicing. */
function longestRun(stages: readonly Stage[], first: number): Slicing[] {
  const run: Slicing[] = [];
  for (const stage of stages.slice(first)) {
    const slicing = slicingOf(stage, run.at(-1)?.cut ?? null);
    if (!slicing) break;
    run.push(slicing);
  }
  return run;
}

const whole = (value: string | number, type: TensorType): Piece => ({ value, type, advance: 0 });

function wholeCall({ call, names, operands, result }: Stage, value: string | number): PartCall {
  return {
    operator: call.operator,
    attributes: call.attributes,
    operands: names.map((name, index) => whole(name, operands[index]!)),
    result: whole(value, result),
  };
}

/** The call for one part. What the stage before it in the same segment made is there one part at a time, always in the same place. */
function partCall(
  stage: Stage,
  slicing: Slicing,
  value: string | number,
  place: { readonly leads: boolean; readonly ends: boolean },
): PartCall {
  const { axis, count } = slicing.cut;
  const piece = (name: string | number, type: TensorType, along: number | null, stays: boolean): Piece => {
    const part = along === null ? type : partOf(type, along, count);
    return { value: name, type: part, advance: along === null || stays ? 0 : elements(part.shape) };
  };
  const operands = stage.names.map((name, index) =>
    piece(name, stage.operands[index]!, slicing.operands[index]!, index === 0 && !place.leads),
  );
  const result = piece(value, stage.result, axis, !place.ends);
  const made = stage.operator.result(
    slicing.attributes,
    operands.map(({ type }) => type),
  );
  if (!sameShape(made.shape, result.type.shape)) {
    throw new Error(`${stage.call.operator}: a part comes out as [${made.shape.join(', ')}], not as [${result.type.shape.join(', ')}]`);
  }
  return { operator: stage.call.operator, attributes: slicing.attributes, operands, result };
}

/**
 * A step as segments, one after the other: as many stages as possible share a segment, so that what flows between them needs the place of one
 * part only. Stages that do not fall into parts run whole. `types` holds every input, constant and earlier step of the Program.
 */
export function cutPipe(step: Step, types: ReadonlyMap<string, TensorType>, operators: Operators): Segment[] {
  const stages = typedStages(step, types, operators);
  const resultOf = (index: number): string | number => (index === stages.length - 1 ? step.name : index);
  const segments: Segment[] = [];
  for (let first = 0; first < stages.length; ) {
    const run = longestRun(stages, first);
    const parts = run[0]?.cut.count ?? 1;
    if (run.length > 1 && parts > 1) {
      const calls = run.map((slicing, at) =>
        partCall(stages[first + at]!, slicing, resultOf(first + at), { leads: at === 0, ends: at === run.length - 1 }),
      );
      segments.push({ parts, calls });
      first += run.length;
    } else {
      const before = segments.at(-1)?.parts === 1 ? segments.pop()!.calls : [];
      segments.push({ parts: 1, calls: [...before, wholeCall(stages[first]!, resultOf(first))] });
      first += 1;
    }
  }
  return segments;
}

/**
 * The places of what flows inside a step, by the number of the stage that makes it (as text): one part within a segment, the whole
 * between two. Each lives until its last reader is done.
 */
export function placeScratch(segments: readonly Segment[]): Arena {
  const order = segments.flatMap(({ calls, parts }, segment) => calls.map((call) => ({ call, parts, segment })));
  const lifetimes = order.flatMap(({ call: { result }, parts, segment }, index) => {
    if (typeof result.value === 'string') return [];
    const last = Math.max(
      index,
      order.findLastIndex(({ call }) => call.operands.some(({ value }) => value === result.value)),
    );
    const reader = order[last]!.segment;
    const name = String(result.value);
    if (reader === segment) return [{ name, bytes: bytesOf(result.type), first: index, last }];
    const first = order.findIndex((other) => other.segment === segment);
    const end = order.findLastIndex((other) => other.segment === reader);
    return [{ name, bytes: bytesOf(result.type) * parts, first, last: end }];
  });
  return placeFirstFit(lifetimes);
}
