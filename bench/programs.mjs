// Programs that are measured as they are.
import { prepareFast } from '../dist/engine/fast.js';
import { loadKernels } from '../dist/engine/load-kernels.js';
import { draws } from './draws.mjs';

/** One linear layer on i8 rows, sums as they are. */
export function linearProgram(rows, depth, outputs) {
  const next = draws(1);
  const type = { dtype: 'i8', shape: [rows, depth] };
  const weights = {
    type: { dtype: 'i8', shape: [outputs, depth] },
    data: Int8Array.from({ length: outputs * depth }, () => next(-127, 127)),
  };
  return {
    name: 'linear',
    inputs: new Map([['x', { type, source: 'x', scale: 1, lo: -128, hi: 127 }]]),
    constants: new Map([['weights', weights]]),
    steps: [
      {
        name: 'y',
        type: { dtype: 'i32', shape: [rows, outputs] },
        stages: [{ operator: 'linear', operands: ['x', 'weights'], attributes: {} }],
      },
    ],
    outputs: ['y'],
  };
}

/** Inputs of a Program, drawn from their whole range. */
export function drawInputs(program, seed = 2) {
  const next = draws(seed);
  return new Map(
    Array.from(program.inputs, ([name, { type, lo, hi }]) => {
      const Data = type.dtype === 'u8' ? Uint8Array : Int8Array;
      return [name, { type, data: Data.from({ length: type.shape.reduce((a, b) => a * b, 1) }, () => next(lo, hi)) }];
    }),
  );
}

export const prepared = async (program) => prepareFast(program, await loadKernels());
