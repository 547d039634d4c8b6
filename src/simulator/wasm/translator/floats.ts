import { operations, type Place } from '../../float/operations.ts';
import type { Row } from '../../riscv/row.ts';
import { type Expr, f32, f64, i32, i64, type ValType, type Words } from '../expression.ts';
import type { Instruction } from './instruction.ts';
import type { Registers } from './registers.ts';

const byName = new Map(operations.map((operation) => [operation.name, operation]));
const reservedModes = [5, 6];

/** Float instructions that need no body in their row: the library of float instructions has them under their mnemonics. */
export const isInLibrary = ({ mnemonic, emit }: Row): boolean => emit === undefined && byName.has(mnemonic);

/** Whether an instruction becomes part of translated code; all others are the interpreter's. */
export function isTranslated({ row, operands, interpreted }: Instruction): boolean {
  if (interpreted) return false;
  if (isInLibrary(row)) return !reservedModes.includes(operands['rm'] ?? 0);
  return row.emit !== undefined && row.control !== 'system';
}

/** The operands of a float instruction, from the registers that its fields name, in their order. */
export function floatOperands(
  { row, operands }: Instruction,
  words: Words,
  registers: Registers,
  floatsInX: boolean,
): readonly Expr<ValType>[] {
  return (byName.get(row.mnemonic)?.operands ?? []).map((place, i) => {
    const register = operands[`fs${i + 1}`] ?? operands[`rs${i + 1}`] ?? 0;
    const integer = () => registers.word(register);
    const read: Record<Place, () => Expr<ValType>> = {
      w: () => words.low(integer()),
      l: () => words.toI64S(integer()),
      s: () => f32.ofBits(floatsInX ? words.low(integer()) : registers.single(register)),
      d: () => f64.ofBits(floatsInX ? words.toI64S(integer()) : registers.float(register)),
    };
    return read[place]();
  });
}

/** A float result as its register holds it: in an f register a single is boxed in ones, in an x register it is sign-extended. */
export const boxed = (value: Expr<ValType | 'word'>): Expr<'i64'> =>
  value.type === 'f64'
    ? i64.bitsOfF64(value as Expr<'f64'>)
    : i64.or(i64.extendU(i32.bitsOfF32(value as Expr<'f32'>)), i64.const(-(2n ** 32n)));

/** A result of any type as an x register holds it. */
export function inWord(value: Expr<ValType | 'word'>, words: Words): Expr<'word'> {
  if (value.type === 'word') return value as Expr<'word'>;
  if (value.type === 'f32') return words.ofI32S(i32.bitsOfF32(value as Expr<'f32'>));
  if (value.type === 'f64') return words.ofI64(i64.bitsOfF64(value as Expr<'f64'>));
  return value.type === 'i32' ? words.ofI32S(value as Expr<'i32'>) : words.ofI64(value as Expr<'i64'>);
}
