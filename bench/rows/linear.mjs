// A linear layer of a vision transformer (197 tokens, 192 to 768) on the fast engine, beside four ways of doing the same product.
import { runReference } from '../../dist/engine/reference.js';
import { nativeLinear } from '../peers/native.mjs';
import { linearModel, openSession } from '../peers/onnxruntime.mjs';
import { runPython } from '../peers/python.mjs';
import { drawInputs, linearProgram, prepared } from '../programs.mjs';
import { inTurns, rates, shortestCall } from '../rate.mjs';

const [rows_, depth, outputs] = [197, 192, 768];
const macs = rows_ * depth * outputs;
const size = `${rows_}x${depth}x${outputs}`;

async function ours() {
  const program = linearProgram(rows_, depth, outputs);
  const engine = await prepared(program);
  const inputs = drawInputs(program);
  return { program, inputs, time: () => shortestCall(() => engine.run(inputs, 'outputs', true)) };
}

/** Ours beside a peer that gives its time in milliseconds. */
async function beside(peer, time) {
  return rates(macs, await inTurns([(await ours()).time, time]), peer);
}

export const rows = [
  {
    name: `linear ${size}, reference`,
    async measure() {
      const { program, inputs } = await ours();
      return beside('reference engine', () => shortestCall(() => runReference(program, inputs), 0));
    },
  },
  {
    name: `linear ${size}, NumPy`,
    bar: '>= 10',
    async measure() {
      const { absent, version } = runPython('numpy_linear.py', rows_, depth, outputs);
      if (absent !== undefined) return { absent };
      return beside(`NumPy ${version} int32`, () => runPython('numpy_linear.py', rows_, depth, outputs).milliseconds);
    },
  },
  {
    name: `linear ${size}, onnxruntime`,
    async measure() {
      const { absent, run, version } = await openSession(linearModel(rows_, depth, outputs), { x: ['uint8', [rows_, depth]] });
      if (absent !== undefined) return { absent };
      return beside(`onnxruntime ${version} u8 x s8`, run);
    },
  },
  {
    name: `linear ${size}, native SSE4.1`,
    bar: '>= 0.85',
    async measure() {
      const { absent, time } = nativeLinear(rows_, depth, outputs);
      return absent === undefined ? beside('the micro-kernel, native', time) : { absent };
    },
  },
];
