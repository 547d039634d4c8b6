import * as z from 'zod';
import { f32, roundHalfEven } from '../../../numeric/rounding.ts';
import { defineOperator } from '../../../program/operator.ts';
import { blockArguments, overBlocks, reducedShape } from '../../average-pool/axes.ts';

export const meanAttributes = z.object({ axis: z.int().nonnegative() });
const reduction = ({ axis }: { readonly axis: number }) => ({ axes: [axis], keep: false });

/** The float32 mean of quantised values and the integer that the next QuantAct sees in it. */
export const mean = defineOperator({
  name: 'ivit-mean',
  formula: 'y = rne(f32(f32(sum of f32(x * scale) / count) / scale)) over one axis, the sum exact',
  operands: ['x'],
  attributes: meanAttributes.extend({ scale: z.number().positive() }),
  epilogue: false,
  result: (attributes, [x]) => ({ dtype: x.dtype, shape: reducedShape(reduction(attributes), x.shape) }),
  range: (_, [x]) => x.range,

  kernel(attributes, [x]) {
    return [
      {
        function: `bw_ivit_mean_${x.dtype}`,
        arguments: [
          ...blockArguments(reduction(attributes), x.shape),
          { name: 'scale', float: attributes.scale },
          { operand: 0 },
          { result: true },
        ],
      },
    ];
  },

  evaluate(attributes, [x], y) {
    const s = f32(attributes.scale);
    overBlocks(reduction(attributes), x.type.shape, (position, first, step, size) => {
      let sum = 0;
      for (let k = 0; k < size; k++) sum += f32(x.data[first + k * step]! * s);
      y.data[position] = roundHalfEven(f32(f32(sum / size) / s));
    });
  },
});
