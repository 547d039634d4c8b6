import type { Emitter, Vector, Word } from '../emit.ts';
import { only, type Row, row } from '../row.ts';
import { bits, counts, emitLane, indices, type Lanes, lane, masks, type Size } from './xpulp-lanes.ts';

/**
 * XpulpV2: vectors of two halves (.h) or four bytes (.b) in a register. The second operand is a vector, the lowest lane of a register for all lanes
 * (.sc) or a 6-bit immediate for all lanes (.sci). Semantics: RI5CY user manual, "Vectorial".
 */
type Binary = (a: number, b: number) => number;

/** A function of lanes as a function of words: each result is cut to its lane. */
function lanewise(size: Size, lanes: Lanes, operation: Binary): Binary {
  const at = lane[lanes][size];
  return (a, b) => {
    let word = 0;
    for (let i = 0; i < counts[size]; i++) word |= (operation(at(a, i), at(b, i)) & masks[size]) << (i * bits[size]);
    return word;
  };
}

/** The sum of the products of lanes, modulo 2^32. */
function dotProduct(size: Size, first: Lanes, second: Lanes): Binary {
  const [a, b] = [lane[first][size], lane[second][size]];
  return (x, y) => {
    let sum = 0;
    for (let i = 0; i < counts[size]; i++) sum = (sum + Math.imul(a(x, i), b(y, i))) | 0;
    return sum;
  };
}

/** The lowest lane of a word in all lanes. */
const replicate: Record<Size, (word: number) => number> = {
  h: (word) => Math.imul(word & 0xffff, 0x10001),
  b: (word) => Math.imul(word & 0xff, 0x1010101),
};

/** The operands of a translated instruction: `b` is a word of lanes, or one lane for all of them. */
interface Operands {
  readonly core: Emitter;
  readonly size: Size;
  readonly a: Word;
  readonly b: Word;
  readonly one: boolean;
}
type Emit = (operands: Operands) => Word;

const vectors = ({ core: { v128, x }, size, a, b, one }: Operands): readonly [a: Vector, b: Vector] => [
  v128.of(x.low(a)),
  one ? v128[size].splat(x.low(b)) : v128.of(x.low(b)),
];
const low = ({ v128, x }: Emitter, vector: Vector): Word => x.signed(v128.low(vector));
/** The second operand as a word of lanes. */
const spread = ({ core, size, b, one }: Operands): Word => {
  const { x } = core;
  return one ? core.name(x.mul(x.and(b, masks[size]), x.constant(replicate[size](1)))) : b;
};

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
  operation: (size: Size) => Binary,
  emitted: Emit,
): Row[] {
  return forms.flatMap(({ suffix, operand, encoding, funct3 }) =>
    (['h', 'b'] as const).map((size): Row => {
      const compute = operation(size);
      const one = suffix !== '';
      const parts = order === 'size first' ? [name, size, suffix] : [name, suffix, size];
      const mnemonic = ['pv', ...parts.filter((part) => part !== '')].join('.');
      const funct = (funct3 + (size === 'b' ? 1 : 0)).toString(2).padStart(3, '0');
      const isUnsigned = operand === 'imm' && immediate === 'unsigned';
      const second = isUnsigned ? 'uimm' : operand;
      const line = `${opcode} ${isUnsigned ? encoding.replace('imm', 'uimm') : encoding} rs1 ${funct} rd 1010111`;
      return row('alu', `${mnemonic} rd, rs1, ${second}`, line as 'rs2 imm uimm rs1 rd', {
        evaluate: (slots, { x }) => {
          const right = x[slots[second]]!;
          const value = compute(x[slots.rs1]!, one ? replicate[size](right) : right);
          x[slots.rd] = accumulates ? x[slots.rd]! + value : value;
        },
        emit: (operands, core) => {
          const b = second === 'rs2' ? operands.rs2 : core.x.constant(operands[second]);
          const value = emitted({ core, size, a: operands.rs1, b, one });
          return { rd: accumulates ? core.x.add(core.register(operands.rd), value) : value };
        },
      });
    }),
  );
}

type LaneOperation = Exclude<keyof Emitter['v128']['b'], 'splat' | 'abs' | 'shl' | 'shrS' | 'shrU'>;
const elementwise = (name: string, opcode: string, lanes: Lanes, operation: Binary, emitted: LaneOperation): Row[] =>
  family(
    name,
    opcode,
    lanes,
    'form first',
    false,
    (size) => lanewise(size, lanes, operation),
    (operands) => low(operands.core, operands.core.v128[operands.size][emitted](...vectors(operands))),
  );

const bitwise = (name: 'and' | 'or' | 'xor', opcode: string, operation: Binary): Row[] =>
  family(
    name,
    opcode,
    'signed',
    'form first',
    false,
    () => operation,
    (operands) => operands.core.x[name](operands.a, spread(operands)),
  );

/** The distance of a shift is modulo the lane. WebAssembly shifts all lanes by one distance; other distances are taken lane by lane. */
const shift = (name: string, opcode: string, lanes: Lanes, operation: Binary, emitted: 'shl' | 'shrS' | 'shrU'): Row[] =>
  family(
    name,
    opcode,
    lanes,
    'form first',
    false,
    (size) => lanewise(size, lanes, (a, b) => operation(a, b & (bits[size] - 1))),
    (operands) => {
      const { core, size, a, b, one } = operands;
      const { x, v128 } = core;
      if (one) return low(core, v128[size][emitted](v128.of(x.low(a)), x.low(b)));
      return indices(size)
        .map((i) => {
          const distance = x.and(x.shrU(b, bits[size] * i), bits[size] - 1);
          return x.shl(x.and(x[emitted](emitLane(x, size, lanes, a, i), distance), masks[size]), bits[size] * i);
        })
        .reduce((word, each) => x.or(word, each));
    },
  );

const compare = (name: string, opcode: string, lanes: Lanes, holds: (a: number, b: number) => boolean, emitted: LaneOperation): Row[] =>
  elementwise(name, opcode, lanes, (a, b) => (holds(a, b) ? -1 : 0), emitted);

/** Bytes are widened to halves, whose products WebAssembly adds by pairs; products of unsigned halves are beyond it. */
const emitDot =
  (first: Lanes, second: Lanes): Emit =>
  (operands) => {
    const { core, size, a } = operands;
    const { x, i64, v128 } = core;
    const [left, right] = vectors(operands);
    if (size === 'b') {
      const widen = { signed: v128.widenS, unsigned: v128.widenU };
      const sums = core.name(v128.low64(v128.dot(widen[first](left), widen[second](right))));
      return x.add(x.ofI64(sums), x.ofI64(i64.shrU(sums, 32)));
    }
    if (first === 'signed') return low(core, v128.dot(left, right));
    const b = spread(operands);
    return indices(size)
      .map((i) => x.mul(emitLane(x, size, first, a, i), emitLane(x, size, second, b, i)))
      .reduce((sum, each) => x.add(sum, each));
  };
const dot = (name: string, opcode: string, accumulates: boolean, first: Lanes, second: Lanes): Row[] =>
  family(name, opcode, second, 'size first', accumulates, (size) => dotProduct(size, first, second), emitDot(first, second));

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
    (operands) => {
      const { core, size } = operands;
      const { i32, v128 } = core;
      return low(core, v128[size][lanes === 'signed' ? 'shrS' : 'shrU'](v128[size].add(...vectors(operands)), i32.constant(1)));
    },
  );

export const xpulpVector: readonly Row[] = only(32, [
  ...elementwise('add', '000000', 'signed', (a, b) => a + b, 'add'),
  ...elementwise('sub', '000010', 'signed', (a, b) => a - b, 'sub'),
  ...average('avg', '000100', 'signed'),
  ...average('avgu', '000110', 'unsigned'),
  ...elementwise('min', '001000', 'signed', Math.min, 'minS'),
  ...elementwise('minu', '001010', 'unsigned', Math.min, 'minU'),
  ...elementwise('max', '001100', 'signed', Math.max, 'maxS'),
  ...elementwise('maxu', '001110', 'unsigned', Math.max, 'maxU'),
  ...shift('srl', '010000', 'unsigned', (a, distance) => a >>> distance, 'shrU'),
  ...shift('sra', '010010', 'signed', (a, distance) => a >> distance, 'shrS'),
  ...shift('sll', '010100', 'unsigned', (a, distance) => a << distance, 'shl'),
  ...bitwise('or', '010110', (a, b) => a | b),
  ...bitwise('xor', '011000', (a, b) => a ^ b),
  ...bitwise('and', '011010', (a, b) => a & b),
  ...dot('dotsp', '100110', false, 'signed', 'signed'),
  ...dot('dotup', '100000', false, 'unsigned', 'unsigned'),
  ...dot('dotusp', '100010', false, 'unsigned', 'signed'),
  ...dot('sdotsp', '101110', true, 'signed', 'signed'),
  ...dot('sdotup', '101000', true, 'unsigned', 'unsigned'),
  ...dot('sdotusp', '101010', true, 'unsigned', 'signed'),
  ...compare('cmpeq', '000001', 'signed', (a, b) => a === b, 'eq'),
  ...compare('cmpne', '000011', 'signed', (a, b) => a !== b, 'ne'),
  ...compare('cmpgt', '000101', 'signed', (a, b) => a > b, 'gtS'),
  ...compare('cmpge', '000111', 'signed', (a, b) => a >= b, 'geS'),
  ...compare('cmplt', '001001', 'signed', (a, b) => a < b, 'ltS'),
  ...compare('cmple', '001011', 'signed', (a, b) => a <= b, 'leS'),
  ...compare('cmpgtu', '001101', 'unsigned', (a, b) => a > b, 'gtU'),
  ...compare('cmpgeu', '001111', 'unsigned', (a, b) => a >= b, 'geU'),
  ...compare('cmpltu', '010001', 'unsigned', (a, b) => a < b, 'ltU'),
  ...compare('cmpleu', '010011', 'unsigned', (a, b) => a <= b, 'leU'),
]);
