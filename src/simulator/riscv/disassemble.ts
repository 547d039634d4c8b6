import type { Instruction } from './decoder.ts';

/** The names of rounding modes, by number; two are reserved. */
export const roundingModes = ['rne', 'rtz', 'rdn', 'rup', 'rmm', '5', '6', 'dyn'];

/**
 * The syntax line is the disassembler: every operand's name in it is replaced by the operand. Registers are numbered (x10, f2); branch offsets are
 * relative in bytes; upper immediates are written without their twelve zeros.
 */
export function disassemble({ row, operands }: Instruction): string {
  const space = row.syntax.indexOf(' ');
  if (space === -1) return row.syntax;
  const text = row.syntax.slice(space).replace(/[a-zA-Z]\w*/g, (name) => {
    const value = operands[name];
    if (value === undefined) return name;
    if (/^r(d|s\d)$/.test(name)) return `x${value}`;
    if (/^f(d|s\d)$/.test(name)) return `${row.floatsInX ? 'x' : 'f'}${value}`;
    if (name === 'rm') return roundingModes[value] ?? `${value}`;
    const zeros = Math.min(...row.fields.filter((field) => field.name === name).flatMap((field) => field.pieces.map(([, , at]) => at)));
    return zeros >= 12 ? `0x${((value >>> zeros) & (2 ** (32 - zeros) - 1)).toString(16)}` : `${value}`;
  });
  return row.mnemonic + text;
}
