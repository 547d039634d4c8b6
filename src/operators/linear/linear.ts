import * as z from 'zod';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { constantSums } from '../ranges.ts';
import { wholeRegion } from '../regions.ts';

export const linear = defineOperator({
  name: 'linear',
  formula: 'y[..., o] = sum over k of x[..., k] * w[o, k]',
  operands: ['input', 'weights'],
  attributes: z.object({}),
  epilogue: false,

  result(_, [x, w]) {
    const [outputs = 0, depth = 0] = w.shape;
    if (x.shape.at(-1) !== depth) throw new RangeError(`weights [${w.shape.join(', ')}] do not fit rows of ${x.shape.at(-1)}`);
    return { dtype: 'i32', shape: [...x.shape.slice(0, -1), outputs] };
  },

  range: (_, [x, w]) => constantSums(x, w),
  macs: (_, [, w], result) => elements(result.shape) * w.shape[1]!,

  contraction: (_, [x, w]) => ({
    rows: elements(x.shape.slice(0, -1)),
    depth: w.shape[1]!,
    columns: w.shape[0]!,
    batch: 1,
    left: 0,
    right: 1,
  }),

  /** One row (token) after the other. */
  slice(attributes, [x]) {
    const axis = x.shape.length - 2;
    return axis >= 0 && elements(x.shape.slice(0, axis)) === 1
      ? { cut: { axis, count: x.shape[axis]! }, operands: [axis, null], attributes }
      : undefined;
  },

  /** Some of the rows, and the weights of some of the outputs. */
  needs(attributes, [, w], _, region) {
    const [outputs] = region.slice(-1);
    const [, depth] = wholeRegion(w.shape);
    return { operands: [region.with(-1, depth!), [outputs!, depth!]], attributes };
  },

  kernel: (_, [x, w]) => [
    {
      function: `bw_linear_${x.dtype}`,
      arguments: [
        { name: 'rows', int: elements(x.shape.slice(0, -1)) },
        { name: 'depth', int: w.shape[1]! },
        { name: 'outputs', int: w.shape[0]! },
        { operand: 0 },
        { operand: 1 },
        { result: true },
      ],
    },
  ],

  evaluate(_, [x, w], y) {
    const [outputs = 1, depth = 1] = w.type.shape;
    for (let position = 0; position < y.data.length; position++) {
      const row = Math.floor(position / outputs) * depth;
      const column = (position % outputs) * depth;
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += x.data[row + k]! * w.data[column + k]!;
      y.data[position] = sum;
    }
  },
});
