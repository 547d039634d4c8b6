import * as z from 'zod';
import { defineOperator } from '../../program/operator.ts';
import { border, fillWindows, outSizes, overWindow, sliceChannels, spatial, windowFields, windowOf, windowSizes } from '../window.ts';

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

  kernel: (attributes, [x], result) => [
    {
      function: `bw_max_pool_${x.dtype}`,
      arguments: [
        { struct: 'bw_window', fields: windowFields(windowOf(x.shape, attributes, outSizes(result))) },
        { operand: 0 },
        { result: true },
      ],
    },
  ],

  evaluate(attributes, [x], y) {
    const window = windowOf(x.type.shape, attributes, outSizes(y.type));
    fillWindows(y, window, window.channels, (n, c, i, j) => {
      let greatest = -Infinity;
      overWindow(window, n, c, i, j, (position) => {
        greatest = Math.max(greatest, x.data[position]!);
      });
      return greatest;
    });
  },
});
