// The same network for onnxruntime: quantised operators on u8 activations and s8 weights, the same shapes in the same order.
import { onnxModel } from '../peers/onnx.mjs';
import { drawWeights } from '../peers/onnxruntime.mjs';

export function resnet18Onnx() {
  const nodes = [];
  const constants = [];
  const constant = (name, dtype, shape, data) => {
    constants.push({ name, dtype, shape, data });
    return name;
  };
  const scale = constant('scale', 'float32', [], Float32Array.of(0.02));
  const zero = constant('zero', 'uint8', [], new Uint8Array(1));
  const weightZero = constant('weight.zero', 'int8', [], new Int8Array(1));

  const convolve = (name, input, [channels, outputs], kernel, stride) => {
    const weights = constant(`${name}.w`, 'int8', [outputs, channels, kernel, kernel], drawWeights([outputs, channels, kernel, kernel]));
    const weightScale = constant(`${name}.s`, 'float32', [], Float32Array.of(1 / (74 * Math.sqrt(channels * kernel * kernel))));
    const bias = constant(`${name}.b`, 'int32', [outputs], new Int32Array(outputs));
    const border = (kernel - 1) / 2;
    nodes.push({
      operator: 'QLinearConv',
      inputs: [input, scale, zero, weights, weightScale, weightZero, scale, zero, bias],
      outputs: [name],
      attributes: { kernel_shape: [kernel, kernel], strides: [stride, stride], pads: [border, border, border, border] },
    });
    return name;
  };
  const add = (name, first, second) => {
    nodes.push({
      operator: 'QLinearAdd',
      domain: 'com.microsoft',
      inputs: [first, scale, zero, second, scale, zero, scale, zero],
      outputs: [name],
    });
    return name;
  };

  let value = convolve('conv1', 'x', [1, 16], 3, 1);
  let channels = 16;
  for (const [stage, outputs] of [16, 32, 64, 128].entries()) {
    for (const block of [0, 1]) {
      const name = `layer${stage + 1}.${block}`;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const first = convolve(`${name}.conv1`, value, [channels, outputs], 3, stride);
      const second = convolve(`${name}.conv2`, first, [outputs, outputs], 3, 1);
      const skip = channels === outputs ? value : convolve(`${name}.shortcut`, value, [channels, outputs], 1, stride);
      value = add(name, second, skip);
      channels = outputs;
    }
  }
  nodes.push(
    { operator: 'QLinearGlobalAveragePool', domain: 'com.microsoft', inputs: [value, scale, zero, scale, zero], outputs: ['pool'] },
    { operator: 'Flatten', inputs: ['pool'], outputs: ['flat'] },
    {
      operator: 'MatMulInteger',
      inputs: ['flat', constant('fc.w', 'int8', [128, 10], drawWeights([128, 10])), zero, weightZero],
      outputs: ['y'],
    },
  );
  return onnxModel({
    nodes,
    constants,
    inputs: [{ name: 'x', dtype: 'uint8', shape: [1, 1, 28, 28] }],
    outputs: [{ name: 'y', dtype: 'int32', shape: [1, 10] }],
  });
}
