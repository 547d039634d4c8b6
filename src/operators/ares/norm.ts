import * as z from 'zod';
import { f32 } from '../../numeric/rounding.ts';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { sliceRows } from '../rows.ts';

/**
 * A root in float32: a guess by half the exponent, the number itself below 0.01, and twelve steps of Newton. It is no correctly rounded root: the
 * integers of that system contain its errors.
 */
function approximateRoot(x: number): number {
  if (x <= 0) return 0;
  if (x === 1) return 1;
  bits.setFloat32(0, x);
  const halved = (1 << 29) + (bits.getInt32(0) >> 1) - (1 << 22);
  bits.setInt32(0, halved);
  let root = x < f32(0.01) ? x : bits.getFloat32(0);
  for (let step = 0; step < 12; step++) root = f32(0.5 * f32(root + f32(x / root)));
  return root;
}
const bits = new DataView(new ArrayBuffer(4));

/** LayerNorm and RMSNorm of dequantised rows, every step a float32; the quantiser behind divides by its scale. */
export const norm = defineOperator({
  name: 'ares-norm',
  formula:
    'y = gamma * d / root(mean of d^2 + epsilon) + beta, d = x * scales[0], less its mean where centred; epsilon = scales[1]; sums of rows of length neighbours from left to right, every operation in float32, root by 12 steps of Newton',
  operands: ['x', 'gamma', 'beta', 'scales'],
  attributes: z.object({ length: z.int().positive(), centred: z.boolean() }),
  epilogue: false,
  result({ length }, [x, gamma, beta, scales]) {
    const sizes = [x.shape.at(-1), elements(gamma.shape), elements(beta.shape)];
    const fits = sizes.every((size) => size === length) && elements(scales.shape) === 2;
    if (!fits) throw new RangeError(`rows of ${length} do not fit [${x.shape.join(', ')}]`);
    return { dtype: 'f32', shape: x.shape };
  },
  range: () => ({ low: -Infinity, high: Infinity }),
  slice: (attributes, [x], _, input) => sliceRows(attributes, x.shape, input, 3, attributes.length),
  kernel: ({ length, centred }, [x]) => [
    {
      function: `bw_ares_norm_${x.dtype}_f32`,
      arguments: [
        { struct: 'bw_ares_norm', fields: { rows: elements(x.shape) / length, length, centred: centred ? 1 : 0 } },
        { operand: 0 },
        { operand: 1 },
        { operand: 2 },
        { operand: 3 },
        { result: true },
      ],
    },
  ],
  evaluate({ length, centred }, [x, gamma, beta, scales], y) {
    const [scale = 1, epsilon = 0] = scales.data;
    for (let first = 0; first < y.data.length; first += length) {
      const row = Array.from(x.data.subarray(first, first + length), (value) => f32(value * scale));
      const average = (values: readonly number[]): number => f32(values.reduce((sum, value) => f32(sum + value), 0) / length);
      const mean = centred ? average(row) : 0;
      const distances = row.map((value) => f32(value - mean));
      const root = approximateRoot(f32(average(distances.map((d) => f32(d * d))) + epsilon));
      distances.forEach((d, k) => {
        y.data[first + k] = f32(f32(f32(gamma.data[k]! * d) / root) + beta.data[k]!);
      });
    }
  },
});
