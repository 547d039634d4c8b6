import { describe, expect, test } from 'vitest';
import { runReference } from '../../src/engine/reference.ts';
import { ProgramBuilder } from '../../src/lowering/builder.ts';
import { fusePipes } from '../../src/lowering/fuse.ts';
import { onlyLive } from '../../src/lowering/live.ts';
import { dyadic } from '../../src/lowering/styles/dyadic.ts';
import { elements, type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import { reshapedRegion, sizesOf } from '../../src/operators/regions.ts';
import { slice } from '../../src/operators/slice/slice.ts';
import type { Region } from '../../src/program/operator.ts';
import type { Program } from '../../src/program/program.ts';
import { parseRegionName, regionName } from '../../src/program/regions.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { Draw } from '../engine/programs.ts';
import { random } from '../networks.ts';
import { drawRegion, select } from '../operators/regions.ts';

const seeds = Array.from({ length: 60 }, (_, seed) => seed);

test.each(seeds)('a region keeps its elements under another shape %i', (seed) => {
  const draw = new Draw(random(seed));
  const factors = Array.from({ length: draw.between(1, 6) }, () => draw.pick([1, 2, 3, 4]));
  const joined = (): number[] => {
    const shape: number[] = [];
    for (const factor of factors) {
      if (shape.length > 0 && draw.pick([true, false])) shape.push(shape.pop()! * factor);
      else shape.push(factor);
    }
    return shape;
  };
  const [from, to] = [joined(), joined()];
  const region = drawRegion(draw, to);
  const before = reshapedRegion(region, from, to);
  const numbers = (shape: Shape): Tensor =>
    tensor(
      { dtype: 'i32', shape },
      Array.from({ length: elements(shape) }, (_, at) => at),
    );
  if (before) expect(select(numbers(from), before).data).toEqual(select(numbers(to), region).data);
  else expect(region.some(({ size }, axis) => size !== to[axis])).toBe(true);
});

/** The tokens of a small transformer block, from which the outputs take what they like. */
function block(draw: Draw, builder: ProgramBuilder, x: string): string {
  const constant = (name: string, dtype: 'i8' | 'i16', shape: Shape, as = dtype as Tensor['type']['dtype']): string =>
    builder.constant(name, tensor({ dtype: as, shape }, Array.from(draw.tensor(dtype, shape).data)));
  const real = (name: string, shape: Shape, factor: number): string =>
    builder.constant(
      name,
      tensor(
        { dtype: 'f64', shape },
        Array.from({ length: elements(shape) }, () => factor * (1 + draw.between(0, 100) / 50)),
      ),
    );
  const call = (name: string, operator: string, operands: readonly string[], attributes = {}): string =>
    builder.call(name, { operator, operands, attributes }).value;
  const byte = { lo: -128, hi: 127 };
  const wide = call('wide', 'linear', [x, constant('wide.weights', 'i8', [24, 8])]);
  const biased = call('biased', 'bias', [wide, constant('wide.bias', 'i16', [24], 'i32')], { axis: 2 });
  const bytes = call('bytes', 'ivit-requantise', [biased, real('m', [24], 1e-3)], { axis: 2, ...byte });
  const split = call('split', 'reshape', [bytes], { shape: [1, 6, 3, 2, 4] });
  const heads = call('heads', 'permute', [split], { axes: [2, 0, 3, 1, 4] });
  const [q, k, v] = [0, 1, 2].map((at) => {
    const part = call(`part${at}`, 'slice', [heads], { axis: 0, start: at, size: 1, step: 1 });
    return call(`head${at}`, 'reshape', [part], { shape: [1, 2, 6, 4] });
  });
  const logits = call('logits', 'ivit-requantise', [call('products', 'matmul', [q!, k!], { transpose: true }), real('l', [1], 1e-3)], {
    axis: 0,
    ...byte,
  });
  const shares = call('shares', 'ivit-softmax', [logits], { scale: 0.05, bits: 16 });
  const context = call('context', 'ivit-requantise', [call('mixed', 'matmul', [shares, v!], { transpose: false }), real('c', [1], 1e-4)], {
    axis: 0,
    ...byte,
  });
  const joined = call('joined', 'reshape', [call('tokens', 'permute', [context], { axes: [0, 2, 1, 3] })], { shape: [1, 6, 8] });
  const sum = call('sum', 'ivit-residual', [joined, real('r', [1, 2], 0.5), x], { axis: 0, lo: -32768, hi: 32767 });
  const norm = call('norm', 'ivit-layer-norm', [sum, constant('norm.bias', 'i16', [8], 'f32')], { scale: 0.001 });
  const act = call('act', 'ivit-requantise', [norm, real('n', [8], 1e-7)], { axis: 2, ...byte });
  return call('active', 'row-lookup', [act, constant('table', 'i8', [256, 256])]);
}

describe('a Program of what is live', () => {
  const run = (program: Program, draw: Draw): Map<string, Tensor> => {
    verifyProgram(program, operators);
    return runReference(program, new Map([['x', draw.tensor('i8', [1, 6, 8])]]));
  };

  test.each(seeds.slice(0, 30))('has the integers of the whole, part by part %i', (seed) => {
    const draw = new Draw(random(seed));
    const builder = new ProgramBuilder(dyadic, operators);
    const { value: x } = builder.input('x', 'image', [1, 6, 8], { scale: 1, lo: -128, hi: 127 });
    let value = block(draw, builder, x);
    let { shape } = builder.graph('whole', []).nodes.at(-1)!.type;
    drawRegion(draw, shape).forEach((span, axis) => {
      ({
        value,
        type: { shape },
      } = builder.call(`chosen${axis}`, { operator: slice.name, operands: [value], attributes: { axis, ...span } }));
    });
    const graph = builder.graph('whole', [value, draw.pick(['act', value, 'part1'])]);
    const fuse = draw.pick([true, false]);
    const whole = run(fusePipes(graph, false, operators), new Draw(random(seed)));
    const live = run(fusePipes(onlyLive(graph, operators), fuse, operators), new Draw(random(seed)));
    for (const output of graph.outputs) expect(live.get(output)).toEqual(whole.get(output));
    for (const [name, { data, type }] of live) {
      const part = parseRegionName(name);
      const full = whole.get(part?.value ?? name);
      if (!full || full.type.shape.length !== type.shape.length) continue;
      const region = full.type.shape.map((size, axis) => part?.spans.get(axis) ?? { start: 0, size, step: 1 });
      expect(data, name).toEqual(select(full, region).data);
    }
  });

  test('makes one token of what only the first token reads, and queries of that token alone', () => {
    const builder = new ProgramBuilder(dyadic, operators);
    const { value: x } = builder.input('x', 'image', [1, 6, 8], { scale: 1, lo: -128, hi: 127 });
    const active = block(new Draw(random(1)), builder, x);
    const { value } = builder.call('first', {
      operator: slice.name,
      operands: [active],
      attributes: { axis: 1, start: 0, size: 1, step: 1 },
    });
    const { nodes } = onlyLive(builder.graph('token', [value]), operators);
    const sizes = Object.fromEntries(nodes.map(({ name, type }) => [name, elements(type.shape)]));
    expect(sizes).toMatchObject({
      'wide@1=0..0@2=0..7': 8,
      'wide@2=8..15': 48,
      'wide@2=16..23': 48,
      'products@2=0..0': 12,
      'norm@1=0..0': 8,
      first: 8,
    });
    expect(sizes).not.toHaveProperty('norm');
  });

  test('a part that is read both whole and in part is the same part', () => {
    const builder = new ProgramBuilder(dyadic, operators);
    const { value: x } = builder.input('x', 'image', [1, 6, 8], { scale: 1, lo: -128, hi: 127 });
    const cut = (name: string, from: string, axis: number, start: number, size: number): string =>
      builder.call(name, { operator: slice.name, operands: [from], attributes: { axis, start, size, step: 1 } }).value;
    const half = cut('half', x, 1, 3, 3);
    const flat = builder.call('flat', { operator: 'reshape', operands: [half], attributes: { shape: [24] } }).value;
    const row = builder.call('row', { operator: 'reshape', operands: [cut('one', half, 1, 2, 1)], attributes: { shape: [8] } }).value;
    const graph = builder.graph('twice', [flat, row]);
    const whole = run(fusePipes(graph, false, operators), new Draw(random(3)));
    const live = run(fusePipes(onlyLive(graph, operators), false, operators), new Draw(random(3)));
    for (const output of graph.outputs) expect(live.get(output)).toEqual(whole.get(output));
  });

  test('a value that nothing reads is not made', () => {
    const builder = new ProgramBuilder(dyadic, operators);
    const { value: x } = builder.input('x', 'image', [1, 6, 8], { scale: 1, lo: -128, hi: 127 });
    block(new Draw(random(2)), builder, x);
    const { nodes, constants } = onlyLive(builder.graph('few', ['wide']), operators);
    expect(nodes.map(({ name }) => name)).toEqual(['wide']);
    expect([...constants.keys()]).toEqual(['wide.weights']);
  });
});

test('a region is named by the spans of its axes', () => {
  const region: Region = [
    { start: 0, size: 1, step: 1 },
    { start: 3, size: 1, step: 1 },
    { start: 1, size: 4, step: 2 },
  ];
  expect(sizesOf(region)).toEqual([1, 1, 4]);
  expect(regionName('x.y', region, [1, 6, 9])).toBe('x.y@1=3..3@2=1..7/2');
  expect(parseRegionName('x.y@1=3..3@2=1..7/2')).toEqual({ value: 'x.y', spans: new Map([...region.entries()].slice(1)) });
  expect(parseRegionName('x.y@given')).toBeUndefined();
});
