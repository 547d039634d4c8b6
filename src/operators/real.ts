import type { Attributes } from '../numeric/attributes.ts';
import { elements, forEachIndex, type Shape, type Tensor } from '../numeric/tensor.ts';
import type { Operator } from '../program/operator.ts';
import type { Real } from './layer.ts';

/** A Real of `shape` whose values and brackets `value` and `bracket` give by position. */
export function real(shape: Shape, value: (position: number) => number, bracket: (position: number) => number): Real {
  const length = elements(shape);
  return { shape, values: Float64Array.from({ length }, (_, p) => value(p)), bracket: Float64Array.from({ length }, (_, p) => bracket(p)) };
}

/** Moves or selects elements of a Real as an operator moves or selects integers: it is run on the positions. */
export function moveReal(operator: Operator, attributes: Attributes, inputs: readonly Real[], shape: Shape, outside: number): Real {
  const sizes = inputs.map(({ values }) => values.length);
  const starts = sizes.map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 1));
  const operands = inputs.map(
    (input, index): Tensor => ({
      type: { dtype: 'f64', shape: input.shape },
      data: Float64Array.from({ length: sizes[index]! }, (_, position) => starts[index]! + position),
    }),
  );
  const places: Tensor = { type: { dtype: 'f64', shape }, data: new Float64Array(elements(shape)) };
  operator.evaluate(attributes, operands, places);
  const all = (role: 'values' | 'bracket') => [outside, ...inputs.flatMap((input) => Array.from(input[role]))];
  const values = all('values');
  const brackets = all('bracket');
  return real(
    shape,
    (position) => values[places.data[position]!]!,
    (position) => brackets[places.data[position]!]!,
  );
}

/** The sum of x * w at every position of a linear operator, and the sum of |x| * |w|. */
export function contractReal(operator: Operator, attributes: Attributes, x: Real, weights: Tensor, shape: Shape): Real {
  const run = (values: Float64Array, data: Float64Array): Float64Array => {
    const result: Tensor = { type: { dtype: 'f64', shape }, data: new Float64Array(elements(shape)) };
    const operands: Tensor[] = [
      { type: { dtype: 'f64', shape: x.shape }, data: values },
      { type: { dtype: 'f64', shape: weights.type.shape }, data },
    ];
    operator.evaluate(attributes, operands, result);
    return result.data as Float64Array;
  };
  return {
    shape,
    values: run(x.values, Float64Array.from(weights.data)),
    bracket: run(x.bracket, Float64Array.from(weights.data, Math.abs)),
  };
}

/** What an operator of two tensors makes of them, where each product takes one element of either: the brackets are its sums of |a| * |b|. */
export function contractPairs(operator: Operator, attributes: Attributes, a: Real, b: Real): Real {
  const types = [a, b].map(({ shape }) => ({ dtype: 'f64' as const, shape }));
  const { shape } = operator.result(attributes, types);
  const run = (role: 'values' | 'bracket'): Float64Array => {
    const result: Tensor = { type: { dtype: 'f64', shape }, data: new Float64Array(elements(shape)) };
    operator.evaluate(
      attributes,
      [a, b].map((operand, index): Tensor => ({ type: types[index]!, data: operand[role] })),
      result,
    );
    return result.data as Float64Array;
  };
  return { shape, values: run('values'), bracket: run('bracket') };
}

/** Scales and shifts each channel along axis 1: y = x * gain + shift; `cost` is what the shift adds to the bracket. */
export function affineReal(
  x: Real,
  axis: number,
  gain: (c: number) => number,
  shift: (c: number) => number,
  cost: (c: number) => number,
): Real {
  const values = new Float64Array(x.values.length);
  const bracket = new Float64Array(x.values.length);
  forEachIndex(x.shape, (index, position) => {
    const c = index[axis]!;
    values[position] = x.values[position]! * gain(c) + shift(c);
    bracket[position] = x.bracket[position]! * Math.abs(gain(c)) + cost(c);
  });
  return { shape: x.shape, values, bracket };
}
