import type * as z from 'zod';
import type { Attributes } from '../numeric/attributes.ts';
import type { Shape } from '../numeric/tensor.ts';
import type { Operator } from '../program/operator.ts';
import { type AnyLayer, defineLayer, type LayerContext, type Meaning, type Real } from './layer.ts';
import { accumulatorMeaning, quantised } from './meaning.ts';
import { channelLimits } from './ranges.ts';
import { affineReal, contractReal } from './real.ts';

type Weighted = LayerContext<Attributes, 'weights' | 'scales' | 'bias'>;

/** A layer that multiplies its input with constant weights: the bias stays a real number until a quantiser rounds everything at once. */
export function weightedLayer<A extends Attributes>(
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
    shape: ({ attributes: own, tensors }, [input]) => shape(own, input!, tensors.weights!.type.shape),

    lower(layer: Weighted, [x], to): Meaning {
      const { weights, scales, bias } = layer.tensors;
      const { term } = quantised(layer.name, x, to);
      const operands = [term.value, to.constant(`${layer.name}.weights`, weights!)];
      const { value, type } = to.call(`${layer.name}~acc`, { operator: operator.name, operands, attributes: layer.attributes });
      const scale = Array.from(scales!.data, (s) => term.scale[0]! * s);
      const limit = channelLimits(weights!, term.limit[0]!);
      const meaning = accumulatorMeaning({ value, type, scale, limit }, axis(type.shape));
      return { ...meaning, offset: bias ? Array.from(bias.data) : [0] };
    },

    real(layer: Weighted, [x]): Real {
      const { weights, scales, bias } = layer.tensors;
      const result = shape(layer.attributes as A, x.shape, weights!.type.shape);
      const at = (values: ArrayLike<number> | undefined, c: number) => (values ? values[values.length > 1 ? c : 0]! : 0);
      return affineReal(
        contractReal(operator, layer.attributes, x, weights!, result),
        axis(result),
        (c) => at(scales!.data, c),
        (c) => at(bias?.data, c),
        (c) => Math.abs(at(bias?.data, c)),
      );
    },
  });
}
