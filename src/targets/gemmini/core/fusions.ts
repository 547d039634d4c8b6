import { dyadic } from './dyadic.ts';
import type { Fusion } from './fusion.ts';
import { layerNormRescale } from './layer-norm.ts';
import { maskedSoftmax } from './masked-softmax.ts';
import { move } from './move.ts';
import { placedRows } from './places.ts';
import { requantise } from './requantise.ts';
import { requantiseResidual } from './requantise-residual.ts';
import { residual } from './residual.ts';
import { rowLookup } from './row-lookup.ts';
import { softmax } from './softmax.ts';
import { table } from './table.ts';
import { window } from './window.ts';

/** What the core does in one pass, the first that fits. */
export const fusions: readonly Fusion[] = [
  placedRows,
  layerNormRescale,
  requantiseResidual,
  requantise,
  residual,
  rowLookup,
  softmax,
  maskedSoftmax,
  table,
  dyadic,
  window,
  move,
];
