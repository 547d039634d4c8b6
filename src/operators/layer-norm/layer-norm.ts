import * as z from 'zod';
import { defineOperator } from '../../program/operator.ts';
import { normalise, normFields, normRange, normType } from '../norms.ts';
import { rowNeeds } from '../regions.ts';
import { sliceRows } from '../rows.ts';

/** (x - mean) / sqrt(variance + epsilon) in steps of 2^-24: LayerNorm's rows and GroupNorm's groups (row-operators.md, LayerNorm, RMSNorm, GroupNorm). */
export const layerNorm = defineOperator({
  name: 'layer-norm',
  formula:
    'u = rne((D * x - S) * R / 2^(38 - m - F/2)), R = min(2^31 - 1, floor(2^62 / isqrt(V * 4^m))), V = C * 2^F + epsilon, C = D * sum x^2 - S^2, S = sum x, m such that 2^62 <= V * 4^m < 2^64; 0 where C = 0; rows of D = length neighbours, F = fraction',
  operands: ['x', 'epsilon'],
  attributes: z.object({ length: z.int().positive(), fraction: z.int().nonnegative() }),
  epilogue: true,
  result: ({ length }, [x]) => normType(x, length),
  range: ({ length, fraction }, [x, epsilon]) => normRange(x, epsilon, length, fraction),
  slice: (attributes, [x], _, input) => sliceRows(attributes, x.shape, input, 1, attributes.length),
  needs: (attributes, operands, _, region) => rowNeeds(attributes, region, operands, attributes.length),

  kernel: ({ length, fraction }, [x], { shape }) => [
    {
      function: `bw_layer_norm_${x.dtype}`,
      arguments: [{ struct: 'bw_norm', fields: normFields(shape, length, fraction) }, { operand: 0 }, { operand: 1 }, { result: true }],
    },
  ],

  evaluate({ length, fraction }, [x, epsilon], u) {
    for (let first = 0; first < u.data.length; first += length) {
      const row = Array.from(x.data.subarray(first, first + length));
      const sum = row.reduce((total, value) => total + value, 0);
      const squares = row.reduce((total, value) => total + value * value, 0);
      const spread = BigInt(length) * BigInt(squares) - BigInt(sum) ** 2n;
      const deviations = row.map((value) => length * value - sum);
      u.data.set(normalise(deviations, spread, fraction, epsilon.data[0]!), first);
    }
  },
});
