import { defineOperator } from '../../program/operator.ts';
import { blockArguments, overBlocks, reducedBlocks, reducedShape, reductionAttributes } from './axes.ts';

/** The exact sum of a mean over neighbouring axes. */
export const axisSum = defineOperator({
  name: 'axis-sum',
  formula: 'y = sum of x over the axes; keep leaves each of them with size 1',
  operands: ['input'],
  attributes: reductionAttributes,
  epilogue: false,
  result: (attributes, [x]) => ({ dtype: 'i32', shape: reducedShape(attributes, x.shape) }),

  range(attributes, [x]) {
    const { size } = reducedBlocks(attributes, x.type.shape);
    return { low: x.range.low * size, high: x.range.high * size };
  },

  kernel(attributes, [x]) {
    return [
      {
        function: `bw_axis_sum_${x.dtype}`,
        arguments: [...blockArguments(attributes, x.shape), { operand: 0 }, { result: true }],
      },
    ];
  },

  evaluate(attributes, [x], y) {
    overBlocks(attributes, x.type.shape, (position, first, step, size) => {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += x.data[first + k * step]!;
      y.data[position] = sum;
    });
  },
});
