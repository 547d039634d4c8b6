import { type Tensor, tensor } from '../numeric/tensor.ts';
import { operators } from '../operators/index.ts';
import type { Program, Step } from '../program/program.ts';

/** Runs one step: each stage takes the result before it as its first operand. */
export function runStep(step: Step, value: (name: string) => Tensor): Tensor {
  let previous: readonly Tensor[] = [];
  for (const { operator: name, operands: names, attributes } of step.stages) {
    const operator = operators.get(name)!;
    const operands = [...previous, ...names.map(value)];
    const result = tensor(
      operator.result(
        attributes,
        operands.map(({ type }) => type),
      ),
    );
    operator.evaluate(attributes, operands, result);
    previous = [result];
  }
  return previous[0]!;
}

/**
 * Runs a verified Program on quantised inputs and returns every input and step by name. This is the definition of correct: plain loops, made
 * to be read.
 */
export function runReference(program: Program, inputs: ReadonlyMap<string, Tensor>): Map<string, Tensor> {
  const values = new Map<string, Tensor>();
  for (const [name, { type }] of program.inputs) {
    const given = inputs.get(name);
    if (!given) throw new RangeError(`the input ${name} is missing`);
    values.set(name, { type, data: given.data });
  }
  const value = (name: string): Tensor => values.get(name) ?? program.constants.get(name)!;
  for (const step of program.steps) values.set(step.name, runStep(step, value));
  return values;
}
