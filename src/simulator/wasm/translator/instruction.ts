import type { Row } from '../../riscv/row.ts';

/** One decoded instruction at its place. */
export interface Instruction {
  readonly pc: number;
  readonly next: number;
  readonly row: Row;
  readonly operands: { readonly [name: string]: number };
  /** The state of the core keeps it out of translated code: it is the interpreter's. */
  readonly interpreted: boolean;
}
