// ResNet-18 as the regression suite has it (T10): 1x28x28, channels 16 to 128, 28,573,184 multiplications. Weights are drawn: they change no time.
import { lower } from '../../dist/lowering/lower.js';
import { styles } from '../../dist/lowering/styles/index.js';
import { draws } from '../draws.mjs';

export const macs = 28_573_184;

export function resnet18() {
  const next = draws(10);
  const layers = [];
  const add = (name, kind, inputs, attributes = {}, tensors = {}) => {
    layers.push({ name, kind, inputs, attributes, tensors });
    return name;
  };
  const reals = (shape, low, high) => ({
    type: { dtype: 'f64', shape },
    data: Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (next(0, 1_000_000) / 1_000_000) * (high - low)),
  });
  const weights = (shape) => ({
    type: { dtype: 'i8', shape },
    data: Int8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next(-127, 127)),
  });
  const quantise = (name, input, scale = 0.02) => add(name, 'quantiser', [input], { scale, lo: -128, hi: 127 });
  const rectify = (name, input) => add(`${name}.q`, 'quantiser', [add(`${name}.relu`, 'relu', [input])], { scale: 0.02, lo: 0, hi: 255 });

  /** A convolution whose results have about the scale of its inputs. */
  const convolve = (name, input, [inputs, outputs], kernel, stride) => {
    const scale = 1 / (74 * Math.sqrt(inputs * kernel * kernel));
    const border = (kernel - 1) / 2;
    const attributes = { stride: [stride, stride], padding: [border, border, border, border], groups: 1 };
    return add(name, 'convolution', [input], attributes, {
      weights: weights([outputs, inputs, kernel, kernel]),
      scales: reals([1], scale, scale),
      bias: reals([outputs], -0.2, 0.2),
    });
  };

  const block = (name, input, [inputs, outputs], stride) => {
    const first = rectify(`${name}.conv1`, convolve(`${name}.conv1`, input, [inputs, outputs], 3, stride));
    const second = convolve(`${name}.conv2`, first, [outputs, outputs], 3, 1);
    const plain = stride === 1 && inputs === outputs;
    const skip = plain ? input : quantise(`${name}.shortcut.q`, convolve(`${name}.shortcut`, input, [inputs, outputs], 1, stride));
    return rectify(name, add(`${name}.add`, 'add', [second, skip]));
  };

  let value = rectify('conv1', convolve('conv1', quantise('input', 'x'), [1, 16], 3, 1));
  let channels = 16;
  for (const [stage, outputs] of [16, 32, 64, 128].entries()) {
    value = block(`layer${stage + 1}.0`, value, [channels, outputs], stage === 0 ? 1 : 2);
    value = block(`layer${stage + 1}.1`, value, [outputs, outputs], 1);
    channels = outputs;
  }
  const pooled = quantise('pool', add('mean', 'mean', [value], { axes: [2, 3], keep: false }));
  add('fc', 'linear', [pooled], {}, { weights: weights([10, 128]), scales: reals([1], 0.01, 0.01), bias: reals([10], -0.1, 0.1) });
  return lower({ name: 'resnet18', inputs: new Map([['x', [1, 1, 28, 28]]]), layers, outputs: ['fc'] }, { style: styles.get('dyadic') });
}
