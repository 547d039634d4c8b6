// onnxruntime on one thread, from bench/package.json: u8 activations, s8 weights.
import { createRequire } from 'node:module';
import { draws } from '../draws.mjs';
import { onnxModel } from './onnx.mjs';

const elements = (shape) => shape.reduce((product, size) => product * size, 1);
const next = draws(3);
export const drawWeights = (shape) => Int8Array.from({ length: elements(shape) }, () => next(-127, 127));

export function linearModel(rows, depth, outputs) {
  return onnxModel({
    nodes: [{ operator: 'MatMulInteger', inputs: ['x', 'w', 'x.zero', 'w.zero'], outputs: ['y'] }],
    constants: [
      { name: 'w', dtype: 'int8', shape: [depth, outputs], data: drawWeights([depth, outputs]) },
      { name: 'x.zero', dtype: 'uint8', shape: [], data: new Uint8Array(1) },
      { name: 'w.zero', dtype: 'int8', shape: [], data: new Int8Array(1) },
    ],
    inputs: [{ name: 'x', dtype: 'uint8', shape: [rows, depth] }],
    outputs: [{ name: 'y', dtype: 'int32', shape: [rows, outputs] }],
  });
}

/** { run, version }: `run` gives the shortest time of a call in milliseconds; or { absent }. */
export async function openSession(model, inputs) {
  let runtime;
  try {
    runtime = (await import('onnxruntime-node')).default;
  } catch {
    return { absent: 'not measured: no onnxruntime (ONNXRUNTIME_NODE_INSTALL=skip npm ci --prefix bench)' };
  }
  const { version } = createRequire(import.meta.url)('onnxruntime-node/package.json');
  const options = { intraOpNumThreads: 1, interOpNumThreads: 1, executionMode: 'sequential', logSeverityLevel: 3 };
  const session = await runtime.InferenceSession.create(model, options);
  const feeds = Object.fromEntries(
    Object.entries(inputs).map(([name, [dtype, shape]]) => [
      name,
      new runtime.Tensor(
        dtype,
        Uint8Array.from({ length: elements(shape) }, () => next(0, 255)),
        shape,
      ),
    ]),
  );
  const run = async () => {
    let best = Infinity;
    for (const end = performance.now() + 150; performance.now() < end; ) {
      const start = performance.now();
      await session.run(feeds);
      best = Math.min(best, performance.now() - start);
    }
    return best;
  };
  return { run, version };
}
