import * as z from 'zod';
import { BadInput } from '../../errors.ts';
import { elements, type Shape, tensor } from '../../numeric/tensor.ts';
import { axisSum } from '../average-pool/axis-sum.ts';
import { defineLayer } from '../layer.ts';
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

export const meanLayer = defineLayer({
  kind: 'mean',
  attributes: z.object({ axes: z.array(z.int().nonnegative()).min(1), keep: z.boolean() }),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: ({ attributes: { axes, keep } }, [input]) => meanShape(axes, keep, input!),

  lower({ name, attributes: { axes, keep } }, [x], to) {
    const { meaning, term } = quantised(name, x, to);
    const split = neighbours(name, axes, meaning.shape);
    const reshaped = to.call(`${name}~1`, { operator: reshape.name, operands: [term.value], attributes: { shape: split } });
    const summed = to.call(`${name}~2`, { operator: axisSum.name, operands: [reshaped.value], attributes: { axis: 1 } });
    const attributes = { shape: meanShape(axes, keep, meaning.shape) };
    const { value, type } = to.call(`${name}~sum`, { operator: reshape.name, operands: [summed.value], attributes });
    const limit = [term.limit[0]! * split[1]];
    return {
      ...accumulatorMeaning({ value, type, scale: term.scale, limit }, 0),
      counts: tensor({ dtype: 'i32', shape: [1] }, [split[1]]),
      ares: 'ares-mean',
    };
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
