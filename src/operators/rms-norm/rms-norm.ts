import { defineNorm } from '../norms.ts';

/** x / sqrt(mean of x^2 + epsilon) in steps of 2^-24 (docs/numbers.md, Norms). */
export const rmsNorm = defineNorm({
  name: 'rms-norm',
  formula: 'u = rne(D * x * R / 2^(38 - m - F/2)), C = D * sum x^2',
  function: 'bw_rms_norm',

  deviations(row) {
    const squares = row.reduce((sum, value) => sum + value * value, 0);
    return { deviations: row.map((value) => row.length * value), spread: BigInt(row.length) * BigInt(squares) };
  },
});
