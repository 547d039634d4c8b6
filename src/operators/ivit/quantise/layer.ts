import * as z from 'zod';
import { type Shape, sameShape } from '../../../numeric/tensor.ts';
import { defineLayer } from '../../layer.ts';
import { noReals } from '../reals.ts';

/** The shape of x, where the identity has the same one but for leading axes of size 1: it is added to each of their positions. */
function residualShape(x: Shape, identity: Shape): Shape {
  const lead = identity.findIndex((size) => size !== 1);
  const repeats = identity.length === x.length && (lead < 0 || sameShape(identity.slice(lead), x.slice(lead)));
  if (!repeats) throw new RangeError(`tensors of shapes [${x.join(', ')}] and [${identity.join(', ')}] do not add`);
  return x;
}

/**
 * QuantAct. Of a float input or parameter: its quantisation. Of quantised values or accumulators: their requantisation. Of two inputs, x and the
 * identity: the sum of both requantisations, each rounded, limited once. `scale` is a float32.
 */
export const quantiseLayer = defineLayer({
  kind: 'ivit-quantise',
  attributes: z.object({ bits: z.union([z.literal(8), z.literal(16)]), scale: z.number().positive() }),
  required: [],
  optional: [],
  arity: [1, 2],
  shape: (_, [x, identity]) => (identity ? residualShape(x!, identity) : x!),
  lower: () => {
    throw new Error('not lowered yet');
  },
  real: noReals,
});
