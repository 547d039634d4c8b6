import { defineNorm } from '../norms.ts';

/** (x - mean) / sqrt(variance + epsilon) in steps of 2^-24: LayerNorm's rows and GroupNorm's groups (docs/numbers.md, Norms). */
export const layerNorm = defineNorm({
  name: 'layer-norm',
  formula: 'u = rne((D * x - S) * R / 2^(38 - m - F/2)), S = sum x, C = D * sum x^2 - S^2',
  function: 'bw_layer_norm',

  deviations(row) {
    const sum = row.reduce((total, value) => total + value, 0);
    const squares = row.reduce((total, value) => total + value * value, 0);
    const spread = BigInt(row.length) * BigInt(squares) - BigInt(sum) ** 2n;
    return { deviations: row.map((value) => row.length * value - sum), spread };
  },
});
