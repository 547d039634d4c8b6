import type { ExecuteConfiguration } from './configuration.ts';
import { nowhere, type Operand } from './operands.ts';

/** Products of so few rows lie in the queue before the array as a whole. */
const queued = 4;

const rowsOf = ({ local, rows }: Operand): number => (local === nowhere ? 1 : rows);

/**
 * True of a product behind which a configuration of products can make it another one. Its first row tells the array to take the weights that were preloaded
 * last; a configuration empties the array first, and if the product's rows are in the queue before the array as a whole, that one's word stands in place of the
 * product's: ExecuteController.scala sets `propagate` by its own state, and not by that of the row at hand. So the product has the weights of the one before.
 * On the RTL it has whenever it has up to four rows and the configuration is behind it in time, and never if it has five. A transposed operand fills the array.
 */
export const losesWeights = (
  { weightStationary, transposeA, transposeB }: ExecuteConfiguration,
  preloaded: boolean,
  a: Operand,
  bd: Operand,
): boolean => preloaded && weightStationary && !transposeA && !transposeB && rowsOf(a) <= queued && rowsOf(bd) <= queued;
