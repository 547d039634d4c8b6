import type { Row } from '../../riscv/row.ts';

/** One decoded instruction at its place. */
export interface Instruction {
  readonly pc: number;
  readonly next: number;
  readonly row: Row;
  readonly operands: { readonly [name: string]: number };
  /** The state of the core keeps it out of translated code: it is the interpreter's. */
  readonly interpreted: boolean;
  /** A hardware loop may end with it: where such loops are known to start. */
  readonly loopStarts?: readonly number[] | undefined;
}

const linkRegisters = [1, 5];
/** Whether an indirect jump returns from a function, by the convention of the registers ra and t0. */
export const isReturn = ({ operands }: Instruction): boolean => operands['rd'] === 0 && linkRegisters.includes(operands['rs1'] ?? 0);
