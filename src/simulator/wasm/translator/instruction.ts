import type { Row } from '../../riscv/row.ts';

/** One decoded instruction at its place. */
export interface Instruction {
  readonly pc: number;
  readonly next: number;
  readonly row: Row;
  readonly operands: { readonly [name: string]: number };
}
