import * as z from 'zod';
import { BadInput } from '../../errors.ts';
import { elements, type Shape, type TensorType, tensor } from '../../numeric/tensor.ts';
import type { Call } from '../../program/program.ts';
import { axisSum } from '../average-pool/axis-sum.ts';
import { defineLayer, type Lowering, type Term } from '../layer.ts';
import { accumulatorMeaning, quantised } from '../meaning.ts';
import { contractReal, real } from '../real.ts';
import { reshape } from '../reshape/reshape.ts';

const meanShape = (axes: readonly number[], keep: boolean, input: Shape): Shape =>
  keep ? input.map((size, axis) => (axes.includes(axis) ? 1 : size)) : input.filter((_, axis) => !axes.includes(axis));

/** Neighbouring axes count as one: [outer, size, inner]. */
function neighbours(name: string, axes: readonly number[], shape: Shape): [number, number, number] {
  const first = Math.min(...axes);
  const last = Math.max(...axes);
  if (last - first !== axes.length - 1 || last >= shape.length || axes.length === 0) {
    throw new BadInput({
      where: `layer ${name}`,
      found: `a mean over axes ${axes.join(', ')} of [${shape.join(', ')}]`,
      expected: 'axes that stand beside each other',
      remedy: 'permute the tensor first, or take two means',
    });
  }
  return [elements(shape.slice(0, first)), elements(shape.slice(first, last + 1)), elements(shape.slice(last + 1))];
}

export const meanAttributes = z.object({ axes: z.array(z.int().nonnegative()).min(1), keep: z.boolean() });

/** What `reduce` makes of the axes, which it sees as axis 1 of three, in the shape of the mean; `count` elements make one. */
export function reduceAxes(
  name: string,
  { axes, keep }: z.infer<typeof meanAttributes>,
  { value: operand, type: { shape } }: Term,
  reduce: Omit<Call, 'operands'>,
  to: Lowering,
): { readonly value: string; readonly type: TensorType; readonly count: number } {
  const split = neighbours(name, axes, shape);
  const reshaped = to.call(`${name}~1`, { operator: reshape.name, operands: [operand], attributes: { shape: split } });
  const reduced = to.call(`${name}~2`, { ...reduce, operands: [reshaped.value] });
  const attributes = { shape: meanShape(axes, keep, shape) };
  return { ...to.call(`${name}~sum`, { operator: reshape.name, operands: [reduced.value], attributes }), count: split[1] };
}

export const meanLayer = defineLayer({
  kind: 'mean',
  attributes: meanAttributes,
  required: [],
  optional: [],
  arity: [1, 1],
  shape: ({ attributes: { axes, keep } }, [input]) => meanShape(axes, keep, input!),

  lower({ name, attributes }, [x], to) {
    const { term } = quantised(name, x, to);
    const { value, type, count } = reduceAxes(name, attributes, term, { operator: axisSum.name, attributes: { axis: 1 } }, to);
    const meaning = accumulatorMeaning({ value, type, scale: term.scale, limit: [term.limit[0]! * count] }, 0);
    return { ...meaning, counts: tensor({ dtype: 'i32', shape: [1] }, [count]) };
  },

  real({ name, attributes: { axes, keep } }, [x]) {
    const split = neighbours(name, axes, x.shape);
    const none = tensor({ dtype: 'f64', shape: [0] });
    const sums = contractReal(axisSum, { axis: 1 }, { ...x, shape: split }, none, [split[0], 1, split[2]]);
    return real(
      meanShape(axes, keep, x.shape),
      (position) => sums.values[position]! / split[1],
      (position) => sums.bracket[position]! / split[1],
    );
  },
});
