import type { Integers, Words } from '../../riscv/emit.ts';
import { type Expr, i32, i64, select, type Word, words } from '../expression.ts';
import type { FunctionBuilder } from '../function.ts';

type Raw<T extends 'i32' | 'i64' | 'word'> = { readonly const: (value: number) => Expr<T> } & {
  readonly [name in 'clz' | 'ctz' | 'popcnt']: (x: Expr<T>) => Expr<T>;
} & { readonly [name in 'add' | 'sub' | 'mul' | 'and' | 'or' | 'xor' | 'shl' | 'shrS' | 'shrU' | 'rotl' | 'rotr']: Operation<T, T> } & {
  readonly [name in 'eq' | 'ne' | 'ltS' | 'ltU' | 'geS' | 'geU']: Operation<T, 'i32'>;
};
type Operation<T extends 'i32' | 'i64' | 'word', R extends 'i32' | 'i64' | 'word'> = (x: Expr<T>, y: Expr<T>) => Expr<R>;

/** The operations of one type for the rows, which write constants as numbers. */
export function integers<T extends 'i32' | 'i64' | 'word'>(raw: Raw<T>): Integers<T> {
  const of = (x: Expr<T> | number): Expr<T> => (typeof x === 'number' ? raw.const(x) : x);
  const lift =
    <R extends 'i32' | 'i64' | 'word'>(operation: Operation<T, R>) =>
    (x: Expr<T> | number, y: Expr<T> | number): Expr<R> =>
      operation(of(x), of(y));
  return {
    constant: raw.const,
    clz: raw.clz,
    ctz: raw.ctz,
    popcnt: raw.popcnt,
    add: lift(raw.add),
    sub: lift(raw.sub),
    mul: lift(raw.mul),
    and: lift(raw.and),
    or: lift(raw.or),
    xor: lift(raw.xor),
    shl: lift(raw.shl),
    shrS: lift(raw.shrS),
    shrU: lift(raw.shrU),
    rotl: lift(raw.rotl),
    rotr: lift(raw.rotr),
    eq: lift(raw.eq),
    ne: lift(raw.ne),
    ltS: lift(raw.ltS),
    ltU: lift(raw.ltU),
    geS: lift(raw.geS),
    geU: lift(raw.geU),
    select,
  };
}

const plain = { 32: integers(words(32)), 64: integers(words(64)) } as const;

/** Words of one guest width inside one function, whose locals hold the operands that a division or a wide product needs twice. */
export function wordsIn(builder: FunctionBuilder, xlen: 32 | 64): Words {
  const raw = words(xlen);
  const x = plain[xlen];
  const name = (value: Word): Word => builder.name(value);
  const lowest = xlen === 64 ? raw.const(-(2n ** 63n)) : raw.const(-(2 ** 31));
  const upper = (a: Word, b: Word, signs: 'none' | 'first' | 'both'): Word => {
    const product = xlen === 64 ? upperUnsigned(builder, raw.toI64U(a), raw.toI64U(b)) : undefined;
    if (product === undefined) {
      const factor = (value: Word, signed: boolean) => (signed ? raw.toI64S(value) : raw.toI64U(value));
      return raw.ofI64(i64.shrU(i64.mul(factor(a, signs !== 'none'), factor(b, signs === 'both')), i64.const(32)));
    }
    const correction = (negative: Word, other: Word) => x.and(x.shrS(negative, 63), other);
    const first = signs === 'none' ? raw.ofI64(product) : x.sub(raw.ofI64(product), correction(a, b));
    return signs === 'both' ? x.sub(first, correction(b, a)) : first;
  };
  const named =
    (operation: (a: Word, b: Word) => Word) =>
    (a: Word, b: Word): Word =>
      operation(name(a), name(b));
  const divisor = (b: Word, unsafe: Expr<'i32'>): Word => select(unsafe, raw.const(1), b);
  // A spread of all operations would be the greater part of what a short function costs.
  return Object.assign(Object.create(x) as typeof x, {
    low: raw.low,
    signed: raw.ofI32S,
    unsigned: raw.ofI32U,
    ofI64: raw.ofI64,
    toI64: raw.toI64S,
    mulh: named((a, b) => upper(a, b, 'both')),
    mulhu: named((a, b) => upper(a, b, 'none')),
    mulhsu: named((a, b) => upper(a, b, 'first')),
    div: named((a, b) => {
      const overflow = i32.and(x.eq(b, -1), raw.eq(a, lowest));
      return select(raw.eqz(b), raw.const(-1), raw.divS(a, divisor(b, i32.or(raw.eqz(b), overflow))));
    }),
    divu: named((a, b) => select(raw.eqz(b), raw.const(-1), raw.divU(a, divisor(b, raw.eqz(b))))),
    rem: named((a, b) => select(raw.eqz(b), a, raw.remS(a, divisor(b, raw.eqz(b))))),
    remu: named((a, b) => select(raw.eqz(b), a, raw.remU(a, divisor(b, raw.eqz(b))))),
  });
}

/** The upper 64 bits of an unsigned product, from four products of 32 bits (Knuth, The Art of Computer Programming, 4.3.1, algorithm M). */
function upperUnsigned(builder: FunctionBuilder, x: Expr<'i64'>, y: Expr<'i64'>): Expr<'i64'> {
  const low = (value: Expr<'i64'>) => i64.and(value, i64.const(0xffff_ffff));
  const high = (value: Expr<'i64'>) => i64.shrU(value, i64.const(32));
  const middle = builder.name(i64.add(i64.mul(high(x), low(y)), high(i64.mul(low(x), low(y)))));
  const carry = high(i64.add(i64.mul(low(x), high(y)), low(middle)));
  return i64.add(i64.add(i64.mul(high(x), high(y)), high(middle)), carry);
}

export const narrow = integers(i32);
export const wide = integers(i64);
