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
    multiply: multiply(dim, false),
    accumulate: multiply(dim, true),
    scale: scale(dim),
    copy: rowByRow(8, (builder, from, to) => builder.store(to, i64.load(from))),
    add: rowByRow(16, (builder, from, to) => {
      const target = builder.name(to);
      v128.store(builder, target, v128.words.add(v128.load(target), v128.load(from)));
    }),
  };
  for (const [name, builder] of Object.entries(functions)) module.export(name, module.add(builder, []));
  return new WebAssembly.Instance(new WebAssembly.Module(module.bytes()), { host: { memory } }).exports as unknown as Kernels;
}
