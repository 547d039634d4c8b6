import type { Emitter, Expression, Word, Words } from '../emit.ts';
import { only, type Row, row } from '../row.ts';

/** The lanes of a word: two halves or four bytes, numbered from the low end. */
export type Size = 'h' | 'b';
export type Lanes = 'signed' | 'unsigned';

export const lane: Record<Lanes, Record<Size, (word: number, index: number) => number>> = {
  signed: { h: (word, i) => (word << (16 - 16 * i)) >> 16, b: (word, i) => (word << (24 - 8 * i)) >> 24 },
  unsigned: { h: (word, i) => (word >>> (16 * i)) & 0xffff, b: (word, i) => (word >>> (8 * i)) & 0xff },
};
export const counts: Record<Size, number> = { h: 2, b: 4 };
export const bits: Record<Size, number> = { h: 16, b: 8 };
export const masks: Record<Size, number> = { h: 0xffff, b: 0xff };
export const indices = (size: Size): readonly number[] => Array.from({ length: counts[size] }, (_, i) => i);

/** A lane of a word in translated code. */
export const emitLane = (x: Words, size: Size, lanes: Lanes, word: Word, i: number): Word => {
  const raised = x.shl(word, 32 - bits[size] * (i + 1));
  return lanes === 'signed' ? x.shrS(raised, 32 - bits[size]) : x.shrU(raised, 32 - bits[size]);
};

/** XpulpV2: absolute values of lanes, lanes taken out, put in, and put in order. */
const absolute = (size: Size, funct3: string): Row =>
  row('alu', `pv.abs.${size} rd, rs1`, `0111000 ----- rs1 ${funct3} rd 1010111` as 'rs1 rd', {
    evaluate: ({ rd, rs1 }, { x }) => {
      let word = 0;
      for (let i = 0; i < counts[size]; i++) word |= (Math.abs(lane.signed[size](x[rs1]!, i)) & masks[size]) << (i * bits[size]);
      x[rd] = word;
    },
    emit: ({ rs1 }, { x, v128 }) => ({ rd: x.signed(v128.low(v128[size].abs(v128.of(x.low(rs1))))) }),
  });

const extractLane = (name: string, opcode: string, size: Size, funct3: string, lanes: Lanes): Row =>
  row('alu', `pv.${name}.${size} rd, rs1, uimm`, `${opcode} uimm[0|5:1] rs1 ${funct3} rd 1010111` as 'uimm rs1 rd', {
    evaluate: ({ rd, rs1, uimm }, { x }) => {
      x[rd] = lane[lanes][size](x[rs1]!, x[uimm]! & (counts[size] - 1));
    },
    emit: ({ rs1, uimm }, { x }) => ({ rd: emitLane(x, size, lanes, rs1, uimm & (counts[size] - 1)) }),
  });
const insertLane = (size: Size, funct3: string): Row =>
  row('alu', `pv.insert.${size} rd, rs1, uimm`, `101100 uimm[0|5:1] rs1 ${funct3} rd 1010111` as 'uimm rs1 rd', {
    evaluate: ({ rd, rs1, uimm }, { x }) => {
      const at = (x[uimm]! & (counts[size] - 1)) * bits[size];
      x[rd] = (x[rd]! & ~(masks[size] << at)) | ((x[rs1]! & masks[size]) << at);
    },
    emit: ({ rd, rs1, uimm }, core) => {
      const { x } = core;
      const at = (uimm & (counts[size] - 1)) * bits[size];
      return { rd: x.or(x.and(core.register(rd), ~(masks[size] << at)), x.shl(x.and(rs1, masks[size]), at)) };
    },
  });

type Three = (a: number, b: number, old: number) => number;
type EmitThree = (core: Emitter, a: Word, b: Word, old: () => Word) => Word;
const three = (name: string, opcode: string, funct3: string, operation: Three, emitted: EmitThree): Row =>
  row('alu', `pv.${name} rd, rs1, rs2`, `${opcode} rs2 rs1 ${funct3} rd 1010111` as 'rs2 rs1 rd', {
    evaluate: ({ rd, rs1, rs2 }, { x }) => {
      x[rd] = operation(x[rs1]!, x[rs2]!, x[rd]!);
    },
    emit: ({ rd, rs1, rs2 }, core) => ({ rd: emitted(core, rs1, rs2, () => core.register(rd)) }),
  });

const half = lane.unsigned.h;
const byte = lane.unsigned.b;
/** Bit `bit` of a word, as a condition. */
const isSet = (x: Words, word: Word, bit: number): Expression<'i32'> => x.low(x.and(x.shrU(word, bit), 1));
/** One half of a word, by a condition. */
const emitHalf = (x: Words, high: Expression<'i32'>, word: Word): Word => x.select(high, x.shrU(word, 16), x.and(word, 0xffff));

/** Bytes 2, 1 and 0 by pairs of bits of the immediate; byte 3 is a given one. */
const shuffleBytes = (top: number, opcode: string): Row =>
  row('alu', `pv.shufflei${top}.b.sci rd, rs1, uimm`, `${opcode} uimm[0|5:1] rs1 111 rd 1010111` as 'uimm rs1 rd', {
    evaluate: ({ rd, rs1, uimm }, { x }) => {
      const [a, selector] = [x[rs1]!, x[uimm]!];
      const chosen = (i: number): number => byte(a, (selector >> (2 * i)) & 3) << (8 * i);
      x[rd] = (byte(a, top) << 24) | chosen(2) | chosen(1) | chosen(0);
    },
    emit: ({ rs1, uimm }, { x, v128 }) => {
      const selectors = (top << 24) | ((uimm & 48) << 12) | ((uimm & 12) << 6) | (uimm & 3);
      return { rd: x.signed(v128.low(v128.swizzle(v128.of(x.low(rs1)), v128.of(x.low(x.constant(selectors)))))) };
    },
  });

export const xpulpLanes: readonly Row[] = only(32, [
  absolute('h', '000'),
  absolute('b', '001'),
  extractLane('extract', '011110', 'h', '110', 'signed'),
  extractLane('extract', '011110', 'b', '111', 'signed'),
  extractLane('extractu', '100100', 'h', '110', 'unsigned'),
  extractLane('extractu', '100100', 'b', '111', 'unsigned'),
  insertLane('h', '110'),
  insertLane('b', '111'),
  three(
    'shuffle.h',
    '110000 -',
    '000',
    (a, b) => (half(a, (b >> 16) & 1) << 16) | half(a, b & 1),
    ({ x }, a, b) => x.or(x.shl(emitHalf(x, isSet(x, b, 16), a), 16), emitHalf(x, isSet(x, b, 0), a)),
  ),
  row('alu', 'pv.shuffle.h.sci rd, rs1, uimm', '110000 uimm[0|5:1] rs1 110 rd 1010111', {
    evaluate: ({ rd, rs1, uimm }, { x }) => {
      x[rd] = (half(x[rs1]!, (x[uimm]! >> 1) & 1) << 16) | half(x[rs1]!, x[uimm]! & 1);
    },
    emit: ({ rs1, uimm }, { x }) => ({
      rd: x.or(x.shl(x.shrU(rs1, (uimm & 2) * 8), 16), x.and(x.shrU(rs1, (uimm & 1) * 16), 0xffff)),
    }),
  }),
  three(
    'shuffle.b',
    '110000 -',
    '001',
    (a, b) => [0, 1, 2, 3].reduce((word, i) => word | (byte(a, (b >> (8 * i)) & 3) << (8 * i)), 0),
    ({ x, v128 }, a, b) => x.signed(v128.low(v128.swizzle(v128.of(x.low(a)), v128.of(x.low(x.and(b, 0x03030303)))))),
  ),
  shuffleBytes(0, '110000'),
  shuffleBytes(1, '111010'),
  shuffleBytes(2, '111100'),
  shuffleBytes(3, '111110'),
  // Bit 1 (halves) or 2 (bytes) of each selector chooses rs1 over what rd held.
  three(
    'shuffle2.h',
    '110010 -',
    '000',
    (a, b, old) => [0, 1].reduce((word, i) => word | (half((b >> (16 * i)) & 2 ? a : old, (b >> (16 * i)) & 1) << (16 * i)), 0),
    (core, a, b, old) => {
      const { x } = core;
      const chosen = (i: number): Word => emitHalf(x, isSet(x, b, 16 * i), core.name(x.select(isSet(x, b, 16 * i + 1), a, old())));
      return x.or(x.shl(chosen(1), 16), chosen(0));
    },
  ),
  three(
    'shuffle2.b',
    '110010 -',
    '001',
    (a, b, old) => [0, 1, 2, 3].reduce((word, i) => word | (byte((b >> (8 * i)) & 4 ? a : old, (b >> (8 * i)) & 3) << (8 * i)), 0),
    ({ x, i64, v128 }, a, b, old) => {
      const bytes = i64.or(i64.shl(x.toI64(a), 32), i64.and(x.toI64(old()), 0xffffffff));
      return x.signed(v128.low(v128.swizzle(v128.of64(bytes), v128.of(x.low(x.and(b, 0x07070707))))));
    },
  ),
  three(
    'pack.h',
    '110100 0',
    '000',
    (a, b) => (a << 16) | (b & 0xffff),
    ({ x }, a, b) => x.or(x.shl(a, 16), x.and(b, 0xffff)),
  ),
  three(
    'packhi.b',
    '110110 -',
    '001',
    (a, b, old) => (a << 24) | ((b & 0xff) << 16) | (old & 0xffff),
    ({ x }, a, b, old) => x.or(x.shl(x.or(x.shl(a, 8), x.and(b, 0xff)), 16), x.and(old(), 0xffff)),
  ),
  three(
    'packlo.b',
    '111000 -',
    '001',
    (a, b, old) => (old & ~0xffff) | ((a & 0xff) << 8) | (b & 0xff),
    ({ x }, a, b, old) => x.or(x.and(old(), -0x10000), x.or(x.shl(x.and(a, 0xff), 8), x.and(b, 0xff))),
  ),
]);
