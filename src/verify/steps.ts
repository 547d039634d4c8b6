import { bytesOf, type TensorType } from '../numeric/tensor.ts';
import { valueTypes } from '../program/lifetimes.ts';
import type { Operators } from '../program/operator.ts';
import type { Program } from '../program/program.ts';

/** What a table of layers says of a step before it has run. */
export interface StepFacts {
  readonly step: string;
  /** The operators of its pipe, joined by ` | `. */
  readonly operator: string;
  readonly type: TensorType;
  /** Multiply-accumulates of all its stages. */
  readonly macs: number;
  /** The values of inputs and steps that it reads, constants left out. */
  readonly reads: readonly string[];
}

export function stepFacts(program: Program, operators: Operators): StepFacts[] {
  const types = valueTypes(program);
  return program.steps.map(({ name, type, stages }) => {
    let macs = 0;
    let previous: readonly TensorType[] = [];
    for (const { operator: kind, attributes, operands: names } of stages) {
      const operator = operators.get(kind)!;
      const operands = [...previous, ...names.map((operand) => types.get(operand)!)];
      const result = operator.result(attributes, operands);
      macs += operator.macs?.(attributes, operands, result) ?? 0;
      previous = [result];
    }
    const reads = [...new Set(stages.flatMap(({ operands }) => operands))].filter((operand) => !program.constants.has(operand));
    return { step: name, operator: stages.map(({ operator }) => operator).join(' | '), type, macs, reads };
  });
}

/** Bytes of all constants of a Program. */
export const constantBytes = ({ constants }: Program): number =>
  [...constants.values()].reduce((total, { type }) => total + bytesOf(type), 0);
