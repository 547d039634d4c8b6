import type { Expr as Expression, ValType as ValueType, Word } from '../wasm/expression.ts';
import type { v128 } from '../wasm/vector.ts';

export type { Vector } from '../wasm/vector.ts';
export type { Expression, ValueType, Word };

/** Operations on one integer type. A number stands for a constant, sign-extended. Shifts take their distance modulo the width. */
export interface Integers<T extends 'i32' | 'i64' | 'word'> {
  constant(value: number): Expression<T>;
  add(x: Expression<T>, y: Expression<T> | number): Expression<T>;
  sub(x: Expression<T> | number, y: Expression<T>): Expression<T>;
  mul(x: Expression<T>, y: Expression<T>): Expression<T>;
  and(x: Expression<T>, y: Expression<T> | number): Expression<T>;
  or(x: Expression<T>, y: Expression<T> | number): Expression<T>;
  xor(x: Expression<T>, y: Expression<T> | number): Expression<T>;
  shl(x: Expression<T>, y: Expression<T> | number): Expression<T>;
  shrS(x: Expression<T>, y: Expression<T> | number): Expression<T>;
  shrU(x: Expression<T>, y: Expression<T> | number): Expression<T>;
  rotl(x: Expression<T>, y: Expression<T> | number): Expression<T>;
  rotr(x: Expression<T>, y: Expression<T> | number): Expression<T>;
  clz(x: Expression<T>): Expression<T>;
  ctz(x: Expression<T>): Expression<T>;
  popcnt(x: Expression<T>): Expression<T>;
  eq(x: Expression<T>, y: Expression<T> | number): Expression<'i32'>;
  ne(x: Expression<T>, y: Expression<T> | number): Expression<'i32'>;
  ltS(x: Expression<T>, y: Expression<T> | number): Expression<'i32'>;
  ltU(x: Expression<T>, y: Expression<T> | number): Expression<'i32'>;
  geS(x: Expression<T>, y: Expression<T> | number): Expression<'i32'>;
  geU(x: Expression<T>, y: Expression<T> | number): Expression<'i32'>;
  select(condition: Expression<'i32'>, then: Expression<T>, otherwise: Expression<T>): Expression<T>;
}

/** Words, and the ways between them and 32 bits: on RV32 `low`, `signed` and `unsigned` do nothing, and `ofI64` and `toI64` wrap and sign-extend. */
export interface Words extends Integers<'word'> {
  low(x: Word): Expression<'i32'>;
  signed(x: Expression<'i32'>): Word;
  unsigned(x: Expression<'i32'>): Word;
  ofI64(x: Expression<'i64'>): Word;
  toI64(x: Word): Expression<'i64'>;
  /** Upper halves of products, and quotients and remainders with the results RISC-V defines for 0 and overflow. */
  mulh(x: Word, y: Word): Word;
  mulhu(x: Word, y: Word): Word;
  mulhsu(x: Word, y: Word): Word;
  div(x: Word, y: Word): Word;
  divu(x: Word, y: Word): Word;
  rem(x: Word, y: Word): Word;
  remu(x: Word, y: Word): Word;
}

/** The f registers, by number, as bits; what computes with them is in the library of float instructions and needs no body here. */
export interface Floats {
  bits(register: number): Expression<'i64'>;
  lowBits(register: number): Expression<'i32'>;
  /** Results for `fd`: a single is boxed. */
  single(bits: Expression<'i32'>): Expression<'f32'>;
  double(bits: Expression<'i64'>): Expression<'f64'>;
}

/** A row that writes no register. */
export type NoResult = Readonly<Record<never, never>>;

/** What a row may ask of the translator beyond expressions. Addresses of code are numbers: the pc is known when a row is emitted. */
export interface Emitter {
  readonly x: Words;
  readonly i32: Integers<'i32'>;
  readonly i64: Integers<'i64'>;
  readonly f: Floats;
  /** Vectors of bytes and halves. */
  readonly v128: typeof v128;
  /** What an x register holds before the instruction: for a row whose destination is a source too. */
  register(number: number): Word;
  /** Address of this instruction and of the one that follows it. */
  readonly pc: number;
  readonly next: number;
  /** A value that is needed twice: evaluated here, read from a local afterwards. */
  name<T extends ValueType | 'word'>(value: Expression<T>): Expression<T>;
  /** Range-checked, or hoisted by the region strategy; sign- or zero-extended to the word. */
  load(address: Word, bytes: 1 | 2 | 4 | 8, extend: 'signed' | 'unsigned'): Word;
  store(address: Word, bytes: 1 | 2 | 4 | 8, value: Word): NoResult;
  /** 64 bits on both widths. */
  load64(address: Word): Expression<'i64'>;
  store64(address: Word, value: Expression<'i64'>): NoResult;
  /** Replaces an aligned word or doubleword by what `change` makes of it, and returns the old one, sign-extended. */
  atomic(address: Word, bytes: 4 | 8, change: (old: Word) => Word): Word;
  /** Sets start, end or count of a hardware loop, at once: an instruction that does so cannot be left any more. */
  setLoop(id: number, register: 0 | 1 | 2, value: Word): NoResult;
  /** A command of an accelerator that never suspends, which may add cycles; the value is its reply. */
  command(port: number, funct: number, rs1: Word | undefined, rs2: Word | undefined): Word;
  /** Waits for all accelerators. */
  fence(): NoResult;
  /** Control: the last instruction of its block. */
  branch(condition: Expression<'i32'>, target: number): NoResult;
  jump(target: number): NoResult;
  jumpIndirect(target: Word): NoResult;
}
