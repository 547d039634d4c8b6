import type * as z from 'zod';
import type { Attributes } from '../../numeric/attributes.ts';
import { f32 } from '../../numeric/rounding.ts';
import { elements, type Shape } from '../../numeric/tensor.ts';
import type { Operator } from '../../program/operator.ts';
import { type AnyLayer, defineLayer } from '../layer.ts';
import { accumulatorMeaning } from '../meaning.ts';
import { channelLimits } from '../ranges.ts';
import { bias as addBias } from '../requantise/float32.ts';
import { narrowTerm } from './lowered.ts';
import { noReals } from './reals.ts';

/** QuantLinear and QuantConv2d: int8 weights with a float32 scale per output channel, int32 bias in steps of the accumulator. */
export function integerLayer<A extends Attributes>(
  kind: string,
  operator: Operator,
  attributes: z.ZodType<A>,
  axis: (shape: Shape) => number,
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

    lower({ name, attributes: own, tensors: { weights, scales, bias } }, [x], to) {
      const input = narrowTerm(name, x, to);
      const acc = to.call(bias ? `${name}~acc` : name, {
        operator: operator.name,
        operands: [input.value, to.constant(`${name}.weights`, weights!)],
        attributes: own,
      });
      const along = axis(acc.type.shape);
      const { value, type } = bias
        ? to.call(name, { operator: addBias.name, operands: [acc.value, to.constant(`${name}.bias`, bias)], attributes: { axis: along } })
        : acc;
      const limit = channelLimits(weights!, input.limit[0]!).map((most, c) => most + Math.abs(bias ? bias.data[c]! : 0));
      const scale = Array.from(scales!.data, (s) => f32(f32(s) * input.scale[0]!));
      return accumulatorMeaning({ value, type, scale, limit }, along);
    },

    real: noReals,
  });
}
