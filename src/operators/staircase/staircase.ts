import * as z from 'zod';
import { extent } from '../../numeric/extent.ts';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { sliceElementwise } from '../requantise/channels.ts';

/** A nonlinearity on a value too wide for a table: the places where the rounded result changes, found by lowering (docs/numbers.md, Nonlinearities). */
export const staircase = defineOperator({
  name: 'staircase',
  formula: 'y = values[number of thresholds <= x], the thresholds ascending',
  operands: ['input', 'thresholds', 'values'],
  attributes: z.object({}),
  epilogue: true,
  result(_, [x, thresholds, values]) {
    if (elements(values.shape) !== elements(thresholds.shape) + 1) throw new RangeError('a staircase has one value more than thresholds');
    return { dtype: values.dtype, shape: x.shape };
  },
  range: (_, [, , values]) => (values.constant ? extent(values.constant.data) : values.range),
  slice(attributes, [x], _, input) {
    const whole = { axis: -1, channels: 1 };
    return sliceElementwise(attributes, x.shape, input, ['tensor', whole, whole]);
  },
  kernel: (_, [x, thresholds, values]) => [
    {
      function: `bw_staircase_${x.dtype}_${values.dtype}`,
      arguments: [
        { name: 'count', int: elements(x.shape) },
        { name: 'steps', int: elements(thresholds.shape) },
        { operand: 0 },
        { operand: 1 },
        { operand: 2 },
        { result: true },
      ],
    },
  ],
  evaluate(_, [x, thresholds, values], y) {
    for (let position = 0; position < y.data.length; position++) {
      const below = thresholds.data.findIndex((threshold) => threshold > x.data[position]!);
      y.data[position] = values.data[below < 0 ? thresholds.data.length : below]!;
    }
  },
});
