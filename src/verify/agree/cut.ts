import { dtypes } from '../../numeric/tensor.ts';
import type { Program, ProgramInput } from '../../program/program.ts';

/** The name under which the steps of a cut Program read the framework's integers. */
export const givenName = (name: string): string => `${name}@given`;

/**
 * The Program in which every reader of `names` reads an input of its own instead: each step then shows what it makes of the framework's
 * integers, and no error piles up (docs/numbers.md, rung 2).
 */
export function cutProgram(program: Program, names: ReadonlySet<string>): Program {
  const renamed = (operand: string): string => (names.has(operand) ? givenName(operand) : operand);
  const steps = program.steps.map((step) => ({
    ...step,
    stages: step.stages.map((call) => ({ ...call, operands: call.operands.map(renamed) })),
  }));
  const given = program.steps
    .filter(({ name }) => names.has(name))
    .map(({ name, type }): [string, ProgramInput] => [
      givenName(name),
      { type, source: givenName(name), scale: 1, lo: dtypes[type.dtype].low, hi: dtypes[type.dtype].high },
    ]);
  const inputs = [...program.inputs].map(([name, input]): [string, ProgramInput] => [renamed(name), input]);
  const outputs = program.steps.map(({ name }) => name).filter((name) => names.has(name) || program.outputs.includes(name));
  return { ...program, inputs: new Map([...inputs, ...given]), steps, outputs };
}
