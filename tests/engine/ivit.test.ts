import { describe, test } from 'vitest';
import { type Dtype, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { random } from '../networks.ts';
import { compareEngines, Draw, Sketch } from './programs.ts';

const seeds = Array.from({ length: 30 }, (_, seed) => seed);
const clamps = { 8: { lo: -128, hi: 127 }, 16: { lo: -32768, hi: 32767 } } as const;
const dtypes: readonly Dtype[] = ['i8', 'u8', 'i16', 'u16', 'i32'];

const doubles = (shape: readonly number[], fill: (index: number) => number): Tensor =>
  tensor(
    { dtype: 'f64', shape },
    Float64Array.from({ length: shape.reduce((product, size) => product * size, 1) }, (_, index) => fill(index)),
  );

/** Multipliers that spread values of a dtype over the clamp and beyond; a power of two makes ties. */
const multiplier = (draw: Draw, dtype: Dtype, bits: 8 | 16): number => {
  const ratio = 2 ** (bits - { i8: 8, u8: 8, i16: 16, u16: 16, i32: 32 }[dtype as 'i8']);
  return draw.pick([1, -1]) * ratio * draw.pick([2 ** draw.between(-3, 3), 0.2 + draw.between(0, 1000) / 250]);
};

describe('the fast engine computes the modules of I-ViT as the reference engine does', () => {
  test.each(seeds)('QuantAct %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const dtype = draw.pick(dtypes);
    const shape = [draw.between(1, 3), draw.between(1, 21), draw.pick([1, 1, draw.between(1, 30)])];
    const x = sketch.input('x', { dtype, shape });
    const bits = draw.pick([8, 16] as const);
    const channels = draw.pick([1, shape[1]!]);
    const m = sketch.constant(
      'm',
      doubles([channels], () => multiplier(draw, dtype, bits)),
    );
    sketch.step('y', ['ivit-requantise', [x, m], { axis: 1, ...clamps[bits] }]);
    await compareEngines(sketch, draw);
  });

  test.each(seeds)('QuantAct with an identity %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const [own, other] = draw.pick<readonly [Dtype, Dtype]>([
      ['i16', 'i16'],
      ['i8', 'i8'],
      ['i16', 'i8'],
      ['i8', 'i16'],
      [draw.pick(dtypes), draw.pick(dtypes)],
    ]);
    const shape = [draw.between(1, 3), draw.between(1, 5), draw.between(1, 30)];
    const x = sketch.input('x', { dtype: own, shape });
    const identity = sketch.input('identity', { dtype: other, shape: draw.pick([shape, [1, ...shape.slice(1)]]) });
    const bits = draw.pick([8, 16] as const);
    const channels = draw.pick([1, 1, shape[2]!]);
    const m = sketch.constant(
      'm',
      doubles([channels, 2], (index) => multiplier(draw, index % 2 === 0 ? own : other, bits)),
    );
    sketch.step('y', ['ivit-residual', [x, m, identity], { axis: 2, ...clamps[bits] }]);
    await compareEngines(sketch, draw);
  });

  test.each(seeds)('large integers and LayerNorm %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const shape = [1, draw.between(1, 6), draw.between(1, 50)];
    const channels = draw.pick([1, shape[2]!]);
    const scales = Float32Array.from(
      { length: channels },
      () => draw.pick([1, -1]) * (1 + draw.between(0, 10 ** 6)) * 10 ** draw.between(-24, -6),
    );
    const s = sketch.constant('s', { type: { dtype: 'f32', shape: [channels] }, data: scales });
    const m = sketch.constant(
      'm',
      doubles([channels], () => multiplier(draw, 'i32', 8)),
    );
    const x = sketch.input('x', { dtype: 'i32', shape });
    for (const bits of [8, 16] as const) sketch.step(`y${bits}`, ['ivit-rescale', [x, s, m], { axis: 2, ...clamps[bits] }]);
    const rows = sketch.input('rows', { dtype: draw.pick<Dtype>(['i8', 'i16']), shape });
    const biases = Float32Array.from({ length: shape[2]! }, () => draw.between(-9, 9) * 10 ** draw.between(0, 20));
    const bias = sketch.constant('bias', { type: { dtype: 'f32', shape: [shape[2]!] }, data: biases });
    sketch.step('norm', ['ivit-layer-norm', [rows, bias], { scale: draw.pick([0.05, 0.00031, 1]) }]);
    for (const bits of [8, 16] as const) sketch.step(`act${bits}`, ['ivit-rescale', ['norm', s, m], { axis: 2, ...clamps[bits] }]);
    await compareEngines(sketch, draw);
  });

  test.each(seeds)('attention %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const [heads, tokens, depth] = [draw.between(1, 3), draw.pick([1, 2, 7, 8, 17, 70]), draw.pick([1, 2, 15, 16, 32])];
    const part = (name: string) => sketch.input(name, { dtype: 'i8', shape: [2, heads, tokens, depth] });
    const [q, k, v] = [part('q'), part('k'), part('v')];
    const bits = draw.pick([8, 16]);
    const m = sketch.constant(
      'm',
      doubles([1], () => 0.3 / depth),
    );
    sketch.step('products', ['matmul', [q, k], { transpose: true }]);
    sketch.step('logits', ['ivit-requantise', ['products', m], { axis: 0, ...clamps[8] }]);
    const mask = sketch.constant('mask', { type: { dtype: 'f32', shape: [2, tokens, tokens] }, data: new Float32Array(2 * tokens ** 2) });
    for (let at = 0; at < 2 * tokens ** 2; at++)
      if (at % tokens > 0 && draw.pick([true, false])) sketch.constants.get(mask)!.data[at] = -100;
    sketch.step('masked', ['ivit-softmax', ['logits', mask], { scale: 0.05, bits }]);
    sketch.step('shares', ['ivit-softmax', ['logits'], { scale: 0.0317, bits }]);
    sketch.step('context', ['matmul', ['shares', v], { transpose: false }]);
    const table = sketch.constant('table', draw.tensor('u16', [256, 256]));
    sketch.constants.set(table, { type: { dtype: 'i32', shape: [256, 256] }, data: Int32Array.from(sketch.constants.get(table)!.data) });
    sketch.step('table-shares', ['ivit-table-softmax', ['logits', table], { bits, hidden: 0 }]);
    sketch.step('gelu', ['ivit-gelu', [q], { scale: draw.pick([0.05, 0.02]) }]);
    const activations = sketch.constant('activations', draw.tensor('i8', [256, 256]));
    sketch.step('activated', ['row-lookup', [q, activations]]);
    await compareEngines(sketch, draw);
  });

  test.each(seeds)('products of any activations %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const [rows, depth, columns] = [draw.between(1, 9), draw.between(1, 40), draw.between(1, 20)];
    const transpose = draw.pick([true, false]);
    const a = sketch.input('a', { dtype: draw.pick<Dtype>(['i8', 'u8', 'i16', 'u16']), shape: [2, rows, depth] });
    const b = sketch.input('b', {
      dtype: draw.pick<Dtype>(['i8', 'i8', 'u8']),
      shape: transpose ? [2, columns, depth] : [2, depth, columns],
    });
    sketch.step('y', ['matmul', [a, b], { transpose }]);
    const bias = sketch.constant('bias', draw.tensor('i16', [columns]));
    sketch.constants.set(bias, { type: { dtype: 'i32', shape: [columns] }, data: Int32Array.from(sketch.constants.get(bias)!.data) });
    sketch.step('biased', ['bias', ['y', bias], { axis: 2 }]);
    await compareEngines(sketch, draw);
  });
});
