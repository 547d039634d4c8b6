import type { Hints } from '../import.ts';

const batchNorm = 'use BatchNorm, which folds into the layer in front, or a network without it';
const attention = 'use convolutions and linear layers: attention is not supported';
const overTime = 'use QuantConv1d over time';
const clamps = 'use QuantReLU or QuantIdentity: the range of their quantiser clamps';
const constants = 'fold the factor into the weights of the layer in front';
const smooth = 'use SiLU, GELU, Sigmoid, Tanh or Hardswish';

const forEach = (names: readonly string[], suggestion: string): readonly (readonly [string, string])[] =>
  names.map((name) => [name, suggestion]);

/** What to use instead of the classes and functions that stop an import by name. */
export const hints: Hints = new Map([
  ...forEach(['LayerNorm', 'GroupNorm', 'RMSNorm', 'InstanceNorm1d', 'InstanceNorm2d', 'LocalResponseNorm'], batchNorm),
  ...forEach(['layer_norm', 'group_norm', 'rms_norm', 'instance_norm', 'batch_norm', 'normalize'], batchNorm),
  ...forEach(
    ['BatchNorm1dToQuantScaleBias', 'BatchNorm2dToQuantScaleBias', 'QuantScaleBias', 'ScaleBias'],
    'use BatchNorm1d or BatchNorm2d',
  ),
  ...forEach(['matmul', 'bmm', 'einsum', 'baddbmm', 'scaled_dot_product_attention'], attention),
  ...forEach(['MultiheadAttention', 'QuantMultiheadAttention', 'TransformerEncoderLayer', 'QuantScaledDotProductAttention'], attention),
  ...forEach(['Softmax', 'LogSoftmax', 'softmax', 'log_softmax'], 'leave it out at the end: the largest logit stays the largest'),
  ...forEach(['LSTM', 'GRU', 'RNN', 'QuantLSTM', 'QuantRNN'], overTime),
  ...forEach(
    [
      'ConvTranspose1d',
      'ConvTranspose2d',
      'QuantConvTranspose1d',
      'QuantConvTranspose2d',
      'conv_transpose2d',
      'PixelShuffle',
      'pixel_shuffle',
    ],
    "use Upsample(mode='nearest') and a QuantConv2d behind it",
  ),
  ...forEach(['Conv3d', 'QuantConv3d', 'MaxPool3d', 'AvgPool3d', 'BatchNorm3d'], 'use layers of one or two spatial axes'),
  ...forEach(['Conv1d', 'Conv2d', 'conv1d', 'conv2d'], 'use brevitas.nn.QuantConv1d or QuantConv2d'),
  ...forEach(['Linear', 'linear', 'addmm', 'Bilinear'], 'use brevitas.nn.QuantLinear'),
  ...forEach(['Embedding', 'QuantEmbedding', 'embedding'], 'look the embeddings up outside of the network and make them its input'),
  ...forEach(['Hardtanh', 'ReLU6', 'clamp', 'clip', 'minimum', 'maximum'], clamps),
  ...forEach(['LeakyReLU', 'PReLU', 'RReLU', 'CELU', 'SELU', 'prelu'], 'use QuantReLU, ELU or SiLU'),
  ...forEach(
    ['Mish', 'Softsign', 'LogSigmoid', 'Tanhshrink', 'Softshrink', 'Hardshrink', 'Threshold', 'exp', 'log', 'sqrt', 'erf'],
    smooth,
  ),
  ...forEach(['mul', 'div', 'true_divide', 'imul', 'mul_', 'div_', 'rdiv', 'neg', 'truediv', 'rmul'], constants),
  ...forEach(['sub', 'rsub', 'sub_'], 'add, with the sign in the weights of the layer in front'),
  ...forEach(['sum', 'amax', 'max', 'std', 'var', 'norm'], 'use mean over axes, or a pool'),
  ...forEach(['stack', 'hstack', 'vstack'], 'use unsqueeze and torch.cat'),
  ...forEach(['expand', 'expand_as', 'repeat', 'tile', 'repeat_interleave'], "use Upsample(mode='nearest') with whole factors"),
  ...forEach(['pad', 'ReflectionPad1d', 'ReflectionPad2d', 'ReplicationPad1d', 'ReplicationPad2d', 'CircularPad2d'], 'pad with zeros'),
  ...forEach(['LPPool2d', 'FractionalMaxPool2d', 'lp_pool2d'], 'use MaxPool2d or AvgPool2d'),
  ...forEach(['UpsamplingBilinear2d', 'QuantUpsamplingBilinear2d', 'grid_sample'], "use Upsample(mode='nearest') with whole factors"),
  ...forEach(['to', 'half', 'double', 'type', 'int', 'long'], 'keep every tensor float32'),
  ...forEach(['getitem', 'index_select', 'gather', 'roll', 'flip'], 'use slices with a positive step'),
]);
