import * as z from 'zod';
import type { Shape, Tensor } from '../../numeric/tensor.ts';
import { defineLayer, type Lowering, type Meaning, type Real } from '../layer.ts';
import { poolAttributes } from '../max-pool/max-pool.ts';
import { accumulatorMeaning, quantised } from '../meaning.ts';
import { contractReal, real } from '../real.ts';
import { type WindowAttributes, windowSizes } from '../window.ts';
import { poolCounts } from './counts.ts';
import { windowSum } from './window-sum.ts';

const averagePoolAttributes = poolAttributes.extend({ countPadding: z.boolean() });
type AveragePool = z.infer<typeof averagePoolAttributes>;

export const pooledShape = (attributes: WindowAttributes & { ceil: boolean }, input: Shape): Shape => [
  ...input.slice(0, 2),
  ...windowSizes(input, attributes, attributes.ceil),
];

/** The sum of the windows, standing for its quotient by `counts`. */
export function sumWindows(
  name: string,
  x: Meaning,
  attributes: WindowAttributes & { ceil: boolean },
  counts: Tensor,
  to: Lowering,
): Meaning {
  const { term } = quantised(name, x, to);
  const { kernel, stride, padding, ceil } = attributes;
  const { value, type } = to.call(`${name}~sum`, {
    operator: windowSum.name,
    operands: [term.value],
    attributes: { kernel, stride, padding, ceil },
  });
  const limit = term.limit[0]! * kernel.reduce((product, size) => product * size, 1);
  return { ...accumulatorMeaning({ value, type, scale: term.scale, limit: [limit] }, 1), counts };
}

/** The mean over windows in reals. */
export function averageReal(x: Real, attributes: AveragePool): Real {
  const { countPadding: _, ...own } = attributes;
  const counts = poolCounts(x.shape, attributes).data;
  const shape = pooledShape(attributes, x.shape);
  const none: Tensor = { type: { dtype: 'f64', shape: [0] }, data: new Float64Array(0) };
  const sums = contractReal(windowSum, own, x, none, shape);
  return real(
    shape,
    (position) => sums.values[position]! / counts[position % counts.length]!,
    (position) => sums.bracket[position]! / counts[position % counts.length]!,
  );
}

export const averagePoolLayer = defineLayer({
  kind: 'average-pool',
  attributes: averagePoolAttributes,
  required: [],
  optional: [],
  arity: [1, 1],
  shape: ({ attributes }, [input]) => pooledShape(attributes, input!),
  lower: ({ name, attributes }, [x], to) => {
    const settled = to.settle(`${name}~in`, x);
    return sumWindows(name, settled, attributes, poolCounts(settled.shape, attributes), to);
  },
  real: ({ attributes }, [x]) => averageReal(x, attributes),
});
