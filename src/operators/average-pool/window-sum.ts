import { dtypes } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { poolAttributes } from '../max-pool/max-pool.ts';
import { reduceWindows, sliceChannels, windowCall, windowSizes } from '../window.ts';

/** The exact sum of an average pool. How many positions it covers depends on border and ceil mode: lowering writes the counts into the Program. */
export const windowSum = defineOperator({
  name: 'window-sum',
  formula: 'y[n,c,i,j] = sum over u,v of x[n, c, i*s0+u-top, j*s1+v-left]; x is 0 outside',
  operands: ['input'],
  attributes: poolAttributes,
  epilogue: false,
  result: (attributes, [x]) => ({ dtype: 'i32', shape: [...x.shape.slice(0, 2), ...windowSizes(x.shape, attributes, attributes.ceil)] }),

  range({ kernel }, [x]) {
    const covered = kernel.reduce((product, size) => product * size, 1);
    const range = { low: Math.min(0, covered * x.range.low), high: Math.max(0, covered * x.range.high) };
    if (range.high > dtypes.i32.high || range.low < dtypes.i32.low) throw new RangeError('the sum of a window can exceed 32 bits');
    return range;
  },

  slice: (attributes, [x], _result, input) => sliceChannels(attributes, x, input),

  kernel: (attributes, [x], result) => windowCall('bw_window_sum', attributes, x, result),
  evaluate: (attributes, [x], y) => reduceWindows(attributes, x, y, 0, (sum, element) => sum + element),
});
