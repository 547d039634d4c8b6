import * as z from 'zod';
import { along } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';

/** The exact sum of a mean over one axis; a mean over several is made of a reshape before and after. */
export const axisSum = defineOperator({
  name: 'axis-sum',
  formula: 'y[..., 0, ...] = sum over k of x[..., k, ...], k along the axis',
  operands: ['input'],
  attributes: z.object({ axis: z.int().nonnegative() }),
  epilogue: false,
  result: ({ axis }, [x]) => ({ dtype: 'i32', shape: x.shape.map((size, at) => (at === axis ? 1 : size)) }),
  range: ({ axis }, [x]) => ({ low: x.range.low * x.type.shape[axis]!, high: x.range.high * x.type.shape[axis]! }),

  kernel({ axis }, [x]) {
    const { outer, size, inner } = along(x.shape, axis);
    return [
      {
        function: `bw_axis_sum_${x.dtype}`,
        arguments: [
          { name: 'outer', int: outer },
          { name: 'size', int: size },
          { name: 'inner', int: inner },
          { operand: 0 },
          { result: true },
        ],
      },
    ];
  },

  evaluate({ axis }, [x], y) {
    const { size, inner } = along(x.type.shape, axis);
    for (let position = 0; position < y.data.length; position++) {
      const first = Math.floor(position / inner) * size * inner + (position % inner);
      let sum = 0;
      for (let k = 0; k < size; k++) sum += x.data[first + k * inner]!;
      y.data[position] = sum;
    }
  },
});
