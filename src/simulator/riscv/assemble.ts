import type { Operands } from './decoder.ts';
import { roundingModes } from './disassemble.ts';
import { insert } from './encoding.ts';
import { mnemonicOf, operandsOf, type Row } from './row.ts';

/** The inverse of the decoder: the instruction word of a row with these operands. */
export const encode = (row: Row, operands: Operands): number =>
  row.fields.reduce((word, field) => word | insert(operands[field.name] ?? 0, field), row.match) >>> 0;

/** Assembles one line as `disassemble` writes it: `addi x1, x2, -3`. Offsets are numbers; what the line leaves out at its end is 0, a rounding mode dyn. */
export function assemble(line: string, rows: readonly Row[]): number {
  const text = line.trim();
  const named = rows.filter((candidate) => candidate.mnemonic === mnemonicOf(text));
  const row = named.find(({ syntax }) => shape(syntax) === shape(text)) ?? named[0];
  if (row === undefined) throw new Error(`"${text}": no such instruction in the profile`);
  const written = text.slice(mnemonicOf(text).length).match(/-?\w+/g) ?? [];
  const operands = operandsOf(row.syntax).map((name, i) => [name, value(row, name, written[i])] as const);
  return encode(row, Object.fromEntries(operands));
}

/** Registers and numbers in their places: what tells apart the forms `p.lw rd, imm(rs1!)` and `p.lw rd, rs2(rs1!)` of one mnemonic. */
const shape = (line: string): string =>
  line
    .slice(mnemonicOf(line).length)
    .replace(/-?\w+/g, (name) => (/^([xf]\d+|[rf](d|s\d))$/.test(name) ? 'r' : 'n'))
    .replaceAll(' ', '');

function value(row: Row, name: string, text: string | undefined): number {
  if (name === 'rm') return text === undefined ? 7 : roundingModes.indexOf(text);
  if (text === undefined) return 0;
  if (/^[rf](d|s\d)$/.test(name)) return Number(text.slice(1));
  const zeros = Math.min(...row.fields.filter((field) => field.name === name).flatMap((field) => field.pieces.map(([, , at]) => at)));
  return zeros >= 12 ? Number(text) << zeros : Number(text);
}
