import type { Hints } from '../import.ts';

const otherNorm = 'use BatchNorm, LayerNorm, GroupNorm or RMSNorm';
const attention = 'use brevitas.nn.QuantMultiheadAttention, or bitwright.nn';
const overTime = 'use QuantConv1d over time';
const clamps = 'use QuantReLU or QuantIdentity: the range of their quantiser clamps';
const quotient = 'multiply by a number, or by another activation';
const smooth = 'use SiLU, GELU, Sigmoid, Tanh or Hardswish';

const forEach = (names: readonly string[], suggestion: string): readonly (readonly [string, string])[] =>
  names.map((name) => [name, suggestion]);

/** What to use instead of the classes and functions that stop an import by name. */
export const hints: Hints = new Map([
  ...forEach(['InstanceNorm1d', 'InstanceNorm2d', 'LocalResponseNorm'], otherNorm),
  ...forEach(['instance_norm', 'batch_norm', 'normalize'], otherNorm),
  ...forEach(
    ['BatchNorm1dToQuantScaleBias', 'BatchNorm2dToQuantScaleBias', 'QuantScaleBias', 'ScaleBias'],
    'use BatchNorm1d or BatchNorm2d',
  ),
  ...forEach(['einsum', 'baddbmm', 'mv', 'dot'], 'use torch.matmul of two matrices'),
  ...forEach(['scaled_dot_product_attention'], 'leave out its mask, dropout and is_causal'),
  ...forEach(['MultiheadAttention', 'TransformerEncoderLayer', 'QuantScaledDotProductAttention'], attention),
  ...forEach(
    ['LogSoftmax', 'softmax', 'log_softmax'],
    'use softmax(dim=-1), or leave it out at the end: the largest logit stays the largest',
  ),
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
  ...forEach(['Embedding', 'embedding'], 'use brevitas.nn.QuantEmbedding'),
  ...forEach(['Hardtanh', 'ReLU6', 'clamp', 'clip', 'minimum', 'maximum'], clamps),
  ...forEach(['LeakyReLU', 'PReLU', 'RReLU', 'CELU', 'SELU', 'prelu'], 'use QuantReLU, ELU or SiLU'),
  ...forEach(
    ['Mish', 'Softsign', 'LogSigmoid', 'Tanhshrink', 'Softshrink', 'Hardshrink', 'Threshold', 'exp', 'log', 'sqrt', 'erf'],
    smooth,
  ),
  ...forEach(['mul', 'div', 'true_divide', 'imul', 'mul_', 'div_', 'rdiv', 'rtruediv', 'reciprocal', 'pow'], quotient),
  ...forEach(['sub', 'rsub', 'sub_'], 'subtract another activation, or fold the constant into a bias'),
  ...forEach(['sum', 'amax', 'max', 'std', 'var', 'norm'], 'use mean over axes, or a pool'),
  ...forEach(['stack', 'hstack', 'vstack'], 'use unsqueeze and torch.cat'),
  ...forEach(['repeat_interleave'], 'name the axis, and one number of repeats for all'),
  ...forEach(['fft_rfft', 'abs', 'angle'], 'use the abs and the angle of torch.fft.rfft along the last axis'),
  ...forEach(['pad', 'ReflectionPad1d', 'ReflectionPad2d', 'ReplicationPad1d', 'ReplicationPad2d', 'CircularPad2d'], 'pad with zeros'),
  ...forEach(['LPPool2d', 'FractionalMaxPool2d', 'lp_pool2d'], 'use MaxPool2d or AvgPool2d'),
  ...forEach(['UpsamplingBilinear2d', 'QuantUpsamplingBilinear2d', 'grid_sample'], "use Upsample(mode='nearest') with whole factors"),
  ...forEach(['to', 'half', 'double', 'type', 'int', 'long'], 'keep every tensor float32'),
  ...forEach(['getitem', 'index_select', 'gather', 'roll'], 'use slices with a positive step'),
]);
