import * as z from 'zod';
import { elements, type Shape } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { wholeSpan } from '../../program/regions.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** How `b` repeats in `a`: each of `outer` stretches of `inner` elements `size` times. */
export interface Repetition {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** The repetition of b along neighbouring axes of a, where it has 1 or no axis; a RangeError where the shapes do not fit so. */
export function repetition(a: Shape, b: Shape): Repetition {
  const padded = [...new Array<number>(Math.max(0, a.length - b.length)).fill(1), ...b];
  const repeats = a.map((size, axis) => size !== 1 && padded[axis] === 1);
  const first = repeats.indexOf(true);
  const [begin, end] = first < 0 ? [0, 0] : [first, repeats.lastIndexOf(true) + 1];
  const fits = a.every((size, axis) => padded[axis] === (axis >= begin && axis < end ? 1 : size));
  if (padded.length > a.length || !fits)
    throw new RangeError(`tensors [${a.join(', ')}] and [${b.join(', ')}] do not multiply element by element`);
  return { outer: elements(a.slice(0, begin)), size: elements(a.slice(begin, end)), inner: elements(a.slice(end)) };
}

/** A product of two activations, element by element, as gates have it. */
export const multiply = defineOperator({
  name: 'multiply',
  formula: 'y = a * b, exactly, in 32 bits; b repeats along neighbouring axes where it has 1 or none',
  operands: ['a', 'b'],
  attributes: z.object({}),
  epilogue: true,
  result(_, [a, b]) {
    repetition(a.shape, b.shape);
    return { dtype: 'i32', shape: a.shape };
  },
  range(_, [a, b]) {
    const products = [a.range.low, a.range.high].flatMap((x) => [b.range.low, b.range.high].map((y) => x * y));
    return { low: Math.min(...products), high: Math.max(...products) };
  },

  slice(attributes, [a, b], _, input) {
    const slicing = sliceElementwise(attributes, a.shape, input, ['tensor', 'tensor']);
    const own = slicing && slicing.cut.axis - (a.shape.length - b.shape.length);
    if (own === undefined) return undefined;
    return { ...slicing!, operands: [slicing!.cut.axis, (b.shape[own] ?? 1) > 1 ? own : null] };
  },

  needs(attributes, [a, b], _, region) {
    const missing = a.shape.length - b.shape.length;
    return { operands: [region, b.shape.map((size, axis) => (size === 1 ? wholeSpan(1) : region[axis + missing]!))], attributes };
  },

  kernel: (_, [a, b]) => [
    {
      function: `bw_multiply_${a.dtype}_${b.dtype}`,
      arguments: [
        { struct: 'bw_repetition', fields: { ...repetition(a.shape, b.shape) } },
        { operand: 0 },
        { operand: 1 },
        { result: true },
      ],
    },
  ],

  evaluate(_, [a, b], y) {
    const { size, inner } = repetition(a.type.shape, b.type.shape);
    for (let position = 0; position < y.data.length; position++) {
      const stretch = Math.floor(position / (size * inner)) * inner;
      y.data[position] = a.data[position]! * b.data[stretch + (position % inner)]!;
    }
  },
});
