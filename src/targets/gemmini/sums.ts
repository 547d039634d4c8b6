import * as z from 'zod';
import { elements, type TensorType } from '../../numeric/tensor.ts';
import { defineOperator, type Operators } from '../../program/operator.ts';
import type { Site } from '../kernel.ts';
import { type Portable, portably } from '../portable.ts';
import { bytesOnArray, onArray, standIns } from './bytes.ts';
import { type FusedPipe, fusePipe } from './core/fusion.ts';
import { fusions } from './core/fusions.ts';
import type { GemminiMachine } from './machine.ts';

const name = 'gemmini-sums';

/** Stands in a pipe for what the array computes. `parts` along the leading axis are whole rows of its products. */
const sums = (rows: number) =>
  defineOperator({
    name,
    formula: 'y = x',
    operands: ['x'],
    attributes: z.object({}),
    epilogue: false,
    result: (_, [x]) => x,
    range: (_, [x]) => x.range,
    slice(attributes, [x]) {
      const axis = x.shape.findIndex((size) => size > 1);
      const count = x.shape[axis] ?? 1;
      return axis >= 0 && rows % count === 0 ? { cut: { axis, count }, operands: [axis], attributes } : undefined;
    },
    kernel: () => [],
    evaluate: (_, [x], y) => y.data.set(x.data),
  });

/** The type of what the first stages of a step give. */
export function typeAfter({ step, types, operators }: Site, stages: number): TensorType {
  let type: TensorType | undefined;
  for (const { operator, operands, attributes } of step.stages.slice(0, stages)) {
    const own = operands.map((operand) => types.get(operand)!);
    type = operators.get(operator)!.result(attributes, type === undefined ? own : [type, ...own]);
  }
  return type!;
}

/**
 * What follows the calls that the array takes, for the core: stage 0, so many rows of what those give, calls nothing. `idle` is the array where it
 * has nothing to do meanwhile: it may take calls then.
 */
export function pipeBehind(
  site: Site,
  rows: number,
  taken: number,
  idle?: GemminiMachine,
): { readonly sums: TensorType; readonly rest: Portable; readonly constants: FusedPipe['constants'] } {
  const { step, types, operators } = site;
  const array = idle ? onArray(site, taken, idle) : { stages: step.stages, constants: new Map() };
  const type = typeAfter(site, taken);
  const known: Operators = new Map([...operators, ...standIns, [name, sums(rows)]]);
  const stages = [{ operator: name, operands: [name], attributes: {} }, ...array.stages.slice(taken)];
  const made = Array.from(array.constants, ([constant, value]): [string, TensorType] => [constant, value.type]);
  const all = new Map([...types, [name, type], ...made]);
  const { pipe, constants } = fusePipe(
    portably({ ...step, stages }, all, known),
    site.apart ? [] : [bytesOnArray, ...fusions],
    site,
    taken,
  );
  return { sums: type, rest: { ...pipe, before: taken - 1 }, constants: new Map([...array.constants, ...constants]) };
}

export const rowsOf = (type: TensorType, columns: number): number => elements(type.shape) / columns;
