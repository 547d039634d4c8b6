// Three linear layers with 1,009,616 weights, as the ARES format can hold them: signed ReLUs, one scale per tensor.
import { draws } from '../draws.mjs';

export function mlp() {
  const next = draws(7);
  const layers = [{ name: 'q', kind: 'quantiser', inputs: ['x'], attributes: { scale: 0.01, lo: -128, hi: 127 }, tensors: {} }];
  const linear = (name, input, depth, outputs) =>
    layers.push({
      name,
      kind: 'linear',
      inputs: [input],
      attributes: {},
      tensors: {
        weights: {
          type: { dtype: 'i8', shape: [outputs, depth] },
          data: Int8Array.from({ length: outputs * depth }, () => next(-127, 127)),
        },
        scales: { type: { dtype: 'f64', shape: [1] }, data: Float64Array.of(0.002) },
      },
    });
  const rectify = (name, input) =>
    layers.push(
      { name, kind: 'relu', inputs: [input], attributes: {}, tensors: {} },
      { name: `${name}.q`, kind: 'quantiser', inputs: [name], attributes: { scale: 0.04, lo: -128, hi: 127 }, tensors: {} },
    );
  linear('fc1', 'q', 784, 1024);
  rectify('relu1', 'fc1');
  linear('fc2', 'relu1.q', 1024, 200);
  rectify('relu2', 'fc2');
  linear('fc3', 'relu2.q', 200, 10);
  return { name: 'mlp', inputs: new Map([['x', [1, 784]]]), layers, outputs: ['fc3'] };
}
