import * as z from 'zod';
import { f32 } from '../../numeric/rounding.ts';
import { along } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';

/** The mean of dequantised values, each partial sum a float32; the quantiser divides by its scale. */
export const mean = defineOperator({
  name: 'ares-mean',
  formula: 'y[..., 0, ...] = f32((f32(x_0 * scale) + f32(x_1 * scale) + ...) / count), along the axis, in float32 from left to right',
  operands: ['x'],
  attributes: z.object({ axis: z.int().nonnegative(), scale: z.number().positive() }),
  epilogue: false,
  result: ({ axis }, [x]) => ({ dtype: 'f32', shape: x.shape.map((size, at) => (at === axis ? 1 : size)) }),
  range: () => ({ low: -Infinity, high: Infinity }),
  kernel({ axis, scale }, [x]) {
    const { outer, size, inner } = along(x.shape, axis);
    return [
      {
        function: `bw_ares_mean_${x.dtype}_f32`,
        arguments: [
          { name: 'outer', int: outer },
          { name: 'size', int: size },
          { name: 'inner', int: inner },
          { name: 'scale', float: scale },
          { operand: 0 },
          { result: true },
        ],
      },
    ];
  },
  evaluate({ axis, scale }, [x], y) {
    const { size, inner } = along(x.type.shape, axis);
    for (let position = 0; position < y.data.length; position++) {
      const first = Math.floor(position / inner) * size * inner + (position % inner);
      let sum = 0;
      for (let k = 0; k < size; k++) sum = f32(sum + f32(x.data[first + k * inner]! * f32(scale)));
      y.data[position] = f32(sum / size);
    }
  },
});
