import { describe, test } from 'vitest';
import { dyadicRatio } from '../../src/numeric/dyadic.ts';
import type { Dtype } from '../../src/numeric/tensor.ts';
import { random } from '../networks.ts';
import { compareEngines, Draw, Sketch } from './programs.ts';

/** Constants of a dyadic rounding after which about half of the values lie inside the clamp. */
function dyadicConstants(sketch: Sketch, draw: Draw, channels: number, scale: number, name = 'r'): string[] {
  const exponents = Array.from({ length: channels }, () => draw.between(8, 38));
  const one = draw.pick([true, false]);
  const shift = exponents.map((exponent) => (one ? exponents[0]! : exponent));
  const multipliers = shift.map((exponent) => {
    const wanted = Math.round((draw.pick([1, -1]) * (0.5 + draw.between(0, 100) / 100) * 2 ** exponent) / scale);
    return Math.max(Math.min(wanted, 2 ** 31 - 1), -(2 ** 31) + 1);
  });
  const bias = shift.map((exponent) => draw.between(-40, 40) * 2 ** (exponent - 1) + draw.between(-2, 2));
  return [
    sketch.constant(`${name}.M`, { type: { dtype: 'i32', shape: [channels] }, data: Int32Array.from(multipliers) }),
    sketch.constant(`${name}.B`, { type: { dtype: 'i64', shape: [channels] }, data: Float64Array.from(bias) }),
    sketch.constant(`${name}.E`, { type: { dtype: 'u8', shape: [channels] }, data: Uint8Array.from(shift) }),
  ];
}

/** Constants with which every second value or so lies in the middle between two integers. */
function tieConstants(sketch: Sketch, draw: Draw, channels: number): string[] {
  const exponents = Array.from({ length: channels }, () => draw.pick([1, 5, 9, 12, 31, 32, 33, 40]));
  const multipliers = exponents.map((exponent) => draw.pick([1, -1, 3]) * 2 ** Math.min(Math.max(exponent - draw.pick([1, 2, 3]), 0), 29));
  const bias = exponents.map((exponent) => draw.between(-9, 9) * 2 ** (exponent - 1));
  return [
    sketch.constant('t.M', { type: { dtype: 'i32', shape: [channels] }, data: Int32Array.from(multipliers) }),
    sketch.constant('t.B', { type: { dtype: 'i64', shape: [channels] }, data: Float64Array.from(bias) }),
    sketch.constant('t.E', { type: { dtype: 'u8', shape: [channels] }, data: Uint8Array.from(exponents) }),
  ];
}

const clamps = [
  { lo: -128, hi: 127 },
  { lo: 0, hi: 127 },
  { lo: 0, hi: 255 },
  { lo: -7, hi: 7 },
];

describe('the fast engine computes what the reference engine computes', () => {
  test.each(Array.from({ length: 160 }, (_, seed) => seed))('convolution %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const dtype = draw.pick<Dtype>(['u8', 'i8', 'u8', 'i8', 'i16', 'u16']);
    const axes = draw.pick([1, 2, 2, 2]);
    const groups = draw.pick([1, 1, 1, 2, 3]);
    const depthwise = draw.pick([true, false, false]);
    const channels = depthwise ? groups * draw.between(1, 3) : groups * draw.between(1, 9);
    const inGroups = depthwise ? channels : groups;
    const outputs = inGroups * draw.between(1, depthwise ? 2 : 9);
    const sizes = Array.from({ length: axes }, () => draw.between(1, 21));
    const kernel = sizes.map((size) => draw.between(1, Math.min(size, 5)));
    const stride = kernel.map(() => draw.pick([1, 1, 2, 3]));
    const padding = [...kernel, ...kernel].map(() => draw.pick([0, 1, 2, 3]));
    const x = sketch.input('x', { dtype, shape: [draw.pick([1, 1, 2]), channels, ...sizes] });
    const w = sketch.constant('w', draw.tensor('i8', [outputs, channels / inGroups, ...kernel], seed % 5 === 0));
    const depth = (channels / inGroups) * kernel.reduce((product, size) => product * size, 1);
    const constants = dyadicConstants(sketch, draw, draw.pick([1, outputs]), 100 * Math.sqrt(depth));
    sketch.step('acc', ['convolution', [x, w], { stride, padding, groups: inGroups }]);
    sketch.step(
      'y',
      ['convolution', [x, w], { stride, padding, groups: inGroups }],
      ['dyadic', constants, { ...draw.pick(clamps), axis: 1 }],
    );
    await compareEngines(sketch, draw);
  });

  test.each(Array.from({ length: 30 }, (_, seed) => seed))('linear %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const [rows, depth, outputs] = [
      draw.pick([1, 2, 3, 4, 5, 67]),
      draw.pick([1, 2, 7, 8, 33, 1025, 2049]),
      draw.pick([1, 3, 8, 9, 16, 21]),
    ];
    const x = sketch.input('x', {
      dtype: draw.pick<Dtype>(['u8', 'i8', 'u8', 'i8', ...(depth < 250 ? (['i16', 'u16'] as const) : [])]),
      shape: [1, rows, depth],
    });
    const w = sketch.constant('w', draw.tensor('i8', [outputs, depth], seed % 3 === 0));
    const constants = dyadicConstants(sketch, draw, draw.pick([1, outputs]), 100 * Math.sqrt(depth));
    sketch.step('acc', ['linear', [x, w]]);
    sketch.step('y', ['linear', [x, w]], ['dyadic', constants, { ...draw.pick(clamps), axis: 2 }]);
    await compareEngines(sketch, draw);
  });

  test.each(Array.from({ length: 60 }, (_, seed) => seed))('one rounding of several terms %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const shape = [1, draw.between(1, 5), draw.between(1, 7), draw.between(1, 7)];
    const terms = Array.from({ length: draw.pick([2, 2, 2, 3, 9]) }, (_, index) =>
      sketch.input(`x${index}`, { dtype: draw.pick<Dtype>(['u8', 'i8', 'u8', 'i8', 'i16', 'i32']), shape }),
    );
    const channels = draw.pick([1, shape[1]!]);
    const exponent = draw.pick([20, 30, 34, 40, 58]);
    const multiplier = (): number =>
      draw.pick([draw.between(-(2 ** 28), 2 ** 28), draw.between(-(2 ** 24), 2 ** 24) * 2 ** 4, 2 ** Math.min(exponent - 1, 28)]);
    const multipliers = Array.from({ length: channels * terms.length }, multiplier);
    const M = sketch.constant('M', { type: { dtype: 'i64', shape: [channels, terms.length] }, data: Float64Array.from(multipliers) });
    const B = sketch.constant('B', draw.tensor('i32', [channels]));
    sketch.constants.set('B', { type: { dtype: 'i64', shape: [channels] }, data: Float64Array.from(sketch.constants.get(B)!.data) });
    const E = sketch.constant('E', { type: { dtype: 'u8', shape: [channels] }, data: new Uint8Array(channels).fill(exponent) });
    const [first, ...others] = terms;
    sketch.step('y', ['dyadic-sum', [first!, M, B, E, ...others], { ...draw.pick(clamps), axis: 1 }]);
    await compareEngines(sketch, draw);
  });

  test.each(Array.from({ length: 40 }, (_, seed) => seed))('one rounding of one value %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const dtype = draw.pick<Dtype>(['u8', 'i8', 'i16', 'u16', 'i32']);
    const shape = [draw.between(1, 2), draw.between(1, 40), ...draw.pick([[], [draw.between(1, 40)]])];
    const x = sketch.input('x', { dtype, shape });
    const scale = { u8: 2, i8: 1, i16: 256, u16: 512, i32: 2 ** 24 }[dtype as 'u8'];
    const constants = dyadicConstants(sketch, draw, draw.pick([1, shape[1]!]), scale);
    sketch.step('y', ['dyadic', [x, ...constants], { ...draw.pick(clamps), axis: 1 }]);
    sketch.step('ties', ['dyadic', [x, ...tieConstants(sketch, draw, draw.pick([1, shape[1]!]))], { lo: -128, hi: 127, axis: 1 }]);
    await compareEngines(sketch, draw);
  });

  test.each(Array.from({ length: 30 }, (_, seed) => seed))('fixed-point numbers %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const [rows, depth, outputs] = [draw.between(1, 9), draw.pick([1, 7, 64]), draw.pick([1, 3, 16, 37])];
    const x = sketch.input('x', { dtype: draw.pick<Dtype>(['u8', 'i8']), shape: [1, rows, depth] });
    const w = sketch.constant('w', draw.tensor('i8', [outputs, depth]));
    const constants = dyadicConstants(sketch, draw, draw.pick([1, outputs]), draw.pick([2 ** -14, 2 ** -6, 1, 2 ** 6]));
    const high = 2 ** 31 - 1;
    const limits = draw.pick([
      { lo: -high, hi: high },
      { lo: -40_000, hi: 70_000 },
    ]);
    sketch.step('p', ['linear', [x, w]], ['dyadic', constants, { ...limits, axis: 2 }]);
    await compareEngines(sketch, draw);
  });

  test.each(Array.from({ length: 30 }, (_, seed) => seed))('norms %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const length = draw.pick([1, 3, 64, 193, 784]);
    const x = sketch.input('x', { dtype: draw.pick<Dtype>(['u8', 'i8', 'i8', 'i16']), shape: [draw.between(1, 9), length] });
    const fraction = draw.pick([0, 6, 12]);
    const epsilon = sketch.constant('epsilon', {
      type: { dtype: 'i64', shape: [1] },
      data: Float64Array.of(draw.pick([0, 1, draw.between(0, 2 ** 30), 2 ** 60])),
    });
    for (const norm of ['layer-norm', 'rms-norm']) sketch.step(norm, [norm, [x, epsilon], { length, fraction }]);
    await compareEngines(sketch, draw);
  });

  test.each(Array.from({ length: 40 }, (_, seed) => seed))('softmax %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const x = sketch.input('x', {
      dtype: draw.pick<Dtype>(['i8', 'i8', 'u8']),
      shape: [draw.between(1, 9), draw.pick([1, 7, 64, 192, 193, 400])],
    });
    const scale = draw.pick([0, 0.001, 0.05, 0.7]);
    const exponentials = Int32Array.from({ length: 256 }, (_, distance) => Math.round(2 ** 30 * Math.exp(-distance * scale)));
    const table = sketch.constant('table', { type: { dtype: 'i32', shape: [256] }, data: exponentials });
    const { hi, lo } = draw.pick([
      { lo: 0, hi: 255 },
      { lo: -128, hi: 127 },
      { lo: 0, hi: 2 ** 23 },
      { lo: 0, hi: 65535 },
    ]);
    const { multiplier, exponent } = dyadicRatio(draw.pick([1, 255, 127.3, 2 ** 20]));
    sketch.step('y', ['softmax', [x, table], { M: multiplier, K: 31, E: exponent - 1, lo, hi }]);
    sketch.step('fine', ['softmax', [x, table], { M: 1, K: 0, E: 7, lo: 0, hi: 2 ** 23 }]);
    await compareEngines(sketch, draw);
  });

  test.each(Array.from({ length: 20 }, (_, seed) => seed))('shares in 32 bits times values %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const [batch, rows, depth, columns] = [draw.between(1, 3), draw.between(1, 5), draw.pick([1, 2, 33]), draw.pick([1, 4, 21])];
    const transpose = draw.pick([true, false]);
    const x = sketch.input('x', { dtype: 'i8', shape: [batch, rows, depth] });
    const v = sketch.input('v', {
      dtype: draw.pick<Dtype>(['i8', 'u8']),
      shape: [batch, ...(transpose ? [columns, depth] : [depth, columns])],
    });
    const exponentials = Int32Array.from({ length: 256 }, (_, distance) => Math.round(2 ** 30 * Math.exp(-distance * 0.02)));
    const table = sketch.constant('table', { type: { dtype: 'i32', shape: [256] }, data: exponentials });
    const shares = sketch.step('shares', ['softmax', [x, table], { M: 1, K: 0, E: 7, lo: 0, hi: 2 ** 23 }]);
    sketch.step('y', ['matmul', [shares, v], { transpose }]);
    await compareEngines(sketch, draw);
  });

  test.each(Array.from({ length: 40 }, (_, seed) => seed))('staircases, on their steps and beside them %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const [low, high] = [-(2 ** 31), 2 ** 31 - 1];
    const reach = draw.pick([50, 2000, 10 ** 6, high]);
    const ends = draw.pick([[], [], [high], [low], [low + 1, high - 1]]);
    const drawn = Array.from({ length: draw.pick([1, 5, 255, 359, 1500]) }, () => draw.between(-reach, reach));
    const thresholds = [...drawn, ...ends].toSorted((a, b) => a - b);
    const places = Array.from({ length: 65536 }, () => {
      const near = draw.pick(thresholds) + draw.between(-1, 1);
      return draw.pick([near, near, draw.between(-reach, reach), draw.between(low, high)]);
    });
    const x = sketch.input('x', { dtype: 'i16', shape: [draw.pick([10, 2048, 5000])] });
    const table = sketch.constant('table', {
      type: { dtype: 'i32', shape: [65536] },
      data: Int32Array.from(places, (place) => Math.min(Math.max(place, low), high)),
    });
    const t = sketch.constant('thresholds', { type: { dtype: 'i32', shape: [thresholds.length] }, data: Int32Array.from(thresholds) });
    const values = sketch.constant('values', draw.tensor(draw.pick<Dtype>(['i8', 'u8', 'i16']), [thresholds.length + 1]));
    sketch.step('y', ['lookup', [x, table]], ['staircase', [t, values]]);
    await compareEngines(sketch, draw);
  });

  test.each(Array.from({ length: 30 }, (_, seed) => seed))('pools %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const square = draw.pick([true, false]);
    const shape = [draw.between(1, 2), draw.between(1, 3), draw.between(3, 40), draw.between(3, 40)];
    const x = sketch.input('x', { dtype: draw.pick<Dtype>(['u8', 'i8']), shape });
    const kernel = square ? [2, 2] : [draw.between(1, 3), draw.between(1, 3)];
    const stride = square ? [2, 2] : [draw.between(1, 3), draw.between(1, 3)];
    const attributes = {
      kernel,
      stride,
      padding: square ? [0, 0, 0, 0] : kernel.concat(kernel).map((size) => size >> 1),
      ceil: draw.pick([true, false]),
    };
    sketch.step('max', ['max-pool', [x], attributes]);
    sketch.step('sum', ['window-sum', [x], attributes]);
    await compareEngines(sketch, draw);
  });

  test.each(Array.from({ length: 20 }, (_, seed) => seed))('means %i', async (seed) => {
    const draw = new Draw(random(seed));
    const sketch = new Sketch();
    const shape = [1, draw.between(1, 4), draw.between(1, 5), draw.between(1, 5)];
    const x = sketch.input('x', { dtype: draw.pick<Dtype>(['i16', 'u8', 'i8']), shape });
    const positions = draw.pick([1, shape[2]! * shape[3]!]);
    const count = draw.pick([1, 2, 4, 16, 64, 6, 49]);
    const even = draw.pick([true, true, false]);
    const counts = Int32Array.from({ length: positions }, () => (even ? count : draw.between(1, 9)));
    const c = sketch.constant('counts', { type: { dtype: 'i32', shape: positions === 1 ? [1] : shape.slice(2) }, data: counts });
    const E = draw.pick([0, 1, 20, 29]);
    const M = draw.pick([2 ** E, Math.round((0.3 + draw.between(0, 100) / 50) * 2 ** E), -(2 ** E)]);
    sketch.step('y', ['dyadic-mean', [x, c], { M, E, ...draw.pick(clamps) }]);
    await compareEngines(sketch, draw);
  });
});
