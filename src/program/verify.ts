import { BadInput } from '../errors.ts';
import { extent } from '../numeric/extent.ts';
import { dtypes, printType, sameShape, type Tensor, type TensorType } from '../numeric/tensor.ts';
import { knownOf } from './known.ts';
import type { Known, Operators, Range } from './operator.ts';
import type { Call, Program, Step } from './program.ts';

const complain = (
  where: string,
  found: string,
  expected: string,
  remedy = 'lower the network again, and report this if it stays',
): never => {
  throw new BadInput({ where, found, expected, remedy });
};

/** Of constants, which the rewritings of a program share: each is looked through once. */
const ranges = new WeakMap<Tensor, Range>();

const knownConstant = (constant: Tensor): Known => {
  const range = ranges.get(constant) ?? extent(constant.data);
  ranges.set(constant, range);
  return { type: constant.type, range, constant };
};

/** A stage must fit its operator, and what it makes must fit the type that holds it. */
function checkStage(
  step: Step,
  { operator: name, operands: names, attributes }: Call,
  operands: readonly Known[],
  operators: Operators,
): Known {
  const where = `step ${step.name}, ${name}(${names.join(', ')})`;
  const operator = operators.get(name) ?? complain(where, `the operator ${name}`, `one of ${[...operators.keys()].join(', ')}`);
  const declared = operator.operands;
  const variadic = declared.at(-1)?.endsWith('...') ?? false;
  const least = variadic ? declared.length - 1 : declared.length;
  if (operands.length < least || (!variadic && operands.length > least))
    complain(where, `${operands.length} operands`, declared.join(', '));
  const parsed = operator.attributes.safeParse(attributes);
  if (!parsed.success)
    complain(where, `attribute ${parsed.error.issues[0]?.path.join('.')}: ${parsed.error.issues[0]?.message}`, 'its own attributes');
  try {
    const known = knownOf(operator, attributes, operands);
    const { type, range } = known;
    const { low, high } = dtypes[type.dtype];
    if (range.low < low || range.high > high) {
      complain(
        where,
        `values from ${range.low} to ${range.high}`,
        `values that fit ${type.dtype}`,
        'use fewer bits or fewer input channels in this layer',
      );
    }
    return known;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return complain(where, error.message, 'operands and constants that fit');
  }
}

/**
 * Proves from shapes, types and constants that the Program can run and that nothing in it overflows, and returns what is known of every
 * value. A BadInput names the step that is wrong.
 */
export function verifyProgram(program: Program, operators: Operators): ReadonlyMap<string, Known> {
  const known = new Map<string, Known>();
  const define = (name: string, value: Known): void => {
    if (known.has(name)) complain(`program ${program.name}`, `two values named ${name}`, 'unique names');
    known.set(name, value);
  };
  for (const [name, constant] of program.constants) define(name, knownConstant(constant));
  for (const [name, { type, lo, hi }] of program.inputs) define(name, { type, range: { low: lo, high: hi } satisfies Range });
  for (const step of program.steps) {
    let previous: readonly Known[] = [];
    if (step.stages.length === 0) complain(`step ${step.name}`, 'no calls', 'at least one');
    step.stages.forEach((stage, index) => {
      if (index > 0 && operators.get(stage.operator)?.epilogue === false)
        complain(`step ${step.name}`, `${stage.operator} behind another call`, 'it to lead a step');
      const operands = stage.operands.map(
        (name) =>
          known.get(name) ??
          complain(`step ${step.name}`, `the operand ${name}, which nothing before it makes`, 'inputs, constants and earlier steps'),
      );
      previous = [checkStage(step, stage, [...previous, ...operands], operators)];
    });
    const [result] = previous;
    if (!sameType(result!.type, step.type))
      complain(`step ${step.name}`, `a result of type ${printType(result!.type)}`, printType(step.type));
    define(step.name, result!);
  }
  for (const name of program.outputs)
    if (!known.has(name)) complain(`program ${program.name}`, `the output ${name}, which nothing makes`, 'a step or an input');
  return known;
}

const sameType = (a: TensorType, b: TensorType): boolean => a.dtype === b.dtype && sameShape(a.shape, b.shape);
