import type { Code } from './code.ts';

/** WebAssembly as typed expressions: a sum of an i32 and an f64 does not compile in TypeScript either. */
export type ValType = 'i32' | 'i64' | 'f32' | 'f64';

/** An integer of the guest's own width: i32 on RV32, i64 on RV64. */
export type Word = Expr<'word'>;

/** A value that knows how to write itself. It may be written once: what is needed twice gets a local (FunctionBuilder.name). */
export interface Expr<T extends ValType | 'word'> {
  readonly type: T;
  readonly write: (out: Code) => void;
  /** The constant 0, of which sums are not written. */
  readonly isZero?: boolean;
}
type Any = ValType | 'word';

const one =
  <T extends Any, R extends Any>(type: R, opcode: number) =>
  (x: Expr<T>): Expr<R> => ({
    type,
    write: (out) => {
      x.write(out);
      out.byte(opcode);
    },
  });

const two =
  <T extends Any, R extends Any = T>(type: R, opcode: number) =>
  (x: Expr<T>, y: Expr<T>): Expr<R> => ({
    type,
    write: (out) => {
      x.write(out);
      y.write(out);
      out.byte(opcode);
    },
  });

/** A sum, of what is not known to be 0. */
const sum = <T extends Any>(type: T, opcode: number) => {
  const add = two<T>(type, opcode);
  return (x: Expr<T>, y: Expr<T>): Expr<T> => (x.isZero ? y : y.isZero ? x : add(x, y));
};

/** The saturating conversions have a prefix byte. */
const saturating =
  <T extends ValType, R extends ValType>(type: R, opcode: number) =>
  (x: Expr<T>): Expr<R> => ({
    type,
    write: (out) => {
      x.write(out);
      out.byte(0xfc);
      out.byte(opcode);
    },
  });

const load =
  <T extends Any>(type: T, opcode: number) =>
  (address: Expr<'i32'>, offset = 0): Expr<T> => ({
    type,
    write: (out) => {
      address.write(out);
      out.byte(opcode);
      out.byte(0);
      out.unsigned(offset);
    },
  });

/** The operations that i32 and i64 share: their opcodes are in the same order, from a first test and a first operation on. */
const integer = <T extends 'i32' | 'i64' | 'word'>(type: T, test: number, operation: number) => ({
  eqz: one<T, 'i32'>('i32', test),
  eq: two<T, 'i32'>('i32', test + 1),
  ne: two<T, 'i32'>('i32', test + 2),
  ltS: two<T, 'i32'>('i32', test + 3),
  ltU: two<T, 'i32'>('i32', test + 4),
  gtS: two<T, 'i32'>('i32', test + 5),
  gtU: two<T, 'i32'>('i32', test + 6),
  leS: two<T, 'i32'>('i32', test + 7),
  leU: two<T, 'i32'>('i32', test + 8),
  geS: two<T, 'i32'>('i32', test + 9),
  geU: two<T, 'i32'>('i32', test + 10),
  clz: one<T, T>(type, operation),
  ctz: one<T, T>(type, operation + 1),
  popcnt: one<T, T>(type, operation + 2),
  add: sum<T>(type, operation + 3),
  sub: two<T>(type, operation + 4),
  mul: two<T>(type, operation + 5),
  divS: two<T>(type, operation + 6),
  divU: two<T>(type, operation + 7),
  remS: two<T>(type, operation + 8),
  remU: two<T>(type, operation + 9),
  and: two<T>(type, operation + 10),
  or: two<T>(type, operation + 11),
  xor: two<T>(type, operation + 12),
  shl: two<T>(type, operation + 13),
  shrS: two<T>(type, operation + 14),
  shrU: two<T>(type, operation + 15),
  rotl: two<T>(type, operation + 16),
  rotr: two<T>(type, operation + 17),
});

const float = <T extends 'f32' | 'f64'>(type: T, test: number, operation: number) => ({
  eq: two<T, 'i32'>('i32', test),
  ne: two<T, 'i32'>('i32', test + 1),
  lt: two<T, 'i32'>('i32', test + 2),
  gt: two<T, 'i32'>('i32', test + 3),
  le: two<T, 'i32'>('i32', test + 4),
  ge: two<T, 'i32'>('i32', test + 5),
  abs: one<T, T>(type, operation),
  neg: one<T, T>(type, operation + 1),
  ceil: one<T, T>(type, operation + 2),
  floor: one<T, T>(type, operation + 3),
  trunc: one<T, T>(type, operation + 4),
  nearest: one<T, T>(type, operation + 5),
  sqrt: one<T, T>(type, operation + 6),
  add: two<T>(type, operation + 7),
  sub: two<T>(type, operation + 8),
  mul: two<T>(type, operation + 9),
  div: two<T>(type, operation + 10),
  min: two<T>(type, operation + 11),
  max: two<T>(type, operation + 12),
  copysign: two<T>(type, operation + 13),
});

const constant =
  <T extends Any>(type: T, opcode: number) =>
  (value: number | bigint): Expr<T> => ({
    type,
    isZero: value === 0,
    write: (out) => {
      out.byte(opcode);
      if (typeof value === 'bigint') out.signed64(value);
      else out.signed(opcode === 0x41 ? value | 0 : value);
    },
  });

export const i32 = {
  ...integer('i32', 0x45, 0x67),
  const: constant('i32', 0x41),
  wrap: one<'i64', 'i32'>('i32', 0xa7),
  extend8S: one<'i32', 'i32'>('i32', 0xc0),
  extend16S: one<'i32', 'i32'>('i32', 0xc1),
  bitsOfF32: one<'f32', 'i32'>('i32', 0xbc),
  truncSatF32S: saturating<'f32', 'i32'>('i32', 0),
  truncSatF32U: saturating<'f32', 'i32'>('i32', 1),
  truncSatF64S: saturating<'f64', 'i32'>('i32', 2),
  truncSatF64U: saturating<'f64', 'i32'>('i32', 3),
  load: load('i32', 0x28),
  load8S: load('i32', 0x2c),
  load8U: load('i32', 0x2d),
  load16S: load('i32', 0x2e),
  load16U: load('i32', 0x2f),
};

export const i64 = {
  ...integer('i64', 0x50, 0x79),
  const: constant('i64', 0x42),
  extendS: one<'i32', 'i64'>('i64', 0xac),
  extendU: one<'i32', 'i64'>('i64', 0xad),
  extend8S: one<'i64', 'i64'>('i64', 0xc2),
  extend16S: one<'i64', 'i64'>('i64', 0xc3),
  extend32S: one<'i64', 'i64'>('i64', 0xc4),
  bitsOfF64: one<'f64', 'i64'>('i64', 0xbd),
  truncSatF32S: saturating<'f32', 'i64'>('i64', 4),
  truncSatF32U: saturating<'f32', 'i64'>('i64', 5),
  truncSatF64S: saturating<'f64', 'i64'>('i64', 6),
  truncSatF64U: saturating<'f64', 'i64'>('i64', 7),
  load: load('i64', 0x29),
  load8S: load('i64', 0x30),
  load8U: load('i64', 0x31),
  load16S: load('i64', 0x32),
  load16U: load('i64', 0x33),
  load32S: load('i64', 0x34),
  load32U: load('i64', 0x35),
};

export const f32 = {
  ...float('f32', 0x5b, 0x8b),
  ofBits: one<'i32', 'f32'>('f32', 0xbe),
  ofI32S: one<'i32', 'f32'>('f32', 0xb2),
  ofI32U: one<'i32', 'f32'>('f32', 0xb3),
  ofI64S: one<'i64', 'f32'>('f32', 0xb4),
  ofI64U: one<'i64', 'f32'>('f32', 0xb5),
  demote: one<'f64', 'f32'>('f32', 0xb6),
  load: load('f32', 0x2a),
};

export const f64 = {
  ...float('f64', 0x61, 0x99),
  ofBits: one<'i64', 'f64'>('f64', 0xbf),
  ofI32S: one<'i32', 'f64'>('f64', 0xb7),
  ofI32U: one<'i32', 'f64'>('f64', 0xb8),
  ofI64S: one<'i64', 'f64'>('f64', 0xb9),
  ofI64U: one<'i64', 'f64'>('f64', 0xba),
  promote: one<'f32', 'f64'>('f64', 0xbb),
  load: load('f64', 0x2b),
};

export const get = <T extends Any>(type: T, local: number): Expr<T> => ({
  type,
  write: (out) => {
    out.byte(0x20);
    out.unsigned(local);
  },
});

/** A global of type i32. */
export const getGlobal = (index: number): Expr<'i32'> => ({
  type: 'i32',
  write: (out) => {
    out.byte(0x23);
    out.unsigned(index);
  },
});

/** `condition ? yes : no`, both computed: neither may have an effect. */
export const select = <T extends Any>(condition: Expr<'i32'>, yes: Expr<T>, no: Expr<T>): Expr<T> => ({
  type: yes.type,
  write: (out) => {
    yes.write(out);
    no.write(out);
    condition.write(out);
    out.byte(0x1b);
  },
});

export const call = <T extends Any>(type: T, index: number, ...operands: readonly Expr<Any>[]): Expr<T> => ({
  type,
  write: (out) => {
    for (const operand of operands) operand.write(out);
    out.byte(0x10);
    out.unsigned(index);
  },
});

const wordsOf = (xlen: 32 | 64) => {
  const wide = xlen === 64;
  const same = <T extends Any, R extends Any>(x: Expr<T>, type: R): Expr<R> => ({ type, write: x.write });
  return {
    ...(wide ? integer('word', 0x50, 0x79) : integer('word', 0x45, 0x67)),
    xlen,
    const: constant('word', wide ? 0x42 : 0x41),
    /** The low 32 bits. */
    low: (x: Word): Expr<'i32'> => (wide ? i32.wrap(same(x, 'i64')) : same(x, 'i32')),
    ofI32S: (x: Expr<'i32'>): Word => same(wide ? i64.extendS(x) : x, 'word'),
    ofI32U: (x: Expr<'i32'>): Word => same(wide ? i64.extendU(x) : x, 'word'),
    ofI64: (x: Expr<'i64'>): Word => same(wide ? x : i32.wrap(x), 'word'),
    toI64S: (x: Word): Expr<'i64'> => (wide ? same(x, 'i64') : i64.extendS(same(x, 'i32'))),
    toI64U: (x: Word): Expr<'i64'> => (wide ? same(x, 'i64') : i64.extendU(same(x, 'i32'))),
    load: load('word', wide ? 0x29 : 0x28),
  };
};
export type Words = ReturnType<typeof wordsOf>;

const widths = { 32: wordsOf(32), 64: wordsOf(64) } as const;
/** The integer operations of one guest width; a row that speaks in words serves both widths. */
export const words = (xlen: 32 | 64): Words => widths[xlen];
