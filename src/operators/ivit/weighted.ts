import type * as z from 'zod';
import type { Attributes } from '../../numeric/attributes.ts';
import { elements, type Shape } from '../../numeric/tensor.ts';
import type { Operator } from '../../program/operator.ts';
import { type AnyLayer, defineLayer } from '../layer.ts';
import { noReals } from './reals.ts';

/** QuantLinear and QuantConv2d: int8 weights with a float32 scale per output channel, int32 bias in steps of the accumulator. */
export function integerLayer<A extends Attributes>(
  kind: string,
  _operator: Operator,
  attributes: z.ZodType<A>,
  _axis: (shape: Shape) => number,
  shape: (attributes: A, input: Shape, weights: Shape) => Shape,
): AnyLayer {
  return defineLayer({
    kind,
    attributes,
    required: ['weights', 'scales'],
    optional: ['bias'],
    arity: [1, 1],

    shape({ attributes: own, tensors: { weights, scales, bias } }, [input]) {
      const outputs = weights!.type.shape[0]!;
      for (const given of [scales, bias]) {
        if (given && elements(given.type.shape) !== outputs) {
          throw new RangeError(`${elements(given.type.shape)} scales or biases do not fit ${outputs} output channels`);
        }
      }
      return shape(own, input!, weights!.type.shape);
    },

    lower: () => {
      throw new Error('not lowered yet');
    },
    real: noReals,
  });
}
