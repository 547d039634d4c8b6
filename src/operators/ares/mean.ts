import * as z from 'zod';
import { f32 } from '../../numeric/rounding.ts';
import { defineOperator } from '../../program/operator.ts';
import { blockArguments, overBlocks, reducedShape, reductionAttributes } from '../average-pool/axes.ts';

/** The mean of dequantised values, each partial sum a float32; the quantiser divides by its scale. */
export const mean = defineOperator({
  name: 'ares-mean',
  formula: 'y = f32((f32(x_0 * scale) + f32(x_1 * scale) + ...) / count) over the axes, in float32 from left to right',
  operands: ['x'],
  attributes: reductionAttributes.extend({ scale: z.number().positive() }),
  epilogue: false,
  result: (attributes, [x]) => ({ dtype: 'f32', shape: reducedShape(attributes, x.shape) }),
  range: () => ({ low: -Infinity, high: Infinity }),
  kernel(attributes, [x]) {
    return [
      {
        function: `bw_ares_mean_${x.dtype}_f32`,
        arguments: [...blockArguments(attributes, x.shape), { name: 'scale', float: attributes.scale }, { operand: 0 }, { result: true }],
      },
    ];
  },
  evaluate(attributes, [x], y) {
    const scale = f32(attributes.scale);
    overBlocks(attributes, x.type.shape, (position, first, step, size) => {
      let sum = 0;
      for (let k = 0; k < size; k++) sum = f32(sum + f32(x.data[first + k * step]! * scale));
      y.data[position] = f32(sum / size);
    });
  },
});
