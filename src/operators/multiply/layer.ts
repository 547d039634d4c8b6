import * as z from 'zod';
import { elements, type Shape } from '../../numeric/tensor.ts';
import { defineLayer } from '../layer.ts';
import { accumulatorMeaning, quantised } from '../meaning.ts';
import { contractPairs } from '../real.ts';
import { multiply, repetition } from './multiply.ts';

/** The larger one first: the other repeats. */
const ordered = <T>(a: T, b: T, shapeOf: (x: T) => Shape): readonly [T, T] =>
  elements(shapeOf(a)) < elements(shapeOf(b)) ? [b, a] : [a, b];

/** A product of two activations, element by element; the smaller one repeats along neighbouring axes. */
export const multiplyLayer = defineLayer({
  kind: 'multiply',
  attributes: z.object({}),
  required: [],
  optional: [],
  arity: [2, 2],
  shape(_, [x, y]) {
    const [a, b] = ordered(x!, y!, (shape) => shape);
    repetition(a, b);
    return a;
  },

  lower({ name }, [x, y], to) {
    const terms = [x, y!].map((input) => quantised(name, input, to).term);
    const [a, b] = ordered(terms[0]!, terms[1]!, ({ type }) => type.shape);
    const { value, type } = to.call(`${name}~acc`, { operator: multiply.name, operands: [a.value, b.value], attributes: {} });
    return accumulatorMeaning({ value, type, scale: [a.scale[0]! * b.scale[0]!], limit: [a.limit[0]! * b.limit[0]!] }, 0);
  },

  real: (_, [x, y]) => contractPairs(multiply, {}, ...ordered(x, y!, ({ shape }) => shape)),
});
