import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { machine, read, write } from './harness.ts';

type Meaning = (a: bigint, b: bigint, xlen: number) => bigint;
const signed = (value: bigint, bits: number): bigint => BigInt.asIntN(bits, value);
const word = (value: bigint): bigint => BigInt.asIntN(32, value);
const truth = (value: boolean): bigint => (value ? 1n : 0n);
const bits = (value: bigint, xlen: number): string => BigInt.asUintN(xlen, value).toString(2).padStart(xlen, '0');
const leading = (text: string): bigint => BigInt(text.indexOf('1') === -1 ? text.length : text.indexOf('1'));
const bytesOf = (value: bigint, xlen: number): bigint[] =>
  Array.from({ length: xlen / 8 }, (_, i) => (BigInt.asUintN(xlen, value) >> BigInt(8 * i)) & 255n);
const ofBytes = (bytes: readonly bigint[]): bigint => bytes.reduce((sum, byte, i) => sum | (byte << BigInt(8 * i)), 0n);
const rotated = (value: bigint, distance: bigint, width: number): bigint => {
  const unsigned = BigInt.asUintN(width, value);
  const by = BigInt.asUintN(width === 64 ? 6 : 5, distance);
  return (unsigned >> by) | (unsigned << (BigInt(width) - by));
};
const quotient = (a: bigint, b: bigint): bigint => (b === 0n ? -1n : a / b);
const remainder = (a: bigint, b: bigint): bigint => (b === 0n ? a : a % b);
const shift = (b: bigint, xlen: number): bigint => BigInt.asUintN(xlen === 64 ? 6 : 5, b);

/** What the manual says, over the unsigned values of two registers. */
const meanings: { readonly [mnemonic: string]: Meaning } = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  sll: (a, b, xlen) => a << shift(b, xlen),
  srl: (a, b, xlen) => a >> shift(b, xlen),
  sra: (a, b, xlen) => signed(a, xlen) >> shift(b, xlen),
  slt: (a, b, xlen) => truth(signed(a, xlen) < signed(b, xlen)),
  sltu: (a, b) => truth(a < b),
  mul: (a, b) => a * b,
  mulh: (a, b, xlen) => (signed(a, xlen) * signed(b, xlen)) >> BigInt(xlen),
  mulhsu: (a, b, xlen) => (signed(a, xlen) * b) >> BigInt(xlen),
  mulhu: (a, b, xlen) => (a * b) >> BigInt(xlen),
  div: (a, b, xlen) => quotient(signed(a, xlen), signed(b, xlen)),
  divu: quotient,
  rem: (a, b, xlen) => remainder(signed(a, xlen), signed(b, xlen)),
  remu: remainder,
  sh1add: (a, b) => (a << 1n) + b,
  sh2add: (a, b) => (a << 2n) + b,
  sh3add: (a, b) => (a << 3n) + b,
  andn: (a, b) => a & ~b,
  orn: (a, b) => a | ~b,
  xnor: (a, b) => ~(a ^ b),
  min: (a, b, xlen) => (signed(a, xlen) < signed(b, xlen) ? a : b),
  minu: (a, b) => a - (a > b ? a - b : 0n),
  max: (a, b, xlen) => (signed(a, xlen) < signed(b, xlen) ? b : a),
  maxu: (a, b) => a + (b > a ? b - a : 0n),
  rol: (a, b, xlen) => rotated(a, -b, xlen),
  ror: (a, b, xlen) => rotated(a, b, xlen),
};
const unary: { readonly [mnemonic: string]: Meaning } = {
  clz: (a, _, xlen) => leading(bits(a, xlen)),
  ctz: (a, _, xlen) => leading([...bits(a, xlen)].reverse().join('')),
  cpop: (a, _, xlen) => BigInt([...bits(a, xlen)].filter((bit) => bit === '1').length),
  'sext.b': (a) => signed(a, 8),
  'sext.h': (a) => signed(a, 16),
  'zext.h': (a) => a & 0xffffn,
  'orc.b': (a, _, xlen) => ofBytes(bytesOf(a, xlen).map((byte) => (byte === 0n ? 0n : 255n))),
  rev8: (a, _, xlen) => ofBytes(bytesOf(a, xlen).reverse()),
};
const words: { readonly [mnemonic: string]: Meaning } = {
  addw: (a, b) => word(a + b),
  subw: (a, b) => word(a - b),
  sllw: (a, b) => word(a << shift(b, 32)),
  srlw: (a, b) => word(BigInt.asUintN(32, a) >> shift(b, 32)),
  sraw: (a, b) => word(a) >> shift(b, 32),
  mulw: (a, b) => word(a * b),
  divw: (a, b) => word(quotient(word(a), word(b))),
  divuw: (a, b) => word(quotient(BigInt.asUintN(32, a), BigInt.asUintN(32, b))),
  remw: (a, b) => word(remainder(word(a), word(b))),
  remuw: (a, b) => word(remainder(BigInt.asUintN(32, a), BigInt.asUintN(32, b))),
  rolw: (a, b) => word(rotated(a, -b, 32)),
  rorw: (a, b) => word(rotated(a, b, 32)),
  'add.uw': (a, b) => BigInt.asUintN(32, a) + b,
  'sh1add.uw': (a, b) => (BigInt.asUintN(32, a) << 1n) + b,
  'sh2add.uw': (a, b) => (BigInt.asUintN(32, a) << 2n) + b,
  'sh3add.uw': (a, b) => (BigInt.asUintN(32, a) << 3n) + b,
};
const unaryWords: { readonly [mnemonic: string]: Meaning } = {
  clzw: (a) => leading(bits(a, 32)),
  ctzw: (a) => leading([...bits(a, 32)].reverse().join('')),
  cpopw: (a) => BigInt([...bits(a, 32)].filter((bit) => bit === '1').length),
};

const extremes = [
  0n,
  1n,
  2n,
  -1n,
  -2n,
  31n,
  32n,
  63n,
  0x7fn,
  0x8000n,
  0x7fffffffn,
  0x80000000n,
  0xffffffffn,
  1n << 32n,
  1n << 52n,
  1n << 53n,
];
const values = fc.oneof(
  fc.constantFrom(...extremes, ...extremes.map((value) => -value), (1n << 63n) - 1n, 1n << 63n),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }),
  fc.integer({ min: -100, max: 100 }).map(BigInt),
);
const registers = fc.constantFrom([1, 2, 3], [1, 1, 2], [1, 2, 1], [1, 1, 1], [0, 1, 2], [1, 0, 2], [1, 2, 0]);

const check = (isa: string, line: (d: number, s: number, t: number) => string, meaning: Meaning): void =>
  fc.assert(
    fc.property(values, values, registers, (x, y, [d = 0, s = 0, t = 0]) => {
      const { core, interpreter } = machine(isa, [line(d, s, t)]);
      write(core, s, x);
      write(core, t, y);
      const a = read(core, s);
      const b = read(core, t);
      interpreter.step();
      expect(read(core, d)).toBe(d === 0 ? 0n : BigInt.asUintN(core.xlen, meaning(a, b, core.xlen)));
      expect(read(core, 0)).toBe(0n);
    }),
    { numRuns: 80 },
  );

describe.each(['rv32im_zba_zbb', 'rv64im_zba_zbb'])('%s computes what the manual says', (isa) => {
  test.each(Object.entries({ ...meanings, ...(isa.startsWith('rv64') ? words : {}) }))('%s', (mnemonic, meaning) =>
    check(isa, (d, s, t) => `${mnemonic} x${d}, x${s}, x${t}`, meaning),
  );
  test.each(Object.entries({ ...unary, ...(isa.startsWith('rv64') ? unaryWords : {}) }))('%s', (mnemonic, meaning) =>
    check(isa, (d, s) => `${mnemonic} x${d}, x${s}`, meaning),
  );
});
