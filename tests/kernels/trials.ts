import type { Trial } from './harness.ts';
import { conversions, elementwise, exactSums, moves, rowTables, staircases, tables } from './trials/elements.ts';
import { pipes } from './trials/pipes.ts';
import { digits, gathers, linears, products, repeated, wideProducts } from './trials/products.ts';
import { requantisations, sums } from './trials/requantisations.ts';
import { norms, softmaxes } from './trials/rows.ts';
import { ropes, scans, signals, softened, spectra } from './trials/sequences.ts';
import { ares, ivit } from './trials/styles.ts';
import { convolutions, pools } from './trials/windows.ts';

/** Every function of kernels/ that an operator can call, on random and on extreme values. */
export const trials: readonly Trial[] = [
  ...convolutions,
  ...linears,
  ...digits,
  ...gathers,
  ...products,
  ...wideProducts,
  ...repeated,
  ...norms,
  ...softmaxes,
  ...pools,
  ...requantisations,
  ...sums,
  ...elementwise,
  ...exactSums,
  ...tables,
  ...rowTables,
  ...staircases,
  ...conversions,
  ...moves,
  ...ares,
  ...ivit,
  ...ropes,
  ...signals,
  ...spectra,
  softened,
  ...scans,
  ...pipes,
];
