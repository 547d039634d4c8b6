import { type Operation, operations, type Place } from '../float/operations.ts';
import { flag } from '../float/status.ts';
import { call, type Expr, f32, f64, get, i32, i64, select, type ValType } from './expression.ts';
import { FunctionBuilder } from './function.ts';
import { ModuleBuilder } from './module.ts';

/**
 * The library of float instructions for translated code: a module with one function per instruction, (rounding mode, operands) -> result, exact in its
 * value and in the flags that it adds to the word of the memory at `fcsr`. Round-to-nearest and every conversion that stays in range are computed here;
 * NaN, infinities, values near the ends of the exponent range and the other modes ask the import `float.exact`.
 */
export const valueType = { s: 'f32', d: 'f64', w: 'i32', l: 'i64' } as const satisfies Record<Place, ValType>;

type Any = Expr<ValType>;
type Mode = Expr<'i32'>;

/** What the body of a library function is written with. */
interface Body {
  readonly f: FunctionBuilder;
  readonly fcsr: number;
  readonly mode: Mode;
  readonly single: (index: number) => Expr<'f32'>;
  readonly double: (index: number) => Expr<'f64'>;
  readonly word: (index: number) => Expr<'i32'>;
  readonly long: (index: number) => Expr<'i64'>;
}

const nearest = ({ mode }: Body): Expr<'i32'> => i32.eqz(mode);
const all = (...conditions: Expr<'i32'>[]): Expr<'i32'> => conditions.reduce((x, y) => i32.and(x, y));
const number = (value: number): Expr<'f64'> => f64.ofBits(i64.const(new BigInt64Array(new Float64Array([value]).buffer)[0]!));
const below = (x: Expr<'f64'>, limit: number): Expr<'i32'> => f64.lt(f64.abs(x), number(limit));
const isUnordered = (x: Expr<'f64'>, y: Expr<'f64'>): Expr<'i32'> => i32.or(f64.ne(x, x), f64.ne(y, y));

const raise = ({ f, fcsr }: Body, bits: Expr<'i32'>): void => f.store(i32.const(fcsr), i32.or(i32.load(i32.const(fcsr)), bits));
const raiseIf = (body: Body, condition: Expr<'i32'>, bits: Expr<'i32'> = i32.const(flag.inexact)): void =>
  body.f.if(condition, () => raise(body, bits));

/** Exponents from 2^-400 to 2^400: products of two such values, and their residues, neither overflow nor underflow. */
const isModerate = (x: Expr<'f64'>): Expr<'i32'> => {
  const exponent = i64.and(i64.bitsOfF64(x), i64.const(0x7ff0000000000000n));
  return i64.ltU(i64.sub(exponent, i64.const(623n << 52n)), i64.const(800n << 52n));
};

/** Products with a zero are exact, and common. */
const hasZero = (x: Expr<'f64'>, y: Expr<'f64'>): Expr<'i32'> => i32.or(f64.eq(x, number(0)), f64.eq(y, number(0)));

/** x + y and what the sum lost (Knuth). */
function twoSum({ f }: Body, x: Expr<'f64'>, y: Expr<'f64'>): { sum: Expr<'f64'>; residue: Expr<'f64'> } {
  const sum = f.name(f64.add(x, y));
  const part = f.name(f64.sub(sum, x));
  return { sum, residue: f.name(f64.add(f64.sub(x, f64.sub(sum, part)), f64.sub(y, part))) };
}

/** The upper 26 bits of a value (Veltkamp). */
function head({ f }: Body, x: Expr<'f64'>): Expr<'f64'> {
  const scaled = f.name(f64.mul(x, number(2 ** 27 + 1)));
  return f.name(f64.sub(scaled, f64.sub(scaled, x)));
}

/** x * y and what the product lost (Dekker); x and y moderate. */
function twoProduct(body: Body, x: Expr<'f64'>, y: Expr<'f64'>): { product: Expr<'f64'>; residue: Expr<'f64'> } {
  const { f } = body;
  const product = f.name(f64.mul(x, y));
  const [xHead, yHead] = [head(body, x), head(body, y)];
  const xTail = f.name(f64.sub(x, xHead));
  const yTail = f.name(f64.sub(y, yHead));
  const known = f64.sub(f64.sub(f64.sub(product, f64.mul(xHead, yHead)), f64.mul(xTail, yHead)), f64.mul(xHead, yTail));
  return { product, residue: f.name(f64.sub(f64.mul(xTail, yTail), known)) };
}

/** A sum with its residue as the neighbour whose last bit is odd, unless it is exact: a further rounding then goes the right way. */
function toOdd({ f }: Body, sum: Expr<'f64'>, residue: Expr<'f64'>): Expr<'f64'> {
  const bits = f.name(i64.bitsOfF64(sum));
  const step = select(i32.eq(f64.gt(residue, number(0)), f64.gt(sum, number(0))), i64.const(1), i64.const(-1));
  const moves = i32.and(f64.ne(residue, number(0)), i64.eqz(i64.and(bits, i64.const(1))));
  return f.name(f64.ofBits(i64.add(bits, select(moves, step, i64.const(0)))));
}

/** Returns a double rounded to single. Tiny is what rounds below 2^-126 with unbounded exponents. */
function returnNarrow(body: Body, value: Expr<'f64'>, isLossy: Expr<'i32'> = i32.const(0)): void {
  const { f } = body;
  const single = f.name(f32.demote(value));
  const bits = select(below(value, 2 ** -126 - 2 ** -151), i32.const(flag.inexact | flag.underflow), i32.const(flag.inexact));
  raiseIf(body, i32.or(f64.ne(f64.promote(single), value), isLossy), bits);
  f.return(single);
}

const singleArithmetic =
  (
    operation: (x: Expr<'f64'>, y: Expr<'f64'>) => Expr<'f64'>,
    isLossy?: (body: Body, x: Expr<'f64'>, y: Expr<'f64'>, result: Expr<'f64'>) => Expr<'i32'>,
  ) =>
  (body: Body): void => {
    const { f } = body;
    const [x, y] = [f.name(f64.promote(body.single(0))), f.name(f64.promote(body.single(1)))];
    const result = f.name(operation(x, y));
    f.if(all(nearest(body), below(result, 2 ** 127), below(y, Number.POSITIVE_INFINITY)), () =>
      returnNarrow(body, result, isLossy?.(body, x, y, result)),
    );
  };
const sumIsLossy = (body: Body, x: Expr<'f64'>, y: Expr<'f64'>): Expr<'i32'> => f64.ne(twoSum(body, x, y).residue, number(0));
/** A single quotient times a single divisor is exact in a double. */
const quotientIsLossy = (_: Body, x: Expr<'f64'>, y: Expr<'f64'>, quotient: Expr<'f64'>): Expr<'i32'> =>
  f64.ne(f64.mul(f64.promote(f32.demote(quotient)), y), x);

const doubleSum =
  (negate: boolean) =>
  (body: Body): void => {
    const { f } = body;
    const x = body.double(0);
    const y = negate ? f.name(f64.neg(body.double(1))) : body.double(1);
    f.if(all(nearest(body), below(f64.add(x, y), 2 ** 1022)), () => {
      const { sum, residue } = twoSum(body, x, y);
      raiseIf(body, f64.ne(residue, number(0)));
      f.return(sum);
    });
  };

/** The rounding mode RTZ. */
const towardsZero = 1;
/** The square of a single by its bits, which a double has exactly. */
const squareOf = (bits: Expr<'i32'>): Expr<'f64'> => f64.mul(f64.promote(f32.ofBits(bits)), f64.promote(f32.ofBits(bits)));

const negateIf = (negate: boolean, x: Expr<'f64'>): Expr<'f64'> => (negate ? f64.neg(x) : x);

const fusedSingle =
  (negateProduct: boolean, negateAddend: boolean) =>
  (body: Body): void => {
    const { f } = body;
    const product = f.name(negateIf(negateProduct, f64.mul(f64.promote(body.single(0)), f64.promote(body.single(1)))));
    const addend = f.name(negateIf(negateAddend, f64.promote(body.single(2))));
    f.if(all(nearest(body), below(f64.add(product, addend), 2 ** 127)), () => {
      const { sum, residue } = twoSum(body, product, addend);
      returnNarrow(body, toOdd(body, sum, residue), f64.ne(residue, number(0)));
    });
  };

/** Boldo and Melquiond 2008, "Emulation of FMA and correctly rounded sums: proved algorithms using rounding to odd". */
const fusedDouble =
  (negateProduct: boolean, negateAddend: boolean) =>
  (body: Body): void => {
    const { f } = body;
    const x = f.name(negateIf(negateProduct, body.double(0)));
    const y = body.double(1);
    const z = f.name(negateIf(negateAddend, body.double(2)));
    f.if(all(nearest(body), isModerate(x), isModerate(y), i32.or(isModerate(z), f64.eq(z, number(0)))), () => {
      const { product, residue } = twoProduct(body, x, y);
      const low = twoSum(body, z, residue);
      const high = twoSum(body, product, low.sum);
      const tails = twoSum(body, low.residue, high.residue);
      const result = twoSum(body, high.sum, toOdd(body, tails.sum, tails.residue));
      raiseIf(body, f64.ne(result.residue, number(0)));
      f.return(result.sum);
    });
    const sum = f.name(f64.add(f64.mul(x, y), z));
    f.if(all(nearest(body), hasZero(x, y), below(sum, Number.POSITIVE_INFINITY)), () => f.return(sum));
  };

const promoted = (body: Body, index: number): Expr<'f64'> => f64.promote(body.single(index));
const itself = (body: Body, index: number): Expr<'f64'> => body.double(index);

type Operand = (body: Body, index: number) => Expr<'f64'>;
/** A result that needs no flag unless an operand is a NaN. */
const ordered =
  (operand: Operand, result: (body: Body) => Any) =>
  (body: Body): void =>
    body.f.if(i32.eqz(isUnordered(operand(body, 0), operand(body, 1))), () => body.f.return(result(body)));
const compare = (operation: (x: Expr<'f64'>, y: Expr<'f64'>) => Expr<'i32'>, operand: Operand) =>
  ordered(operand, (body) => operation(operand(body, 0), operand(body, 1)));

/** The range of each integer as doubles: from `least` to below `beyond`. The conversion saturates, but is only reached in range. */
export const integers = {
  w: { least: -(2 ** 31), beyond: 2 ** 31, convert: i32.truncSatF64S },
  wu: { least: 0, beyond: 2 ** 32, convert: i32.truncSatF64U },
  l: { least: -(2 ** 63), beyond: 2 ** 63, convert: i64.truncSatF64S },
  lu: { least: 0, beyond: 2 ** 64, convert: i64.truncSatF64U },
} as const;

const toInteger =
  (kind: keyof typeof integers, operand: Operand) =>
  (body: Body): void => {
    const { f } = body;
    const { least, beyond, convert } = integers[kind];
    const x = f.name(operand(body, 0));
    const rounded = f.local('f64');
    const roundings = [f64.nearest, f64.trunc, f64.floor, f64.ceil];
    for (const [mode, round] of roundings.entries()) f.if(i32.eq(body.mode, i32.const(mode)), () => f.set(rounded, round(x)));
    const result = get('f64', rounded);
    f.if(all(i32.ltU(body.mode, i32.const(4)), f64.ge(result, number(least)), f64.lt(result, number(beyond))), () => {
      raiseIf(body, f64.ne(result, x));
      f.return(convert(result));
    });
  };

/** An integer is exact in a format when its ones span no more bits than a significand has. */
const fromLong =
  (significand: 24 | 53, isSigned: boolean, convert: (x: Expr<'i64'>) => Any) =>
  (body: Body): void => {
    const { f } = body;
    const x = body.long(0);
    const sign = i64.shrS(x, i64.const(63));
    const magnitude = isSigned ? f.name(i64.sub(i64.xor(x, sign), sign)) : x;
    const spare = i64.add(i64.clz(magnitude), i64.ctz(x));
    const isInexact = f.name(i64.ltU(spare, i64.const(64 - significand)));
    f.if(i32.or(nearest(body), i32.eqz(isInexact)), () => {
      raiseIf(body, isInexact);
      f.return(convert(x));
    });
  };
const fromWord =
  (toDouble: (x: Expr<'i32'>) => Expr<'f64'>) =>
  (body: Body): void => {
    const value = body.f.name(toDouble(body.word(0)));
    const isExact = f64.eq(f64.promote(f32.demote(value)), value);
    body.f.if(i32.or(nearest(body), isExact), () => returnNarrow(body, value));
  };

const bodies: { readonly [name: string]: (body: Body) => void } = {
  'fadd.s': singleArithmetic(f64.add, sumIsLossy),
  'fsub.s': singleArithmetic(f64.sub, (body, x, y) => sumIsLossy(body, x, body.f.name(f64.neg(y)))),
  'fmul.s': singleArithmetic(f64.mul),
  'fdiv.s': singleArithmetic(f64.div, quotientIsLossy),
  'fsqrt.s': (body) => {
    const x = body.f.name(f64.promote(body.single(0)));
    body.f.if(all(nearest(body), f64.ge(x, number(0)), below(x, Number.POSITIVE_INFINITY)), () => {
      const root = body.f.name(f64.sqrt(x));
      returnNarrow(body, root, f64.ne(f64.mul(root, root), x));
    });
    body.f.if(all(i32.eq(body.mode, i32.const(towardsZero)), f64.gt(x, number(0)), below(x, Number.POSITIVE_INFINITY)), () => {
      const near = body.f.name(i32.bitsOfF32(f32.demote(f64.sqrt(x))));
      const isAbove = f64.gt(squareOf(near), x);
      const root = body.f.name(i32.sub(near, isAbove));
      raiseIf(body, f64.ne(squareOf(root), x));
      body.f.return(f32.ofBits(root));
    });
  },
  'fmadd.s': fusedSingle(false, false),
  'fmsub.s': fusedSingle(false, true),
  'fnmsub.s': fusedSingle(true, false),
  'fnmadd.s': fusedSingle(true, true),
  'fmin.s': ordered(promoted, (body) => f32.min(body.single(0), body.single(1))),
  'fmax.s': ordered(promoted, (body) => f32.max(body.single(0), body.single(1))),
  'feq.s': compare(f64.eq, promoted),
  'flt.s': compare(f64.lt, promoted),
  'fle.s': compare(f64.le, promoted),
  'fcvt.w.s': toInteger('w', promoted),
  'fcvt.wu.s': toInteger('wu', promoted),
  'fcvt.l.s': toInteger('l', promoted),
  'fcvt.lu.s': toInteger('lu', promoted),
  'fcvt.s.w': fromWord(f64.ofI32S),
  'fcvt.s.wu': fromWord(f64.ofI32U),
  'fcvt.s.l': fromLong(24, true, f32.ofI64S),
  'fcvt.s.lu': fromLong(24, false, f32.ofI64U),
  'fcvt.s.d': (body) => body.f.if(all(nearest(body), below(body.double(0), 2 ** 127)), () => returnNarrow(body, body.double(0))),
  'fadd.d': doubleSum(false),
  'fsub.d': doubleSum(true),
  'fmul.d': (body) => {
    const [x, y] = [body.double(0), body.double(1)];
    body.f.if(all(nearest(body), isModerate(x), isModerate(y)), () => {
      const { product, residue } = twoProduct(body, x, y);
      raiseIf(body, f64.ne(residue, number(0)));
      body.f.return(product);
    });
    const product = body.f.name(f64.mul(x, y));
    body.f.if(i32.and(hasZero(x, y), f64.eq(product, number(0))), () => body.f.return(product));
  },
  'fdiv.d': (body) => {
    const [x, y] = [body.double(0), body.double(1)];
    const quotient = body.f.name(f64.div(x, y));
    body.f.if(all(nearest(body), isModerate(x), isModerate(y), isModerate(quotient)), () => {
      const { product, residue } = twoProduct(body, quotient, y);
      raiseIf(body, f64.ne(f64.sub(x, product), residue));
      body.f.return(quotient);
    });
    body.f.if(i32.and(f64.eq(x, number(0)), f64.eq(quotient, number(0))), () => body.f.return(quotient));
  },
  'fsqrt.d': (body) => {
    const x = body.double(0);
    body.f.if(all(nearest(body), f64.gt(x, number(0)), isModerate(x)), () => {
      const root = body.f.name(f64.sqrt(x));
      const { product, residue } = twoProduct(body, root, root);
      raiseIf(body, i32.or(f64.ne(product, x), f64.ne(residue, number(0))));
      body.f.return(root);
    });
    body.f.if(f64.eq(x, number(0)), () => body.f.return(x));
  },
  'fmadd.d': fusedDouble(false, false),
  'fmsub.d': fusedDouble(false, true),
  'fnmsub.d': fusedDouble(true, false),
  'fnmadd.d': fusedDouble(true, true),
  'fmin.d': ordered(itself, (body) => f64.min(body.double(0), body.double(1))),
  'fmax.d': ordered(itself, (body) => f64.max(body.double(0), body.double(1))),
  'feq.d': compare(f64.eq, itself),
  'flt.d': compare(f64.lt, itself),
  'fle.d': compare(f64.le, itself),
  'fcvt.w.d': toInteger('w', itself),
  'fcvt.wu.d': toInteger('wu', itself),
  'fcvt.l.d': toInteger('l', itself),
  'fcvt.lu.d': toInteger('lu', itself),
  'fcvt.d.w': (body) => body.f.return(f64.ofI32S(body.word(0))),
  'fcvt.d.wu': (body) => body.f.return(f64.ofI32U(body.word(0))),
  'fcvt.d.l': fromLong(53, true, f64.ofI64S),
  'fcvt.d.lu': fromLong(53, false, f64.ofI64U),
  'fcvt.d.s': (body) => body.f.if(f32.eq(body.single(0), body.single(0)), () => body.f.return(f64.promote(body.single(0)))),
};

const toBits: Record<Place, (x: Any) => Expr<'i64'>> = {
  s: (x) => i64.extendU(i32.bitsOfF32(x as Expr<'f32'>)),
  d: (x) => i64.bitsOfF64(x as Expr<'f64'>),
  w: (x) => i64.extendU(x as Expr<'i32'>),
  l: (x) => x as Expr<'i64'>,
};
const ofBits: Record<Place, (x: Expr<'i64'>) => Any> = {
  s: (x) => f32.ofBits(i32.wrap(x)),
  d: f64.ofBits,
  w: i32.wrap,
  l: (x) => x,
};

function libraryFunction({ name, operands, result }: Operation, index: number, exact: number, fcsr: number): FunctionBuilder {
  const f = new FunctionBuilder(['i32', ...operands.map((place) => valueType[place])]);
  const parameter =
    <T extends ValType>(type: T) =>
    (i: number): Expr<T> =>
      get(type, i + 1);
  const mode = get('i32', 0);
  bodies[name]?.({
    f,
    fcsr,
    mode,
    single: parameter('f32'),
    double: parameter('f64'),
    word: parameter('i32'),
    long: parameter('i64'),
  });
  const bits = [0, 1, 2].map((i) => {
    const place = operands[i];
    return place === undefined ? i64.const(0) : toBits[place](get(valueType[place], i + 1));
  });
  f.return(ofBits[result](call('i64', exact, i32.const(index), mode, ...bits)));
  return f;
}

/** The bytes of the library. It imports `core.memory` and `float.exact`, and exports a function under each instruction's mnemonic. */
function floatLibrary(fcsr: number): Uint8Array<ArrayBuffer> {
  const module = new ModuleBuilder();
  module.importMemory('core', 'memory');
  const exact = module.importFunction('float', 'exact', ['i32', 'i32', 'i64', 'i64', 'i64'], ['i64']);
  operations.forEach((operation, index) => {
    const code = libraryFunction(operation, index, exact, fcsr);
    module.export(operation.name, module.add(code, [valueType[operation.result]]));
  });
  return module.bytes();
}

/** Instantiates the library over a core's memory, whose word at `fcsr` collects the flags. */
export function floatFunctions(memory: WebAssembly.Memory, fcsr: number): WebAssembly.Exports {
  const status = { flags: 0, high: 0 };
  const exact = (index: number, mode: number, a: bigint, b: bigint, c: bigint): bigint => {
    status.flags = 0;
    const result = operations[index]!.run(a, b, c, mode, status);
    const word = new DataView(memory.buffer);
    word.setInt32(fcsr, word.getInt32(fcsr, true) | status.flags, true);
    return result;
  };
  return new WebAssembly.Instance(new WebAssembly.Module(floatLibrary(fcsr)), { core: { memory }, float: { exact } }).exports;
}
