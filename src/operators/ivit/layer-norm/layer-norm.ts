import * as z from 'zod';
import { f32, roundHalfEven } from '../../../numeric/rounding.ts';
import { elements } from '../../../numeric/tensor.ts';
import { defineOperator } from '../../../program/operator.ts';
import { rowNeeds } from '../../regions.ts';
import { rowsOf, sliceRows } from '../../rows.ts';

/** Ten steps of Newton's method from 2^16, no more and no less: below 186 they have not converged yet, and I-ViT stops there. */
export function newtonRoot(variance: number): number {
  let root = 65536;
  for (let step = 0; step < 10; step++) root = Math.floor(f32(root + Math.floor(f32(variance / root))) / 2);
  return root;
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** IntLayerNorm, each f32() one float32 operation; the two sums are in double from left to right, rounded once. */
export const layerNorm = defineOperator({
  name: 'ivit-layer-norm',
  formula:
    'y = f32(floor(f32(d * floor(f32(2^31 / k))) / 2) + bias[c]), d = f32(v - rne(f32(sum v / count))), k = ten Newton steps from 2^16 to the root of f32(sum f32(d * d)), v = f32(f32(x * scale) / scale) along the last axis; an integer in f32',
  operands: ['x', 'bias'],
  attributes: z.object({ scale: z.number().positive() }),
  epilogue: true,

  result(_, [x, bias]) {
    if (elements(bias.shape) !== x.shape.at(-1))
      throw new RangeError(`${elements(bias.shape)} biases do not fit rows of ${x.shape.at(-1)}`);
    return { dtype: 'f32', shape: x.shape };
  },

  range: () => ({ low: -Infinity, high: Infinity }),
  slice: (attributes, [x], _, input) => sliceRows(attributes, x.shape, input, 1),

  needs: (attributes, operands, _, region) => rowNeeds(attributes, region, operands),

  kernel({ scale }, [x]) {
    const { rows, columns } = rowsOf(x.shape);
    return [
      {
        function: `bw_ivit_layer_norm_${x.dtype}_f32`,
        arguments: [
          { name: 'rows', int: rows },
          { name: 'columns', int: columns },
          { name: 'scale', float: scale },
          { operand: 0 },
          { operand: 1 },
          { result: true },
        ],
      },
    ];
  },

  evaluate({ scale }, [x, bias], y) {
    const s = f32(scale);
    const { rows, columns } = rowsOf(x.type.shape);
    for (let row = 0; row < rows; row++) {
      const values = Array.from(x.data.subarray(row * columns, (row + 1) * columns), (q) => f32(f32(q * s) / s));
      const mean = roundHalfEven(f32(sum(values) / columns));
      const centred = values.map((value) => f32(value - mean));
      const factor = Math.floor(f32(2 ** 31 / newtonRoot(f32(sum(centred.map((value) => f32(value * value)))))));
      centred.forEach((value, c) => {
        y.data[row * columns + c] = f32(Math.floor(f32(value * factor) / 2) + bias.data[c]!) + 0; // no -0
      });
    }
  },
});
