import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import { type Expr, f32, get, i32, i64 } from '../../wasm/expression.ts';
import { FunctionBuilder } from '../../wasm/function.ts';
import { ModuleBuilder } from '../../wasm/module.ts';
import { type Vector, v128 } from '../../wasm/vector.ts';

/**
 * The array's arithmetic as WebAssembly. Addresses are those of the linear memory; strides are in bytes. Weights are packed: for each two rows of them, the
 * halves of both by columns, so that one instruction multiplies two of A's and adds them up. `masks` address ones for the columns that count, then zeros.
 */
export interface Kernels {
  /** rows of C = or += rows of A times the packed weights. `row` is room for a row of A as halves. */
  readonly multiply: (...operands: MultiplyOperands) => void;
  readonly accumulate: (...operands: MultiplyOperands) => void;
  /** Rows of bytes, as many as the array has, as packed weights. */
  readonly pack: (from: number, fromStride: number, mask: number, weights: number) => void;
  /** A matrix as large as the array, its rows as columns. */
  readonly transpose: (from: number, fromStride: number, to: number) => void;
  /** Rows of sums, saturated to bytes, and no less than `least`. */
  readonly saturate: (from: number, to: number, rows: number, least: number) => void;
  /** Rows of sums, scaled to bytes. */
  readonly scale: (from: number, fromStride: number, to: number, rows: number, scale: number, least: number) => void;
  readonly copy: (from: number, fromStride: number, to: number, toStride: number, rows: number, bytes: number) => void;
  /** Rows of words, four at a time, added to others. */
  readonly add: (from: number, fromStride: number, to: number, toStride: number, rows: number, bytes: number) => void;
}
type MultiplyOperands = [
  a: number,
  strideA: number,
  maskA: number,
  weights: number,
  row: number,
  c: number,
  strideC: number,
  maskC: number,
  rows: number,
];

const local = (index: number): Expr<'i32'> => get('i32', index);

/** Runs as often as the local says, which is 0 then. */
function countDown(builder: FunctionBuilder, counter: number, inside: () => void): void {
  builder.block((end) => {
    builder.loop((again) => {
      builder.brIf(end, i32.eqz(local(counter)));
      inside();
      builder.set(counter, i32.sub(local(counter), i32.const(1)));
      builder.br(again);
    });
  });
}
const advance = (builder: FunctionBuilder, address: number, by: Expr<'i32'>): void => builder.set(address, i32.add(local(address), by));

function multiply(dim: number, accumulate: boolean): FunctionBuilder {
  const builder = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [a, strideA, maskA, weights, row, c, strideC, maskC, rows] = [0, 1, 2, 3, 4, 5, 6, 7, 8] as const;
  const pairs = dim / 2;
  const product = (pair: number, vector: number): Vector =>
    v128.dot(v128.loadSplat(local(row), 4 * pair), v128.load(local(weights), 16 * ((pair * dim) / 4 + vector)));
  countDown(builder, rows, () => {
    for (let chunk = 0; chunk < dim; chunk += 8)
      v128.store(builder, local(row), v128.and(v128.load8S(local(a), chunk), v128.load(local(maskA), 2 * chunk)), 2 * chunk);
    for (let vector = 0; vector < dim / 4; vector++) {
      let sum = product(0, vector);
      for (let pair = 1; pair < pairs; pair++) sum = v128.words.add(sum, product(pair, vector));
      const old = v128.load(local(c), 16 * vector);
      const mask = v128.load(local(maskC), 16 * vector);
      v128.store(builder, local(c), accumulate ? v128.words.add(old, v128.and(sum, mask)) : v128.select(sum, old, mask), 16 * vector);
    }
    advance(builder, a, local(strideA));
    advance(builder, c, local(strideC));
  });
  return builder;
}

/** Halves of two rows side by side: the columns from 0 to 3, and those from 4 to 7. */
const sideBySide = [
  [0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23],
  [8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31],
] as const;

function pack(dim: number): FunctionBuilder {
  const builder = new FunctionBuilder(['i32', 'i32', 'i32', 'i32']);
  const [from, stride, mask, weights] = [0, 1, 2, 3] as const;
  const pairs = builder.local('i32');
  builder.set(pairs, i32.const(dim / 2));
  countDown(builder, pairs, () => {
    for (let chunk = 0; chunk < dim; chunk += 8) {
      const row = (at: Expr<'i32'>): Vector => v128.and(v128.load8S(at, chunk), v128.load(local(mask), 2 * chunk));
      for (const [half, bytes] of sideBySide.entries())
        v128.store(
          builder,
          local(weights),
          v128.shuffle(row(local(from)), row(i32.add(local(from), local(stride))), bytes),
          4 * chunk + 16 * half,
        );
    }
    advance(builder, from, i32.shl(local(stride), i32.const(1)));
    advance(builder, weights, i32.const(4 * dim));
  });
  return builder;
}

/** Blocks of 8 by 8 bytes, a row in 64 bits: halves of rows that are four apart change places, then quarters of those two apart, then bytes of neighbours. */
const swaps = [
  [4, 0x0000_0000_ffff_ffffn],
  [2, 0x0000_ffff_0000_ffffn],
  [1, 0x00ff_00ff_00ff_00ffn],
] as const;

function transpose(dim: number): FunctionBuilder {
  const builder = new FunctionBuilder(['i32', 'i32', 'i32']);
  const [from, stride, to] = [0, 1, 2] as const;
  const at = builder.local('i32');
  const rows = Array.from({ length: 8 }, () => builder.local('i64'));
  const difference = builder.local('i64');
  const long = (local: number): Expr<'i64'> => get('i64', local);
  for (let top = 0; top < dim; top += 8) {
    for (let left = 0; left < dim; left += 8) {
      builder.set(at, i32.add(local(from), i32.mul(local(stride), i32.const(top))));
      for (const row of rows) {
        builder.set(row, i64.load(local(at), left));
        advance(builder, at, local(stride));
      }
      for (const [apart, mask] of swaps)
        for (let row = 0; row < 8; row++) {
          if ((row & apart) !== 0) continue;
          const [one, other] = [rows[row]!, rows[row + apart]!];
          const moved = i64.xor(i64.shrU(long(one), i64.const(8 * apart)), long(other));
          builder.set(difference, i64.and(moved, i64.const(mask)));
          builder.set(other, i64.xor(long(other), long(difference)));
          builder.set(one, i64.xor(long(one), i64.shl(long(difference), i64.const(8 * apart))));
        }
      for (const [row, value] of rows.entries()) builder.store(local(to), long(value), (left + row) * dim + top);
    }
  }
  return builder;
}

function saturate(dim: number): FunctionBuilder {
  const builder = new FunctionBuilder(['i32', 'i32', 'i32', 'i32']);
  const [from, to, rows, least] = [0, 1, 2, 3] as const;
  const halves = (at: number): Vector => v128.words.narrow(v128.load(local(from), 16 * at), v128.load(local(from), 16 * at + 16));
  countDown(builder, rows, () => {
    for (let at = 0; at < dim / 4; at += 4) {
      const bytes = v128.narrow(halves(at), dim === 8 ? halves(at) : halves(at + 2));
      v128.store(builder, local(to), v128.b.maxS(bytes, v128.b.splat(local(least))), 4 * at);
    }
    advance(builder, from, i32.const(4 * dim));
    advance(builder, to, i32.const(dim));
  });
  return builder;
}

function scale(dim: number): FunctionBuilder {
  const builder = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'f32', 'i32']);
  const [from, fromStride, to, rows, factor, least] = [0, 1, 2, 3, 4, 5] as const;
  const limit = (value: number): Vector => v128.floats.splat(f32.ofI32S(i32.const(value)));
  const scaled = (vector: number): Vector => {
    const product = v128.floats.mul(v128.floats.ofWords(v128.load(local(from), 16 * vector)), v128.floats.splat(get('f32', factor)));
    const clamped = v128.floats.max(v128.floats.min(product, limit(127)), v128.floats.splat(f32.ofI32S(local(least))));
    return v128.words.ofFloats(v128.floats.nearest(clamped));
  };
  const halves = (at: number): Vector => v128.words.narrow(scaled(at), scaled(at + 1));
  countDown(builder, rows, () => {
    for (let at = 0; at < dim / 4; at += 4)
      v128.store(builder, local(to), v128.narrow(halves(at), dim === 8 ? halves(at) : halves(at + 2)), 4 * at);
    advance(builder, from, local(fromStride));
    advance(builder, to, i32.const(dim));
  });
  return builder;
}

/** Rows in steps of so many bytes, and the rest byte by byte. */
function rowByRow(step: number, move: (builder: FunctionBuilder, from: Expr<'i32'>, to: Expr<'i32'>) => void): FunctionBuilder {
  const builder = new FunctionBuilder(['i32', 'i32', 'i32', 'i32', 'i32', 'i32']);
  const [from, fromStride, to, toStride, rows, bytes] = [0, 1, 2, 3, 4, 5] as const;
  const at = builder.local('i32');
  const through = (end: Expr<'i32'>, by: number, inside: (from: Expr<'i32'>, to: Expr<'i32'>) => void): void => {
    builder.block((done) => {
      builder.loop((again) => {
        builder.brIf(done, i32.geS(local(at), end));
        inside(i32.add(local(from), local(at)), i32.add(local(to), local(at)));
        advance(builder, at, i32.const(by));
        builder.br(again);
      });
    });
  };
  countDown(builder, rows, () => {
    builder.set(at, i32.const(0));
    through(i32.and(local(bytes), i32.const(-step)), step, (source, target) => move(builder, source, target));
    through(local(bytes), 1, (source, target) => builder.store(target, i32.load8U(source), 0, 1));
    advance(builder, from, local(fromStride));
    advance(builder, to, local(toStride));
  });
  return builder;
}

export function makeKernels({ dim }: GemminiDeclaration, memory: WebAssembly.Memory): Kernels {
  const module = new ModuleBuilder();
  module.importMemory('host', 'memory');
  const functions = {
    pack: pack(dim),
    transpose: transpose(dim),
    saturate: saturate(dim),
    multiply: multiply(dim, false),
    accumulate: multiply(dim, true),
    scale: scale(dim),
    copy: rowByRow(16, (builder, from, to) => v128.store(builder, to, v128.load(from))),
    add: rowByRow(16, (builder, from, to) => {
      const target = builder.name(to);
      v128.store(builder, target, v128.words.add(v128.load(target), v128.load(from)));
    }),
  };
  for (const [name, builder] of Object.entries(functions)) module.export(name, module.add(builder, []));
  return new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { host: { memory } }).exports as unknown as Kernels;
}
