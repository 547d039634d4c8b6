import type { GemminiDeclaration } from '../../hardware/gemmini.ts';
import type { Core } from '../portable.ts';

/** A core and the Gemmini beside it. */
export interface GemminiMachine extends Core {
  readonly gemmini: GemminiDeclaration;
  /** Of the core, for a byte that it brings into another form. */
  readonly cyclesPerByte: number;
}

/** Blocks of dim x dim elements that one loop of the hardware may use: half of each local memory, for the next loop has the other half. */
export const halves = ({ dim, scratchpad, accumulator }: GemminiDeclaration): { readonly operands: number; readonly sums: number } => ({
  operands: (scratchpad.banks * scratchpad.rows) / 2 / dim,
  sums: (accumulator.banks * accumulator.rows) / 2 / dim,
});
