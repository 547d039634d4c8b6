import type { Expression, Word, Words } from '../emit.ts';
import { only, type Row, row } from '../row.ts';

/**
 * XpulpV2: vectors of two halves (.h) or four bytes (.b) in a register. The second operand is a vector, the lowest lane of a register for all lanes
 * (.sc) or a 6-bit immediate for all lanes (.sci). Semantics: RI5CY user manual, "Vectorial".
 */
type Size = 'h' | 'b';
type Lanes = 'signed' | 'unsigned';
type Vector = (a: number, b: number) => number;

const lane: Record<Lanes, Record<Size, (word: number, index: number) => number>> = {
  signed: { h: (word, i) => (word << (16 - 16 * i)) >> 16, b: (word, i) => (word << (24 - 8 * i)) >> 24 },
  unsigned: { h: (word, i) => (word >>> (16 * i)) & 0xffff, b: (word, i) => (word >>> (8 * i)) & 0xff },
};
const counts: Record<Size, number> = { h: 2, b: 4 };
const bits: Record<Size, number> = { h: 16, b: 8 };
const masks: Record<Size, number> = { h: 0xffff, b: 0xff };

/** A function of lanes as a function of words: each result is cut to its lane. */
export function lanewise(size: Size, lanes: Lanes, operation: (a: number, b: number) => number): Vector {
  const at = lane[lanes][size];
  return (a, b) => {
    let word = 0;
    for (let i = 0; i < counts[size]; i++) word |= (operation(at(a, i), at(b, i)) & masks[size]) << (i * bits[size]);
    return word;
  };
}

/** The sum of the products of lanes, modulo 2^32. */
export function dotProduct(size: Size, first: Lanes, second: Lanes): Vector {
  const [a, b] = [lane[first][size], lane[second][size]];
  return (x, y) => {
    let sum = 0;
    for (let i = 0; i < counts[size]; i++) sum = (sum + Math.imul(a(x, i), b(y, i))) | 0;
    return sum;
  };
}

/** The same for translated code. Lanes of words are taken out by shifts. */
type EmitLanes = (x: Words, a: Word, b: Word) => Word;
type EmitVector = (size: Size) => EmitLanes;
const emitLane = (x: Words, size: Size, lanes: Lanes, word: Word, i: number): Word => {
  const above = 32 - bits[size] * (i + 1);
  const raised = x.shl(word, above);
  return lanes === 'signed' ? x.shrS(raised, 32 - bits[size]) : x.shrU(raised, 32 - bits[size]);
};
const indices = (size: Size): readonly number[] => Array.from({ length: counts[size] }, (_, i) => i);

const emitLanewise =
  (lanes: Lanes, operation: EmitLanes): EmitVector =>
  (size) =>
  (x, a, b) =>
    indices(size)
      .map((i) => {
        const result = operation(x, emitLane(x, size, lanes, a, i), emitLane(x, size, lanes, b, i));
        return x.shl(x.and(result, masks[size]), bits[size] * i);
      })
      .reduce((word, each) => x.or(word, each));

const emitDotProduct =
  (first: Lanes, second: Lanes): EmitVector =>
  (size) =>
  (x, a, b) =>
    indices(size)
      .map((i) => x.mul(emitLane(x, size, first, a, i), emitLane(x, size, second, b, i)))
      .reduce((sum, each) => x.add(sum, each));

/** The lowest lane of a word in all lanes. */
export const replicate: Record<Size, (word: number) => number> = {
  h: (word) => Math.imul(word & 0xffff, 0x10001),
  b: (word) => Math.imul(word & 0xff, 0x1010101),
};

const emitReplicate = (x: Words, size: Size, word: Word): Word =>
  x.mul(x.and(word, masks[size]), x.constant(size === 'h' ? 0x10001 : 0x1010101));

/** What a form's line has in the places of bit 25 and rs2, and its funct3 for halves; that for bytes is one more. */
const forms = [
  { suffix: '', operand: 'rs2', encoding: '- rs2', funct3: 0 },
  { suffix: 'sc', operand: 'rs2', encoding: '- rs2', funct3: 4 },
  { suffix: 'sci', operand: 'imm', encoding: 'imm[0|5:1]', funct3: 6 },
] as const;

/** All six instructions of one operation. `order`: whether the form follows the size in the mnemonic or precedes it. */
function family(
  name: string,
  opcode: string,
  immediate: Lanes,
  order: 'size first' | 'form first',
  accumulates: boolean,
  operation: (size: Size) => Vector,
  emitted: EmitVector,
): Row[] {
  return forms.flatMap(({ suffix, operand, encoding, funct3 }) =>
    (['h', 'b'] as const).map((size): Row => {
      const compute = operation(size);
      const spread = suffix === '' ? (word: number) => word : replicate[size];
      const parts = order === 'size first' ? [name, size, suffix] : [name, suffix, size];
      const mnemonic = ['pv', ...parts.filter((part) => part !== '')].join('.');
      const funct = (funct3 + (size === 'b' ? 1 : 0)).toString(2).padStart(3, '0');
      const isUnsigned = operand === 'imm' && immediate === 'unsigned';
      const second = isUnsigned ? 'uimm' : operand;
      const line = `${opcode} ${isUnsigned ? encoding.replace('imm', 'uimm') : encoding} rs1 ${funct} rd 1010111`;
      return row('alu', `${mnemonic} rd, rs1, ${second}`, line as 'rs2 imm uimm rs1 rd', {
        evaluate: (slots, { x }) => {
          const value = compute(x[slots.rs1]!, spread(x[slots[second]]!));
          x[slots.rd] = accumulates ? x[slots.rd]! + value : value;
        },
        // A row's emit has no way to read rd: what accumulates is evaluated.
        ...(!accumulates && {
          emit: (operands, core) => {
            const { x } = core;
            const register = operands.rs2;
            const right =
              second === 'rs2' ? (suffix === '' ? register : emitReplicate(x, size, register)) : x.constant(spread(operands[second]));
            return { rd: emitted(size)(x, operands.rs1, core.name(right)) };
          },
        }),
      });
    }),
  );
}

type Element = (a: number, b: number) => number;
const elementwise = (name: string, opcode: string, lanes: Lanes, operation: Element, emitted: EmitLanes): Row[] =>
  family(name, opcode, lanes, 'form first', false, (size) => lanewise(size, lanes, operation), emitLanewise(lanes, emitted));

/** The distance of a shift is modulo the lane. */
const shift = (name: string, opcode: string, lanes: Lanes, operation: Element, emitted: EmitLanes): Row[] =>
  family(
    name,
    opcode,
    lanes,
    'form first',
    false,
    (size) => lanewise(size, lanes, (a, b) => operation(a, b & (bits[size] - 1))),
    (size) => emitLanewise(lanes, (x, a, b) => emitted(x, a, x.and(b, bits[size] - 1)))(size),
  );

type EmitCompare = (x: Words, a: Word, b: Word) => Expression<'i32'>;
const compare = (name: string, opcode: string, lanes: Lanes, holds: (a: number, b: number) => boolean, emitted: EmitCompare): Row[] =>
  elementwise(
    name,
    opcode,
    lanes,
    (a, b) => (holds(a, b) ? -1 : 0),
    (x, a, b) => x.sub(0, x.unsigned(emitted(x, a, b))),
  );

const dot = (name: string, opcode: string, accumulates: boolean, first: Lanes, second: Lanes): Row[] =>
  family(name, opcode, second, 'size first', accumulates, (size) => dotProduct(size, first, second), emitDotProduct(first, second));

/** The mean of two lanes, rounded down, of a sum that is first cut to the lane. */
const average = (name: string, opcode: string, lanes: Lanes): Row[] =>
  family(
    name,
    opcode,
    lanes,
    'form first',
    false,
    (size) => {
      const at = lane[lanes][size];
      return lanewise(size, lanes, (a, b) => at(a + b, 0) >> 1);
    },
    (size) => emitLanewise(lanes, (x, a, b) => x.shrS(emitLane(x, size, lanes, x.add(a, b), 0), 1))(size),
  );

/** One operand. */
const unary = (size: Size, funct3: string): Row => {
  const absolute = lanewise(size, 'signed', (a) => Math.abs(a));
  return row('alu', `pv.abs.${size} rd, rs1`, `0111000 ----- rs1 ${funct3} rd 1010111` as 'rs1 rd', {
    evaluate: ({ rd, rs1 }, { x }) => {
      x[rd] = absolute(x[rs1]!, 0);
    },
  });
};

const extractLane = (name: string, opcode: string, size: Size, funct3: string, lanes: Lanes): Row =>
  row('alu', `pv.${name}.${size} rd, rs1, uimm`, `${opcode} uimm[0|5:1] rs1 ${funct3} rd 1010111` as 'uimm rs1 rd', {
    evaluate: ({ rd, rs1, uimm }, { x }) => {
      x[rd] = lane[lanes][size](x[rs1]!, x[uimm]! & (counts[size] - 1));
    },
  });
const insertLane = (size: Size, funct3: string): Row =>
  row('alu', `pv.insert.${size} rd, rs1, uimm`, `101100 uimm[0|5:1] rs1 ${funct3} rd 1010111` as 'uimm rs1 rd', {
    evaluate: ({ rd, rs1, uimm }, { x }) => {
      const at = (x[uimm]! & (counts[size] - 1)) * bits[size];
      x[rd] = (x[rd]! & ~(masks[size] << at)) | ((x[rs1]! & masks[size]) << at);
    },
  });

type Three = (a: number, b: number, old: number) => number;
const three = (name: string, opcode: string, funct3: string, operation: Three): Row =>
  row('alu', `pv.${name} rd, rs1, rs2`, `${opcode} rs2 rs1 ${funct3} rd 1010111` as 'rs2 rs1 rd', {
    evaluate: ({ rd, rs1, rs2 }, { x }) => {
      x[rd] = operation(x[rs1]!, x[rs2]!, x[rd]!);
    },
  });

const half = lane.unsigned.h;
const byte = lane.unsigned.b;
/** Bytes 2, 1 and 0 by pairs of bits of the immediate; byte 3 is a given one. */
const shuffleBytes = (top: number, opcode: string): Row =>
  row('alu', `pv.shufflei${top}.b.sci rd, rs1, uimm`, `${opcode} uimm[0|5:1] rs1 111 rd 1010111` as 'uimm rs1 rd', {
    evaluate: ({ rd, rs1, uimm }, { x }) => {
      const [a, selector] = [x[rs1]!, x[uimm]!];
      const chosen = (i: number): number => byte(a, (selector >> (2 * i)) & 3) << (8 * i);
      x[rd] = (byte(a, top) << 24) | chosen(2) | chosen(1) | chosen(0);
    },
  });

export const xpulpVector: readonly Row[] = only(32, [
  ...elementwise(
    'add',
    '000000',
    'signed',
    (a, b) => a + b,
    (x, a, b) => x.add(a, b),
  ),
  ...elementwise(
    'sub',
    '000010',
    'signed',
    (a, b) => a - b,
    (x, a, b) => x.sub(a, b),
  ),
  ...average('avg', '000100', 'signed'),
  ...average('avgu', '000110', 'unsigned'),
  ...elementwise('min', '001000', 'signed', Math.min, (x, a, b) => x.select(x.ltS(a, b), a, b)),
  ...elementwise('minu', '001010', 'unsigned', Math.min, (x, a, b) => x.select(x.ltU(a, b), a, b)),
  ...elementwise('max', '001100', 'signed', Math.max, (x, a, b) => x.select(x.ltS(a, b), b, a)),
  ...elementwise('maxu', '001110', 'unsigned', Math.max, (x, a, b) => x.select(x.ltU(a, b), b, a)),
  ...shift(
    'srl',
    '010000',
    'unsigned',
    (a, distance) => a >>> distance,
    (x, a, distance) => x.shrU(a, distance),
  ),
  ...shift(
    'sra',
    '010010',
    'signed',
    (a, distance) => a >> distance,
    (x, a, distance) => x.shrS(a, distance),
  ),
  ...shift(
    'sll',
    '010100',
    'unsigned',
    (a, distance) => a << distance,
    (x, a, distance) => x.shl(a, distance),
  ),
  ...elementwise(
    'or',
    '010110',
    'signed',
    (a, b) => a | b,
    (x, a, b) => x.or(a, b),
  ),
  ...elementwise(
    'xor',
    '011000',
    'signed',
    (a, b) => a ^ b,
    (x, a, b) => x.xor(a, b),
  ),
  ...elementwise(
    'and',
    '011010',
    'signed',
    (a, b) => a & b,
    (x, a, b) => x.and(a, b),
  ),
  unary('h', '000'),
  unary('b', '001'),
  extractLane('extract', '011110', 'h', '110', 'signed'),
  extractLane('extract', '011110', 'b', '111', 'signed'),
  extractLane('extractu', '100100', 'h', '110', 'unsigned'),
  extractLane('extractu', '100100', 'b', '111', 'unsigned'),
  insertLane('h', '110'),
  insertLane('b', '111'),
  ...dot('dotsp', '100110', false, 'signed', 'signed'),
  ...dot('dotup', '100000', false, 'unsigned', 'unsigned'),
  ...dot('dotusp', '100010', false, 'unsigned', 'signed'),
  ...dot('sdotsp', '101110', true, 'signed', 'signed'),
  ...dot('sdotup', '101000', true, 'unsigned', 'unsigned'),
  ...dot('sdotusp', '101010', true, 'unsigned', 'signed'),
  three('shuffle.h', '110000 -', '000', (a, b) => (half(a, (b >> 16) & 1) << 16) | half(a, b & 1)),
  row('alu', 'pv.shuffle.h.sci rd, rs1, uimm', '110000 uimm[0|5:1] rs1 110 rd 1010111', {
    evaluate: ({ rd, rs1, uimm }, { x }) => {
      x[rd] = (half(x[rs1]!, (x[uimm]! >> 1) & 1) << 16) | half(x[rs1]!, x[uimm]! & 1);
    },
  }),
  three('shuffle.b', '110000 -', '001', (a, b) => [0, 1, 2, 3].reduce((word, i) => word | (byte(a, (b >> (8 * i)) & 3) << (8 * i)), 0)),
  shuffleBytes(0, '110000'),
  shuffleBytes(1, '111010'),
  shuffleBytes(2, '111100'),
  shuffleBytes(3, '111110'),
  // Bit 1 (halves) or 2 (bytes) of each selector chooses rs1 over what rd held.
  three('shuffle2.h', '110010 -', '000', (a, b, old) =>
    [0, 1].reduce((word, i) => word | (half((b >> (16 * i)) & 2 ? a : old, (b >> (16 * i)) & 1) << (16 * i)), 0),
  ),
  three('shuffle2.b', '110010 -', '001', (a, b, old) =>
    [0, 1, 2, 3].reduce((word, i) => word | (byte((b >> (8 * i)) & 4 ? a : old, (b >> (8 * i)) & 3) << (8 * i)), 0),
  ),
  three('pack.h', '110100 0', '000', (a, b) => (a << 16) | (b & 0xffff)),
  three('packhi.b', '110110 -', '001', (a, b, old) => (a << 24) | ((b & 0xff) << 16) | (old & 0xffff)),
  three('packlo.b', '111000 -', '001', (a, b, old) => (old & ~0xffff) | ((a & 0xff) << 8) | (b & 0xff)),
  ...compare(
    'cmpeq',
    '000001',
    'signed',
    (a, b) => a === b,
    (x, a, b) => x.eq(a, b),
  ),
  ...compare(
    'cmpne',
    '000011',
    'signed',
    (a, b) => a !== b,
    (x, a, b) => x.ne(a, b),
  ),
  ...compare(
    'cmpgt',
    '000101',
    'signed',
    (a, b) => a > b,
    (x, a, b) => x.ltS(b, a),
  ),
  ...compare(
    'cmpge',
    '000111',
    'signed',
    (a, b) => a >= b,
    (x, a, b) => x.geS(a, b),
  ),
  ...compare(
    'cmplt',
    '001001',
    'signed',
    (a, b) => a < b,
    (x, a, b) => x.ltS(a, b),
  ),
  ...compare(
    'cmple',
    '001011',
    'signed',
    (a, b) => a <= b,
    (x, a, b) => x.geS(b, a),
  ),
  ...compare(
    'cmpgtu',
    '001101',
    'unsigned',
    (a, b) => a > b,
    (x, a, b) => x.ltU(b, a),
  ),
  ...compare(
    'cmpgeu',
    '001111',
    'unsigned',
    (a, b) => a >= b,
    (x, a, b) => x.geU(a, b),
  ),
  ...compare(
    'cmpltu',
    '010001',
    'unsigned',
    (a, b) => a < b,
    (x, a, b) => x.ltU(a, b),
  ),
  ...compare(
    'cmpleu',
    '010011',
    'unsigned',
    (a, b) => a <= b,
    (x, a, b) => x.geU(b, a),
  ),
]);
