import type { TensorType } from '../numeric/tensor.ts';
import { valueTypes } from './lifetimes.ts';
import type { Operators } from './operator.ts';
import { isUnchanged, type Stage, typedStages } from './pipe.ts';
import type { Program, Step } from './program.ts';

/** What one call of a step hands to the next: a tensor that has no name in the Program. */
export interface Inside {
  /** No other value's: `relu1[0] convolution`. */
  readonly name: string;
  readonly step: string;
  /** The number of the call that makes it, from 0. */
  readonly stage: number;
  readonly operator: string;
  readonly type: TensorType;
  /** What has the same elements under another shape, further on in the step: another inside, or the step's result. */
  readonly same?: string;
}

/** Every inside of a Program, step by step. */
export const insidesOf = (program: Program, operators: Operators): readonly (readonly Inside[])[] =>
  stagesOf(program, operators).map(({ insides }) => insides);

/** The same Program with every call a step of its own, so that an engine gives each inside by its name. */
export function unjoined(program: Program, operators: Operators): Program {
  const steps = stagesOf(program, operators).flatMap(({ step, stages, insides }) =>
    stages.map(({ call, names, result }, at): Step => {
      const operands = names.map((name) => (typeof name === 'string' ? name : insides[name]!.name));
      return { name: insides[at]?.name ?? step.name, type: result, stages: [{ ...call, operands }] };
    }),
  );
  return { ...program, steps };
}

function stagesOf(program: Program, operators: Operators) {
  const types = valueTypes(program);
  const fresh = (name: string): string => (types.has(name) ? fresh(`${name}'`) : name);
  return program.steps.map((step) => {
    const stages = typedStages(step, types, operators);
    const names = stages.map(({ call }, stage) =>
      stage === stages.length - 1 ? step.name : fresh(`${step.name}[${stage}] ${call.operator}`),
    );
    const insides = stages.slice(0, -1).map(({ call, result }, stage): Inside => {
      const same = changesNothing(stages[stage + 1]!) ? names[stage + 1] : undefined;
      return { name: names[stage]!, step: step.name, stage, operator: call.operator, type: result, ...(same !== undefined && { same }) };
    });
    return { step, stages, insides };
  });
}

const changesNothing = ({ call, operator, operands, result }: Stage): boolean => isUnchanged(operator, call.attributes, operands, result);
