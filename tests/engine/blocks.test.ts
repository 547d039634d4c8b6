import { describe, expect, test } from 'vitest';
import { blocksOf } from '../../src/engine/blocks.ts';
import { workOf } from '../../src/engine/stages.ts';
import { bytesOf, tensor } from '../../src/numeric/tensor.ts';
import { operators } from '../../src/operators/index.ts';
import { verifyProgram } from '../../src/program/verify.ts';
import { random } from '../networks.ts';
import { compareEngines, Draw, Sketch } from './programs.ts';

/** A linear layer with 16 outputs more than a cache's share of 64 rows, and what follows it in a vision transformer. */
function wide(draw: Draw, rows: readonly number[]): Sketch {
  const sketch = new Sketch();
  const [depth, outputs] = [5, 1040];
  const x = sketch.input('x', { dtype: 'i8', shape: [...rows, depth] });
  const identity = sketch.input('identity', { dtype: 'i16', shape: [...rows, outputs] });
  const weights = sketch.constant('weights', draw.tensor('i8', [outputs, depth]));
  const small = draw.tensor('i16', [outputs]);
  const bias = sketch.constant('bias', tensor({ dtype: 'i32', shape: [outputs] }, Int32Array.from(small.data)));
  const factors = (count: number) => Float64Array.from({ length: count }, () => draw.between(1, 1000) / 2 ** 14);
  const m = sketch.constant('m', tensor({ dtype: 'f64', shape: [outputs] }, factors(outputs)));
  const two = sketch.constant('two', tensor({ dtype: 'f64', shape: [1, 2] }, factors(2)));
  const axis = rows.length;
  sketch.step(
    'y',
    ['linear', [x, weights]],
    ['bias', [bias], { axis }],
    ['ivit-requantise', [m], { axis, lo: -32768, hi: 32767 }],
    ['ivit-residual', [two, identity], { axis: 0, lo: -32768, hi: 32767 }],
  );
  sketch.step(
    'heads',
    ['linear', [x, weights]],
    ['bias', [bias], { axis }],
    ['ivit-requantise', [m], { axis, lo: -128, hi: 127 }],
    ['reshape', [], { shape: [...rows, 16, 65] }],
    ['permute', [], { axes: [rows.length, ...rows.keys(), rows.length + 1] }],
  );
  return sketch;
}

/** The products of some heads and their softmax, and a mask that cannot be cut. */
function attention(draw: Draw): Sketch {
  const sketch = new Sketch();
  const [heads, tokens, depth] = [2, 182, 3];
  const [q, k] = ['q', 'k'].map((name) => sketch.input(name, { dtype: 'i8', shape: [1, heads, tokens, depth] })) as [string, string];
  const m = sketch.constant('m', tensor({ dtype: 'f64', shape: [1] }, Float64Array.of(1 / 300)));
  const values = Int32Array.from(draw.tensor('u16', [256, 256]).data);
  const table = sketch.constant('table', tensor({ dtype: 'i32', shape: [256, 256] }, values));
  sketch.step(
    'shares',
    ['matmul', [q, k], { transpose: true }],
    ['ivit-requantise', [m], { axis: 0, lo: -128, hi: 127 }],
    ['ivit-table-softmax', [table], { bits: 16, hidden: 0 }],
  );
  return sketch;
}

describe('pipes whose values are larger than a cache run in blocks of rows', () => {
  test.each([
    ['67 rows, a prime', [1, 67]],
    ['windows of 33', [3, 33]],
    ['rows in one axis', [65]],
  ])('%s: the same integers', async (_, rows) => {
    const draw = new Draw(random(rows[0]! * 1000 + rows.length));
    await compareEngines(wide(draw, rows), draw);
  });

  test('heads of attention: the same integers', async () => {
    const draw = new Draw(random(7));
    await compareEngines(attention(draw), draw);
  });

  test('a block is kept small, the rows come in whole tiles, and what cannot be cut runs behind them', () => {
    const sketch = wide(new Draw(random(1)), [1, 130]);
    const program = sketch.program('heads');
    const known = verifyProgram(program, operators);
    const [y, heads] = program.steps.map((step) => workOf(step, known, () => false));
    expect(y!.works.map(({ stage, operands }) => `${stage}: ${operands[0]!.type.shape[1]} rows`)).toEqual(
      ['60', '60', '10'].flatMap((rows) => [0, 1, 2, 3].map((stage) => `${stage}: ${rows} rows`)),
    );
    expect(y!.inside.map(({ bytes }) => bytes)).toEqual([4, 4, 2].map((size) => 60 * 1040 * size));
    expect(heads!.works.map(({ stage }) => stage)).toEqual([0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 4]);
    expect(heads!.inside.map(({ bytes, first, last }) => [bytes / 1040, first, last])).toEqual([
      [240, 0, 1],
      [240, 1, 2],
      [60, 2, 3],
      [130, 0, 4],
    ]);
  });

  test('small pipes, and single stages, stay whole', () => {
    const sketch = wide(new Draw(random(2)), [1, 3]);
    const known = verifyProgram(sketch.program('y'), operators);
    expect(workOf(sketch.steps[0]!, known, () => false).works).toHaveLength(4);
    expect(bytesOf(sketch.steps[0]!.type)).toBeLessThan(262_144);
    expect(blocksOf([])).toEqual({ count: 0, blocks: [] });
  });
});
