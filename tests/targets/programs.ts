import { type Dtype, type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import type { Program, Step } from '../../src/program/program.ts';

/** The same sequence in every run: integers from low to high. */
export function sequence(seed: number): (low: number, high: number) => number {
  let state = seed >>> 0;
  return (low, high) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + Math.floor((state / 2 ** 32) * (high - low + 1));
  };
}

const filled = (dtype: Dtype, shape: Shape, value: (index: number) => number): Tensor => {
  const result = tensor({ dtype, shape });
  for (let index = 0; index < result.data.length; index++) result.data[index] = value(index);
  return result;
};

/** A convolution with its epilogue, an add with two readers, a pool with its division, and logits. */
export function tinyProgram(seed = 1): Program {
  const next = sequence(seed);
  const constants = new Map<string, Tensor>([
    ['0.weights', filled('i8', [4, 2, 3, 3], () => next(-128, 127))],
    ['0.M', filled('i32', [4], () => next(-(2 ** 30), 2 ** 30))],
    ['0.B', filled('i64', [4], () => next(-(2 ** 40), 2 ** 40))],
    ['0.E', filled('u8', [4], () => next(36, 40))],
    ['add.M', filled('i64', [1, 2], () => next(2 ** 29, 2 ** 30))],
    ['add.B', filled('i64', [1], () => 0)],
    ['add.E', filled('u8', [1], () => 31)],
    ['pool.counts', filled('i32', [2, 2], () => next(1, 4))],
    ['fc.weights', filled('i8', [3, 16], () => next(-128, 127))],
    ['fc.scale', tensor({ dtype: 'f32', shape: [1] }, Float32Array.of(0.0125))],
    ['fc.bias', tensor({ dtype: 'f32', shape: [1] }, Float32Array.of(-0.3))],
  ]);
  const steps: Step[] = [
    {
      name: '0',
      type: { dtype: 'u8', shape: [1, 4, 4, 4] },
      stages: [
        { operator: 'convolution', operands: ['x', '0.weights'], attributes: { stride: [1, 1], padding: [1, 1, 1, 1], groups: 1 } },
        { operator: 'dyadic', operands: ['0.M', '0.B', '0.E'], attributes: { lo: 0, hi: 255, axis: 1 } },
      ],
    },
    {
      name: 'add',
      type: { dtype: 'i8', shape: [1, 4, 4, 4] },
      stages: [{ operator: 'dyadic-sum', operands: ['0', 'add.M', 'add.B', 'add.E', '0'], attributes: { lo: -128, hi: 127, axis: 1 } }],
    },
    {
      name: 'pool',
      type: { dtype: 'i8', shape: [1, 16] },
      stages: [
        { operator: 'window-sum', operands: ['add'], attributes: { kernel: [2, 2], stride: [2, 2], padding: [0, 0, 0, 0], ceil: false } },
        { operator: 'dyadic-mean', operands: ['pool.counts'], attributes: { M: 2 ** 30, E: 30, lo: -128, hi: 127 } },
        { operator: 'reshape', operands: [], attributes: { shape: [1, 16] } },
      ],
    },
    {
      name: 'fc',
      type: { dtype: 'f32', shape: [1, 3] },
      stages: [
        { operator: 'linear', operands: ['pool', 'fc.weights'], attributes: {} },
        { operator: 'dequantise', operands: ['fc.scale', 'fc.bias'], attributes: { axis: 1, relu: false } },
      ],
    },
  ];
  return {
    name: 'tiny',
    inputs: new Map([['x', { type: { dtype: 'i8', shape: [1, 2, 4, 4] }, source: 'x', scale: 0.0078125, lo: -128, hi: 127 }]]),
    constants,
    steps,
    outputs: ['fc'],
  };
}

/** Quantised inputs for a Program: random ones, or every value at one end of its range. */
export function inputsFor(program: Program, seed: number, kind: 'random' | 'low' | 'high' = 'random'): Map<string, Tensor> {
  const next = sequence(seed);
  const pick = { random: next, low: (low: number, _high: number) => low, high: (_low: number, high: number) => high }[kind];
  return new Map(Array.from(program.inputs, ([name, { type, lo, hi }]) => [name, filled(type.dtype, type.shape, () => pick(lo, hi))]));
}
