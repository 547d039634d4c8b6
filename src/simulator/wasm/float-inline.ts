import { type Operation, operations, type Place } from '../float/operations.ts';
import { flag } from '../float/status.ts';
import { call, type Expr, f32, f64, get, i32, i64, type ValType } from './expression.ts';
import { integers, valueType } from './float.ts';
import type { FunctionBuilder } from './function.ts';

/** Where float instructions are written: a function of a module that imports the library's functions. */
export interface FloatSite {
  readonly f: FunctionBuilder;
  /** The index of a library function in this module, by mnemonic. */
  readonly library: (name: string) => number;
  /** The word of fcsr: fflags in bits 0 to 4, frm in bits 5 to 7. */
  readonly fcsr: () => Expr<'i32'>;
}

type Any = Expr<ValType>;
/** A value computed on the spot and when it is right as it is: never where a flag other than NX would be raised. */
interface Quick {
  readonly value: Any;
  readonly when?: Expr<'i32'>;
  /** The value is rounded by `mode`, so NX must be set already or the value be known exact. */
  readonly rounded?: { readonly mode: number; readonly isExact?: Expr<'i32'> };
}
type Write = (site: FloatSite, operands: readonly Any[], mode: number) => Quick | undefined;

/** A mode of 7 asks for frm. */
const dynamic = 7;

const singles = (operands: readonly Any[]): readonly Expr<'f32'>[] => operands as readonly Expr<'f32'>[];
const doubles = (operands: readonly Any[]): readonly Expr<'f64'>[] => operands as readonly Expr<'f64'>[];

/** Finite and at least twice the smallest normal number: no overflow, no underflow, no NaN. */
const isSafeSingle = (x: Expr<'f32'>): Expr<'i32'> =>
  i32.ltU(i32.sub(i32.and(i32.shrU(i32.bitsOfF32(x), i32.const(23)), i32.const(0xff)), i32.const(2)), i32.const(0xfd));
const isSafeDouble = (x: Expr<'f64'>): Expr<'i32'> =>
  i64.ltU(i64.sub(i64.and(i64.shrU(i64.bitsOfF64(x), i64.const(52)), i64.const(0x7ff)), i64.const(2)), i64.const(0x7fd));

const rounded = (value: Any, when?: Expr<'i32'>): Quick => ({ value, rounded: { mode: 0 }, ...(when && { when }) });

const arithmetic = (place: 's' | 'd', name: 'add' | 'sub' | 'mul' | 'div' | 'sqrt'): Write => {
  if (place === 's')
    return ({ f }, operands) => {
      const [x, y] = singles(operands);
      const value = f.name(name === 'sqrt' ? f32.sqrt(x!) : f32[name](x!, y!));
      return rounded(value, isSafeSingle(value));
    };
  return ({ f }, operands) => {
    const [x, y] = doubles(operands);
    const value = f.name(name === 'sqrt' ? f64.sqrt(x!) : f64[name](x!, y!));
    return rounded(value, isSafeDouble(value));
  };
};

/** Rounded to double and then to single, which is wrong only where the double lies half-way between two singles. */
const fusedSingle =
  (negateProduct: boolean, negateAddend: boolean): Write =>
  ({ f }, operands) => {
    const [x, y, z] = singles(operands).map(f64.promote);
    const product = f64.mul(x!, y!);
    const sum = f.name(f64.add(negateProduct ? f64.neg(product) : product, negateAddend ? f64.neg(z!) : z!));
    const value = f.name(f32.demote(sum));
    const dropped = i32.and(i32.wrap(i64.bitsOfF64(sum)), i32.const(0x1fffffff));
    return rounded(value, i32.and(i32.ne(dropped, i32.const(0x10000000)), isSafeSingle(value)));
  };

/** Significant bits that a double can have. */
const significand = 53;
/** Zeros at the end of a significand, or more than it has where it is a power of two: products with that are doubles whatever the other factor is. */
const trailing = (x: Expr<'f64'>): Expr<'i64'> => i64.ctz(i64.bitsOfF64(x));

/** Where the product is a double, as one of few significant bits is, only the sum is rounded. */
const fusedDouble =
  (negateProduct: boolean, negateAddend: boolean): Write =>
  ({ f }, operands) => {
    const [x, y, z] = doubles(operands);
    const product = f.name(f64.mul(x!, y!));
    const value = f.name(f64.add(negateProduct ? f64.neg(product) : product, negateAddend ? f64.neg(z!) : z!));
    const isShort = i64.geU(i64.add(trailing(x!), trailing(y!)), i64.const(significand));
    return rounded(value, i32.and(isShort, i32.and(isSafeDouble(product), isSafeDouble(value))));
  };

/** Two operands of which neither is a NaN. */
const ordered = (place: 's' | 'd', name: 'eq' | 'lt' | 'le' | 'min' | 'max'): Write => {
  if (place === 's')
    return (_, operands) => {
      const [x, y] = singles(operands);
      return { value: f32[name](x!, y!), when: i32.and(f32.eq(x!, x!), f32.eq(y!, y!)) };
    };
  return (_, operands) => {
    const [x, y] = doubles(operands);
    return { value: f64[name](x!, y!), when: i32.and(f64.eq(x!, x!), f64.eq(y!, y!)) };
  };
};

const signs = (place: 's' | 'd', kind: 'copy' | 'negate' | 'multiply'): Write => {
  if (place === 's')
    return (_, operands) => {
      const [x, y] = singles(operands);
      if (kind !== 'multiply') return { value: f32.copysign(x!, kind === 'copy' ? y! : f32.neg(y!)) };
      return { value: f32.ofBits(i32.xor(i32.bitsOfF32(x!), i32.and(i32.bitsOfF32(y!), i32.const(-(2 ** 31))))) };
    };
  return (_, operands) => {
    const [x, y] = doubles(operands);
    if (kind !== 'multiply') return { value: f64.copysign(x!, kind === 'copy' ? y! : f64.neg(y!)) };
    return { value: f64.ofBits(i64.xor(i64.bitsOfF64(x!), i64.and(i64.bitsOfF64(y!), i64.const(-(2n ** 63n))))) };
  };
};

const roundings = [f64.nearest, f64.trunc, f64.floor, f64.ceil] as const;
const number = (value: number): Expr<'f64'> => f64.ofBits(i64.const(new BigInt64Array(new Float64Array([value]).buffer)[0]!));

const toInteger =
  (place: 's' | 'd', kind: keyof typeof integers): Write =>
  ({ f }, operands, mode) => {
    const rounding = mode === dynamic ? 0 : mode;
    const round = roundings[rounding];
    if (round === undefined) return undefined;
    const x = place === 's' ? f.name(f64.promote(singles(operands)[0]!)) : doubles(operands)[0]!;
    const integral = f.name(round(x));
    const { least, beyond, convert } = integers[kind];
    return {
      value: convert(integral),
      when: i32.and(f64.ge(integral, number(least)), f64.lt(integral, number(beyond))),
      rounded: { mode: rounding, isExact: f64.eq(integral, x) },
    };
  };
const fromInteger =
  <T extends 'i32' | 'i64'>(convert: (x: Expr<T>) => Any): Write =>
  (_, operands) =>
    rounded(convert(operands[0] as Expr<T>));

const writes: { readonly [name: string]: Write } = {
  ...Object.fromEntries(
    (['s', 'd'] as const).flatMap((place): [string, Write][] => [
      ...(['add', 'sub', 'mul', 'div', 'sqrt'] as const).map((name): [string, Write] => [`f${name}.${place}`, arithmetic(place, name)]),
      ...(['eq', 'lt', 'le', 'min', 'max'] as const).map((name): [string, Write] => [`f${name}.${place}`, ordered(place, name)]),
      ...(['w', 'wu', 'l', 'lu'] as const).map((kind): [string, Write] => [`fcvt.${kind}.${place}`, toInteger(place, kind)]),
      [`fsgnj.${place}`, signs(place, 'copy')],
      [`fsgnjn.${place}`, signs(place, 'negate')],
      [`fsgnjx.${place}`, signs(place, 'multiply')],
    ]),
  ),
  'fmadd.s': fusedSingle(false, false),
  'fmsub.s': fusedSingle(false, true),
  'fnmsub.s': fusedSingle(true, false),
  'fnmadd.s': fusedSingle(true, true),
  'fmadd.d': fusedDouble(false, false),
  'fmsub.d': fusedDouble(false, true),
  'fnmsub.d': fusedDouble(true, false),
  'fnmadd.d': fusedDouble(true, true),
  'fcvt.s.w': fromInteger(f32.ofI32S),
  'fcvt.s.wu': fromInteger(f32.ofI32U),
  'fcvt.s.l': fromInteger(f32.ofI64S),
  'fcvt.s.lu': fromInteger(f32.ofI64U),
  'fcvt.d.l': fromInteger(f64.ofI64S),
  'fcvt.d.lu': fromInteger(f64.ofI64U),
  'fcvt.d.w': (_, operands) => ({ value: f64.ofI32S(operands[0] as Expr<'i32'>) }),
  'fcvt.d.wu': (_, operands) => ({ value: f64.ofI32U(operands[0] as Expr<'i32'>) }),
  'fcvt.d.s': (_, operands) => ({ value: f64.promote(singles(operands)[0]!), when: f32.eq(singles(operands)[0]!, singles(operands)[0]!) }),
  'fcvt.s.d': ({ f }, operands) => {
    const value = f.name(f32.demote(doubles(operands)[0]!));
    return rounded(value, isSafeSingle(value));
  },
};

const byName: ReadonlyMap<string, Operation> = new Map(operations.map((operation) => [operation.name, operation]));
const operandType = (place: Place): ValType => valueType[place];

/**
 * A float instruction by its mnemonic, `mode` as in its field rm; one that asks for frm finds none there that is reserved. The processor's own operation is
 * used where the sticky flag NX is set already and the result is far from overflow and underflow; elsewhere the library is called. The result is a local, and
 * may be used more than once.
 */
export function floatInstruction(site: FloatSite, name: string, mode: number, operands: readonly Any[]): Any {
  const { f, fcsr: state, library } = site;
  const operation = byName.get(name);
  if (operation === undefined) throw new Error(`${name} is not in the library of float instructions`);
  const named = operands.map((operand) => f.name(operand));
  const type = operandType(operation.result);
  const quick = writes[name]?.(site, named, mode);
  if (quick !== undefined && quick.when === undefined && quick.rounded === undefined) return f.name(quick.value);

  const result = f.local(type);
  const ask = (): void => {
    const resolved = mode === dynamic ? i32.shrU(state(), i32.const(5)) : i32.const(mode);
    f.set(result, call(type, library(name), resolved, ...named));
  };
  if (quick === undefined) ask();
  else f.if(isReady(quick, mode, state), () => f.set(result, quick.value), ask);
  return get(type, result);
}

/** NX is set or the result exact, the mode is the one the value was rounded by, and the value lies where no other flag is due. */
function isReady({ when, rounded }: Quick, mode: number, state: () => Expr<'i32'>): Expr<'i32'> {
  const conditions: Expr<'i32'>[] = [];
  if (rounded !== undefined) {
    const isStatic = mode === rounded.mode;
    if (!isStatic && mode !== dynamic) return i32.const(0);
    if (rounded.isExact === undefined) {
      const ready = i32.and(state(), i32.const(isStatic ? flag.inexact : 0xe0 | flag.inexact));
      conditions.push(i32.eq(ready, i32.const(flag.inexact)));
    } else {
      if (!isStatic) conditions.push(i32.eqz(i32.and(state(), i32.const(0xe0))));
      conditions.push(i32.or(rounded.isExact, i32.and(state(), i32.const(flag.inexact))));
    }
  }
  if (when !== undefined) conditions.push(when);
  return conditions.reduce((x, y) => i32.and(x, y));
}
