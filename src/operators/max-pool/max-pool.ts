import * as z from 'zod';
import { defineOperator } from '../../program/operator.ts';
import { border, reduceWindows, sliceChannels, spatial, windowCall, windowSizes } from '../window.ts';

export const poolAttributes = z.object({ kernel: spatial, stride: spatial, padding: border, ceil: z.boolean() });

export const maxPool = defineOperator({
  name: 'max-pool',
  formula: 'y[n,c,i,j] = max over u,v of x[n, c, i*s0+u-top, j*s1+v-left]; positions outside x never win',
  operands: ['input'],
  attributes: poolAttributes,
  epilogue: true,
  result: (attributes, [x]) => ({ dtype: x.dtype, shape: [...x.shape.slice(0, 2), ...windowSizes(x.shape, attributes, attributes.ceil)] }),
  range: (_, [x]) => x.range,
  slice: (attributes, [x], _result, input) => sliceChannels(attributes, x, input),

  kernel: (attributes, [x], result) => windowCall('bw_max_pool', attributes, x, result),
  evaluate: (attributes, [x], y) => reduceWindows(attributes, x, y, -Infinity, Math.max),
});
