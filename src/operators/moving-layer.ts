import type * as z from 'zod';
import type { Attributes } from '../numeric/attributes.ts';
import type { Shape } from '../numeric/tensor.ts';
import type { Operator } from '../program/operator.ts';
import { type AnyLayer, defineLayer, type Pending } from './layer.ts';
import { move } from './meaning.ts';
import { moveReal } from './real.ts';

/** A layer that only moves or selects elements: its operator of the same name and attributes does it, at once or after the rounding. */
export const movingLayer = <A extends Attributes>(
  operator: Operator,
  attributes: z.ZodType<A>,
  commutes: Pending['commutes'],
  shape: (attributes: A, input: Shape) => Shape,
): AnyLayer =>
  defineLayer({
    kind: operator.name,
    attributes,
    required: [],
    optional: [],
    arity: [1, 1],
    shape: (layer, [input]) => shape(layer.attributes, input!),
    lower: ({ name, attributes: own }, [x], to) => move(name, x, { operator: operator.name, operands: [], attributes: own }, commutes, to),
    real: ({ attributes: own }, [x]) => moveReal(operator, own, [x], shape(own, x.shape), 0),
  });
