import type { Code } from './code.ts';
import type { Expr } from './expression.ts';
import type { FunctionBuilder } from './function.ts';

/** 128 bits as bytes or halves, between two integers: it has no local and may be written more than once if what it is made of may. */
export interface Vector {
  readonly write: (out: Code) => void;
}

/** Opcodes of bytes behind the prefix byte; those of halves follow at a fixed distance, which differs for comparisons. */
const prefix = 0xfd;
const comparisons = { eq: 0x23, ne: 0x24, ltS: 0x25, ltU: 0x26, gtS: 0x27, gtU: 0x28, leS: 0x29, leU: 0x2a, geS: 0x2b, geU: 0x2c } as const;
const operations = { add: 0x6e, sub: 0x71, minS: 0x76, minU: 0x77, maxS: 0x78, maxU: 0x79 } as const;
const shifts = { shl: 0x6b, shrS: 0x6c, shrU: 0x6d } as const;
const [fromComparison, fromOperation] = [0x0a, 0x20];

const operation = (opcode: number, operands: readonly { readonly write: (out: Code) => void }[], lane?: number): Vector => ({
  write: (out) => {
    for (const operand of operands) operand.write(out);
    out.byte(prefix);
    out.unsigned(opcode);
    if (lane !== undefined) out.byte(lane);
  },
});

type Binary = (x: Vector, y: Vector) => Vector;
type Shift = (x: Vector, distance: Expr<'i32'>) => Vector;
export type Lanes = {
  /** The lowest lane of an integer in all lanes. */
  readonly splat: (value: Expr<'i32'>) => Vector;
  readonly abs: (x: Vector) => Vector;
} & { readonly [name in keyof typeof comparisons | keyof typeof operations]: Binary } & {
  /** The distance is modulo the lane. */
  readonly [name in keyof typeof shifts]: Shift;
};

const functions = <N extends string, F>(
  opcodes: { readonly [name in N]: number },
  make: (opcode: number) => F,
): { readonly [name in N]: F } =>
  Object.fromEntries(Object.entries<number>(opcodes).map(([name, opcode]) => [name, make(opcode)])) as { [name in N]: F };

const lanes = (splat: number, abs: number, comparison: number, further: number): Lanes => ({
  splat: (value) => operation(splat, [value]),
  abs: (x) => operation(abs, [x]),
  ...functions(
    comparisons,
    (opcode): Binary =>
      (x, y) =>
        operation(opcode + comparison, [x, y]),
  ),
  ...functions(
    operations,
    (opcode): Binary =>
      (x, y) =>
        operation(opcode + further, [x, y]),
  ),
  ...functions(
    shifts,
    (opcode): Shift =>
      (x, distance) =>
        operation(opcode + further, [x, distance]),
  ),
});

/** A load with an offset; addresses need no alignment. */
const load =
  (opcode: number) =>
  (address: Expr<'i32'>, offset = 0): Vector => ({
    write: (out) => {
      address.write(out);
      for (const byte of [prefix, opcode, 0]) out.byte(byte);
      out.unsigned(offset);
    },
  });

export const v128 = {
  load: load(0x00),
  /** Eight bytes as halves. */
  load8S: load(0x01),
  /** 32 bits repeated. */
  loadSplat: load(0x09),
  /** Of two vectors: the first one's bits where the third has ones. */
  select: (x: Vector, y: Vector, mask: Vector): Vector => operation(0x52, [x, y, mask]),
  and: (x: Vector, y: Vector): Vector => operation(0x4e, [x, y]),
  /** Words, and as many floats. */
  words: {
    add: (x: Vector, y: Vector): Vector => operation(0xae, [x, y]),
    /** Two vectors of words as one of halves, saturated. */
    narrow: (x: Vector, y: Vector): Vector => operation(0x85, [x, y]),
    ofFloats: (x: Vector): Vector => operation(0xf8, [x]),
  },
  floats: {
    splat: (value: Expr<'f32'>): Vector => operation(0x13, [value]),
    ofWords: (x: Vector): Vector => operation(0xfa, [x]),
    /** To the nearest integer, ties to even. */
    nearest: (x: Vector): Vector => operation(0x6a, [x]),
    mul: (x: Vector, y: Vector): Vector => operation(0xe6, [x, y]),
    min: (x: Vector, y: Vector): Vector => operation(0xe8, [x, y]),
    max: (x: Vector, y: Vector): Vector => operation(0xe9, [x, y]),
  },
  /** Two vectors of halves as one of bytes, saturated. */
  narrow: (x: Vector, y: Vector): Vector => operation(0x65, [x, y]),
  store: (builder: FunctionBuilder, address: Expr<'i32'>, value: Vector, offset = 0): void => {
    const out = builder.body;
    address.write(out);
    value.write(out);
    for (const byte of [prefix, 0x0b, 0]) out.byte(byte);
    out.unsigned(offset);
  },
  b: lanes(0x0f, 0x60, 0, 0),
  h: lanes(0x10, 0x80, fromComparison, fromOperation),
  /** An integer repeated. */
  of: (value: Expr<'i32'>): Vector => operation(0x11, [value]),
  of64: (value: Expr<'i64'>): Vector => operation(0x12, [value]),
  low: (x: Vector): Expr<'i32'> => ({ type: 'i32', ...operation(0x1b, [x], 0) }),
  low64: (x: Vector): Expr<'i64'> => ({ type: 'i64', ...operation(0x1d, [x], 0) }),
  /** The bytes that the second operand's bytes number; 0 from 16 on. */
  swizzle: (x: Vector, indices: Vector): Vector => operation(0x0e, [x, indices]),
  /** Bytes of two vectors by their numbers, those of the second one from 16 on. */
  shuffle: (x: Vector, y: Vector, bytes: readonly number[]): Vector => ({
    write: (out) => {
      operation(0x0d, [x, y]).write(out);
      for (const byte of bytes) out.byte(byte);
    },
  }),
  /** The lowest eight bytes as halves. */
  widenS: (x: Vector): Vector => operation(0x87, [x]),
  widenU: (x: Vector): Vector => operation(0x89, [x]),
  /** Products of signed halves, added by pairs to words. */
  dot: (x: Vector, y: Vector): Vector => operation(0xba, [x, y]),
};
