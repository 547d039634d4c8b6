import { ones, trailingZeros } from '../bits.ts';
import type { Emitter, Expression, Word, Words } from '../emit.ts';
import { only, type Row, row } from '../row.ts';

/** XpulpV2: scalar arithmetic, multiply-accumulate, bit fields and branches on small constants. Semantics: RI5CY user manual. */
type Two = (a: number, b: number) => number;
const two = (name: string, funct7: string, funct3: string, operation: Two, emitted: (x: Words, a: Word, b: Word) => Word): Row =>
  row('alu', `p.${name} rd, rs1, rs2`, `${funct7} rs2 rs1 ${funct3} rd 0110011` as 'rs2 rs1 rd', {
    evaluate: ({ rd, rs1, rs2 }, { x }) => {
      x[rd] = operation(x[rs1]!, x[rs2]!);
    },
    emit: ({ rs1, rs2 }, { x }) => ({ rd: emitted(x, rs1, rs2) }),
  });
const one = (name: string, funct7: string, funct3: string, operation: (a: number) => number, emitted: (x: Words, a: Word) => Word): Row =>
  row('alu', `p.${name} rd, rs1`, `${funct7} 00000 rs1 ${funct3} rd 0110011` as 'rs1 rd', {
    evaluate: ({ rd, rs1 }, { x }) => {
      x[rd] = operation(x[rs1]!);
    },
    emit: ({ rs1 }, { x }) => ({ rd: emitted(x, rs1) }),
  });
const smaller = (x: Words, a: Word, b: Word): Word => x.select(x.ltS(a, b), a, b);
const larger = (x: Words, a: Word, b: Word): Word => x.select(x.ltS(a, b), b, a);

/** (value + half of the divisor) shifted right, in 32 bits; a shift by 0 rounds nothing. */
function normalise(value: number, shift: number, isSigned: boolean, rounds: boolean): number {
  const sum = rounds && shift > 0 ? (value + (1 << (shift - 1))) | 0 : value | 0;
  return isSigned ? sum >> shift : sum >>> shift;
}

/** The same in translated code: the distance is known, or in a register. */
function emitNormalise(x: Words, value: Word, shift: number | Word, isSigned: boolean, rounds: boolean): Word {
  const half = typeof shift === 'number' ? x.constant((1 << shift) >>> 1) : x.shrU(x.shl(x.constant(1), shift), 1);
  const sum = rounds ? x.add(value, half) : value;
  return isSigned ? x.shrS(sum, shift) : x.shrU(sum, shift);
}

/** The three bits that choose among these: signed (bit 31), the register form (bit 30), rounding (funct3's top bit). */
const sums = (['add', 'sub'] as const).flatMap((name) =>
  [true, false].flatMap((isSigned) =>
    [false, true].flatMap((rounds): Row[] => {
      const sum: Two = name === 'add' ? (a, b) => a + b : (a, b) => a - b;
      const mnemonic = `p.${name}${isSigned ? '' : 'u'}${rounds ? 'R' : ''}N`;
      const funct3 = `${rounds ? 1 : 0}${name === 'add' ? '10' : '11'}`;
      const emitted = (x: Words, a: Word, b: Word, shift: number | Word): Word => emitNormalise(x, x[name](a, b), shift, isSigned, rounds);
      const sign = isSigned ? '0' : '1';
      return [
        row('alu', `${mnemonic}i rd, rs1, rs2, shamt`, `${sign}0 shamt rs2 rs1 ${funct3} rd 1011011` as 'shamt rs2 rs1 rd', {
          evaluate: ({ rd, rs1, rs2, shamt }, { x }) => {
            x[rd] = normalise(sum(x[rs1]!, x[rs2]!), x[shamt]!, isSigned, rounds);
          },
          emit: ({ rs1, rs2, shamt }, { x }) => ({ rd: emitted(x, rs1, rs2, shamt) }),
        }),
        row('alu', `${mnemonic} rd, rs1, rs2`, `${sign}100000 rs2 rs1 ${funct3} rd 1011011` as 'rs2 rs1 rd', {
          evaluate: ({ rd, rs1, rs2 }, { x }) => {
            x[rd] = normalise(sum(x[rd]!, x[rs1]!), x[rs2]! & 31, isSigned, rounds);
          },
          emit: ({ rd, rs1, rs2 }, core) => ({ rd: emitted(core.x, core.register(rd), rs1, rs2) }),
        }),
      ];
    }),
  ),
);

/** Products of low or high halves, added to rd or not, then shifted. A shift by 0 without rounding is an instruction of its own. */
const products = (['mul', 'mac'] as const).flatMap((name) =>
  [true, false].flatMap((isSigned) =>
    [false, true].flatMap((high): Row[] => {
      const half = (word: number): number => {
        const lowered = high ? word : word << 16;
        return isSigned ? lowered >> 16 : lowered >>> 16;
      };
      const accumulates = name === 'mac';
      const mnemonic = `p.${name}${high ? 'hh' : ''}${isSigned ? 's' : 'u'}`;
      const top = `${isSigned ? 1 : 0}${high ? 1 : 0}`;
      const funct3 = accumulates ? '01' : '00';
      const total = (a: number, b: number, old: number): number => (Math.imul(half(a), half(b)) + (accumulates ? old : 0)) | 0;
      const emitHalf = (x: Words, word: Word): Word => {
        const lowered = high ? word : x.shl(word, 16);
        return isSigned ? x.shrS(lowered, 16) : x.shrU(lowered, 16);
      };
      const emitted = (core: Emitter, a: Word, b: Word, rd: number): Word => {
        const product = core.x.mul(emitHalf(core.x, a), emitHalf(core.x, b));
        return accumulates ? core.x.add(core.register(rd), product) : product;
      };
      const shifted = (rounds: boolean): Row =>
        row(
          'alu',
          `${mnemonic}N${rounds ? 'R' : ''} rd, rs1, rs2, shamt`,
          `${top} shamt rs2 rs1 ${rounds ? 1 : 0}${funct3} rd 1011011` as 'shamt rs2 rs1 rd',
          {
            evaluate: ({ rd, rs1, rs2, shamt }, { x }) => {
              x[rd] = normalise(total(x[rs1]!, x[rs2]!, x[rd]!), x[shamt]!, isSigned, rounds);
            },
            emit: ({ rd, rs1, rs2, shamt }, core) => ({
              rd: emitNormalise(core.x, emitted(core, rs1, rs2, rd), shamt, isSigned, rounds),
            }),
          },
          rounds ? {} : { shamt: [0] },
        );
      return [
        row('alu', `${mnemonic} rd, rs1, rs2`, `${top}00000 rs2 rs1 0${funct3} rd 1011011` as 'rs2 rs1 rd', {
          evaluate: ({ rd, rs1, rs2 }, { x }) => {
            x[rd] = total(x[rs1]!, x[rs2]!, x[rd]!);
          },
          emit: ({ rd, rs1, rs2 }, core) => ({ rd: emitted(core, rs1, rs2, rd) }),
        }),
        shifted(false),
        shifted(true),
      ];
    }),
  ),
);

const accumulate = (name: string, funct3: string, operation: (old: number, product: number) => number, emitted: 'add' | 'sub'): Row =>
  row('alu', `p.${name} rd, rs1, rs2`, `0100001 rs2 rs1 ${funct3} rd 0110011` as 'rs2 rs1 rd', {
    evaluate: ({ rd, rs1, rs2 }, { x }) => {
      x[rd] = operation(x[rd]!, Math.imul(x[rs1]!, x[rs2]!));
    },
    emit: ({ rd, rs1, rs2 }, core) => ({ rd: core.x[emitted](core.register(rd), core.x.mul(rs1, rs2)) }),
  });

const clamp = (a: number, least: number, greatest: number): number => (a <= least ? least : Math.min(a, greatest));
/** 2^(bits - 1) for the bits of an immediate; 1 for 0 bits, which clip to -1 and 0. */
const range = (bits: number): number => 2 ** Math.max(bits - 1, 0);
const clip = (name: string, funct3: string, least: (bits: number) => number): Row =>
  row('alu', `p.${name} rd, rs1, uimm`, `0001010 uimm rs1 ${funct3} rd 0110011` as 'uimm rs1 rd', {
    evaluate: ({ rd, rs1, uimm }, { x }) => {
      x[rd] = clamp(x[rs1]!, least(x[uimm]!), range(x[uimm]!) - 1);
    },
    emit: ({ rs1, uimm }, { x }) => ({
      rd: larger(x, x.constant(least(uimm)), smaller(x, rs1, x.constant(range(uimm) - 1))),
    }),
  });

/** `width + 1` ones from bit `position` on, cut to 32 bits. */
const field = (width: number, position: number): number => (width === 31 ? -1 : 2 ** (width + 1) - 1) << position;
/** The bits of a field; one that reaches beyond bit 31 ends there. */
const extract = (a: number, width: number, position: number): number => (a & field(width, position)) >>> position;
const extractSigned = (a: number, width: number, position: number): number => {
  const unused = 31 - Math.min(width, 31 - position);
  return (extract(a, width, position) << unused) >> unused;
};
const insert = (a: number, width: number, position: number, old: number): number =>
  (old & ~field(width, position)) | ((a << position) & field(width, position));

type Fields = (a: number, width: number, position: number, old: number) => number;
/** In translated code: the field's bits in place, how many bits of a word are above them, where they begin, and what the destination holds. */
interface EmitField {
  readonly ones: Word;
  readonly above: number | Word;
  readonly position: number | Word;
  readonly old: () => Word;
}
type EmitFields = (x: Words, a: Word, field: EmitField) => Word;
/** Width and position come from the instruction, or from bits 9 to 5 and 4 to 0 of a register. */
const fields = (name: string, funct3: string, operation: Fields, emitted: EmitFields): Row[] => [
  row('alu', `p.${name}i rd, rs1, width, position`, `11 width position rs1 ${funct3} rd 0110011` as 'width position rs1 rd', {
    evaluate: ({ rd, rs1, width, position }, { x }) => {
      x[rd] = operation(x[rs1]!, width, position, x[rd]!);
    },
    emit: ({ rd, rs1, width, position }, core) => {
      const { x } = core;
      const above = Math.max(31 - width - position, 0);
      return { rd: emitted(x, rs1, { ones: x.constant(field(width, position)), above, position, old: () => core.register(rd) }) };
    },
  }),
  row('alu', `p.${name} rd, rs1, rs2`, `1000000 rs2 rs1 ${funct3} rd 0110011` as 'rs2 rs1 rd', {
    evaluate: ({ rd, rs1, rs2 }, { x }) => {
      x[rd] = operation(x[rs1]!, (x[rs2]! >> 5) & 31, x[rs2]! & 31, x[rd]!);
    },
    emit: ({ rd, rs1, rs2 }, core) => {
      const { x } = core;
      const unused = core.name(x.sub(31, x.and(x.shrU(rs2, 5), 31)));
      const position = core.name(x.and(rs2, 31));
      const ones = core.name(x.shl(x.shrU(x.constant(-1), unused), position));
      const above = x.select(x.ltS(unused, position), x.constant(0), x.sub(unused, position));
      return { rd: emitted(x, rs1, { ones, above: core.name(above), position, old: () => core.register(rd) }) };
    },
  }),
];

type Condition = (x: Words, a: Word, b: number) => Expression<'i32'>;
const branch = (name: string, funct3: string, holds: (a: number, b: number) => boolean, condition: Condition): Row =>
  row('branch', `p.${name} rs1, imm, offset`, `offset[12|10:5] imm[4:0] rs1 ${funct3} offset[4:1|11] 1100011` as 'offset imm rs1', {
    evaluate: ({ rs1, imm, offset, pc }, core) => {
      if (holds(core.x[rs1]!, core.x[imm]!)) core.jump(pc, offset);
    },
    emit: ({ rs1, imm, offset }, core) => core.branch(condition(core.x, rs1, imm), core.pc + offset),
  });

export const xpulpScalar: readonly Row[] = only(32, [
  two(
    'avgu',
    '0000010',
    '001',
    (a, b) => (a + b) >>> 1,
    (x, a, b) => x.shrU(x.add(a, b), 1),
  ),
  two(
    'slet',
    '0000010',
    '010',
    (a, b) => Number(a <= b),
    (x, a, b) => x.unsigned(x.geS(b, a)),
  ),
  two(
    'sletu',
    '0000010',
    '011',
    (a, b) => Number(a >>> 0 <= b >>> 0),
    (x, a, b) => x.unsigned(x.geU(b, a)),
  ),
  two('min', '0000010', '100', Math.min, smaller),
  two(
    'minu',
    '0000010',
    '101',
    (a, b) => Math.min(a >>> 0, b >>> 0),
    (x, a, b) => x.select(x.ltU(a, b), a, b),
  ),
  two('max', '0000010', '110', Math.max, larger),
  two(
    'maxu',
    '0000010',
    '111',
    (a, b) => Math.max(a >>> 0, b >>> 0),
    (x, a, b) => x.select(x.ltU(a, b), b, a),
  ),
  two(
    'ror',
    '0000100',
    '101',
    (a, b) => (a >>> b) | (a << -b),
    (x, a, b) => x.rotr(a, b),
  ),
  one('abs', '0000010', '000', Math.abs, (x, a) => x.select(x.ltS(a, 0), x.sub(0, a), a)),
  one('ff1', '0001000', '000', trailingZeros, (x, a) => x.ctz(a)),
  one(
    'fl1',
    '0001000',
    '001',
    (a) => (a === 0 ? 32 : 31 - Math.clz32(a)),
    (x, a) => x.select(x.eq(a, 0), x.constant(32), x.sub(31, x.clz(a))),
  ),
  // How many bits after the sign bit equal it; 0 for 0.
  one(
    'clb',
    '0001000',
    '010',
    (a) => (a === 0 ? 0 : Math.clz32(a ^ (a >> 31)) - 1),
    (x, a) => x.select(x.eq(a, 0), x.constant(0), x.sub(x.clz(x.xor(a, x.shrS(a, 31))), x.constant(1))),
  ),
  one('cnt', '0001000', '011', ones, (x, a) => x.popcnt(a)),
  one(
    'exths',
    '0001000',
    '100',
    (a) => (a << 16) >> 16,
    (x, a) => x.shrS(x.shl(a, 16), 16),
  ),
  one(
    'exthz',
    '0001000',
    '101',
    (a) => a & 0xffff,
    (x, a) => x.and(a, 0xffff),
  ),
  one(
    'extbs',
    '0001000',
    '110',
    (a) => (a << 24) >> 24,
    (x, a) => x.shrS(x.shl(a, 24), 24),
  ),
  one(
    'extbz',
    '0001000',
    '111',
    (a) => a & 0xff,
    (x, a) => x.and(a, 0xff),
  ),
  clip('clipi', '001', (bits) => -range(bits)),
  clip('clipui', '010', () => 0),
  two(
    'clip',
    '0001010',
    '101',
    (a, b) => clamp(a, -b - 1, b),
    (x, a, b) => {
      const least = x.xor(b, -1);
      return x.select(x.geS(least, a), least, smaller(x, a, b));
    },
  ),
  two(
    'clipu',
    '0001010',
    '110',
    (a, b) => clamp(a, 0, b),
    (x, a, b) => x.select(x.geS(x.constant(0), a), x.constant(0), smaller(x, a, b)),
  ),
  accumulate('mac', '000', (old, product) => old + product, 'add'),
  accumulate('msu', '001', (old, product) => old - product, 'sub'),
  ...sums,
  ...products,
  ...fields('extract', '000', extractSigned, (x, a, { above, position }) => x.shrS(x.shrS(x.shl(a, above), above), position)),
  ...fields('extractu', '001', extract, (x, a, { ones, position }) => x.shrU(x.and(a, ones), position)),
  ...fields('insert', '010', insert, (x, a, { ones, position, old }) => x.xor(old(), x.and(x.xor(old(), x.shl(a, position)), ones))),
  ...fields(
    'bclr',
    '011',
    (a, width, position) => a & ~field(width, position),
    (x, a, { ones }) => x.and(a, x.xor(ones, -1)),
  ),
  ...fields(
    'bset',
    '100',
    (a, width, position) => a | field(width, position),
    (x, a, { ones }) => x.or(a, ones),
  ),
  branch(
    'beqimm',
    '010',
    (a, b) => a === b,
    (x, a, b) => x.eq(a, b),
  ),
  branch(
    'bneimm',
    '011',
    (a, b) => a !== b,
    (x, a, b) => x.ne(a, b),
  ),
]);
