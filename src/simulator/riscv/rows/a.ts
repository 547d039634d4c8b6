import type { Word, Words } from '../emit.ts';
import { only, type Row, row } from '../row.ts';

type Change<T> = (old: T, value: T) => T;
type EmitChange = (x: Words, old: Word, value: Word) => Word;

const amo = (name: string, funct5: string, word: Change<number>, double: Change<bigint>, emitted: EmitChange): readonly Row[] => [
  row('atomic', `${name}.w rd, rs2, (rs1)`, `${funct5} aqrl rs2 rs1 010 rd 0101111` as Line, {
    evaluate: ({ rd, rs1, rs2 }, core) => core.atomicWord(rd, rs1, rs2, word),
    emit: ({ rs1, rs2 }, core) => ({ rd: core.atomic(rs1, 4, (old) => emitted(core.x, old, core.x.signed(core.x.low(rs2)))) }),
  }),
  ...only(64, [
    row('atomic', `${name}.d rd, rs2, (rs1)`, `${funct5} aqrl rs2 rs1 011 rd 0101111` as Line, {
      evaluate: ({ rd, rs1, rs2 }, core) => core.atomicDouble(rd, rs1, rs2, double),
      emit: ({ rs1, rs2 }, core) => ({ rd: core.atomic(rs1, 8, (old) => emitted(core.x, old, rs2)) }),
    }),
  ]),
];
type Line = '00000 aqrl rs2 rs1 010 rd 0101111';

function least(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}
const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

/** Atomic memory operations. Acquire and release say nothing on a hart whose accesses are in order. */
export const a: readonly Row[] = [
  row('atomic', 'lr.w rd, (rs1)', '00010 aqrl 00000 rs1 010 rd 0101111', {
    evaluate: ({ rd, rs1 }, core) => core.loadReserved(rd, rs1, 4),
  }),
  row('atomic', 'sc.w rd, rs2, (rs1)', '00011 aqrl rs2 rs1 010 rd 0101111', {
    evaluate: ({ rd, rs1, rs2 }, core) => core.storeConditional(rd, rs1, rs2, 4),
  }),
  ...only(64, [
    row('atomic', 'lr.d rd, (rs1)', '00010 aqrl 00000 rs1 011 rd 0101111', {
      evaluate: ({ rd, rs1 }, core) => core.loadReserved(rd, rs1, 8),
    }),
    row('atomic', 'sc.d rd, rs2, (rs1)', '00011 aqrl rs2 rs1 011 rd 0101111', {
      evaluate: ({ rd, rs1, rs2 }, core) => core.storeConditional(rd, rs1, rs2, 8),
    }),
  ]),
  ...amo(
    'amoswap',
    '00001',
    (_, value) => value,
    (_, value) => value,
    (_x, _old, value) => value,
  ),
  ...amo(
    'amoadd',
    '00000',
    (old, value) => old + value,
    (old, value) => old + value,
    (x, old, value) => x.add(old, value),
  ),
  ...amo(
    'amoxor',
    '00100',
    (old, value) => old ^ value,
    (old, value) => old ^ value,
    (x, old, value) => x.xor(old, value),
  ),
  ...amo(
    'amoand',
    '01100',
    (old, value) => old & value,
    (old, value) => old & value,
    (x, old, value) => x.and(old, value),
  ),
  ...amo(
    'amoor',
    '01000',
    (old, value) => old | value,
    (old, value) => old | value,
    (x, old, value) => x.or(old, value),
  ),
  ...amo('amomin', '10000', Math.min, least, (x, old, value) => x.select(x.ltS(old, value), old, value)),
  ...amo(
    'amomax',
    '10100',
    Math.max,
    (old, value) => -least(-old, -value),
    (x, old, value) => x.select(x.ltS(old, value), value, old),
  ),
  ...amo(
    'amominu',
    '11000',
    (old, value) => (old >>> 0 < value >>> 0 ? old : value),
    (old, value) => (unsigned(old) < unsigned(value) ? old : value),
    (x, old, value) => x.select(x.ltU(old, value), old, value),
  ),
  ...amo(
    'amomaxu',
    '11100',
    (old, value) => (old >>> 0 > value >>> 0 ? old : value),
    (old, value) => (unsigned(old) > unsigned(value) ? old : value),
    (x, old, value) => x.select(x.ltU(old, value), value, old),
  ),
];
