import type { Known } from '../../../program/operator.ts';
import type { Site } from '../../kernel.ts';
import { multipliersOf } from './multipliers.ts';
import { roundingOf } from './rounding.ts';
import { thresholdsOf } from './thresholds.ts';

/** One multiplier with which all sums leave the accumulator as what the next stage rounds them to. */
export interface Scaling {
  readonly multiplier: number;
  /** Results below 0 become 0. */
  readonly relu: boolean;
  /** Stages of the step that the array takes then. */
  readonly taken: number;
}

/** The rounding that follows the first stages of a step, if one multiplier is right for every sum that those can give. */
export function uniformScaling({ step, program, operators, known }: Site, stages: number): Scaling | undefined {
  const call = step.stages[stages];
  const rounding = call && roundingOf(call, program, operators);
  if (rounding?.channels !== 1) return undefined;
  const values = known();
  let sums: Known | undefined;
  for (const { operator: name, operands, attributes } of step.stages.slice(0, stages)) {
    const operator = operators.get(name)!;
    const own = [...(sums ? [sums] : []), ...operands.map((operand) => values.get(operand)!)];
    const types = own.map(({ type }) => type);
    sums = { type: operator.result(attributes, types), range: operator.range(attributes, own) };
  }
  const { low, high } = sums!.range;
  const relu = rounding.lo === 0;
  const thresholds = thresholdsOf(rounding, Float64Array.of(low), Float64Array.of(high));
  const found = thresholds && multipliersOf(thresholds, relu);
  if (found === undefined || found.brackets.length > 0) return undefined;
  return { multiplier: found.multipliers[0]!, relu, taken: stages + 1 };
}
