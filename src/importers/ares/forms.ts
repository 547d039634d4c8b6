import { BadInput } from '../../errors.ts';
import type { Layer } from '../../network/network.ts';
import { elements, type Shape, type Tensor, tensor } from '../../numeric/tensor.ts';
import { float32 } from './build.ts';
import { functions } from './functions.ts';

/** A Network layer that becomes one of the ARES format. */
export interface Source {
  readonly layer: Layer;
  readonly shapes: readonly Shape[];
  /** The scale of what it reads, undefined for floats; that of its own int8 result. */
  readonly incoming: number | undefined;
  readonly outgoing: number | undefined;
  /** The ARES layers that it reads. */
  readonly reads: readonly string[];
}

/** The type of an ARES layer, its own fields and its arrays. */
export interface Form {
  readonly type: string;
  readonly fields: Readonly<Record<string, unknown>>;
  readonly tensors?: { readonly [role: string]: Tensor };
}

export const cannotHold = (layer: string, found: string, remedy = 'change the model, or write another format'): BadInput =>
  new BadInput({ where: `layer ${layer}`, found, expected: 'what the ARES format can hold', remedy });

const numbers = ({ attributes }: Layer, name: string): readonly number[] => attributes[name] as readonly number[];

/** [rows, columns] of a border that is the same on both sides. */
function symmetric({ name }: Layer, border: readonly number[]): readonly number[] {
  const half = border.slice(0, border.length / 2);
  if (border.length !== 4) throw cannotHold(name, 'a window over one axis', 'use its two-dimensional form');
  if (half.some((size, axis) => size !== border[axis + 2])) {
    throw cannotHold(name, `a border of [${border.join(', ')}]`, 'pad with a ZeroPad2d in front');
  }
  return half;
}

/** The width among the format's own that holds these weights; they are stored as int8 whatever it is. */
function bitWidth({ data }: Tensor): number {
  let largest = 0;
  for (const weight of data) largest = Math.max(largest, Math.abs(weight));
  return [2, 3, 4].find((bits) => largest <= 2 ** (bits - 1) - 1) ?? 8;
}

function weighted({ layer: { name, tensors }, incoming }: Source, type: string, fields: Form['fields']): Form {
  const { weights, scales, bias } = tensors;
  if (scales!.data.length !== 1) throw cannotHold(name, 'weights with a scale per channel', 'quantise the weights per tensor');
  return {
    type,
    fields: {
      scale_input: incoming,
      ...fields,
      scale_weight: scales!.data[0],
      weight_bit_width: bitWidth(weights!),
      ...(bias ? {} : { bias_fp32: null }),
    },
    tensors: { weights: weights!, ...(bias && { bias: float32(bias) }) },
  };
}

function convolution(source: Source): Form {
  const { layer } = source;
  const [outputs = 0, depth = 0, ...kernel] = layer.tensors['weights']!.type.shape;
  const groups = Number(layer.attributes['groups']);
  return weighted(source, 'QuantConv2d', {
    in_channels: depth * groups,
    out_channels: outputs,
    kernel_size: kernel,
    stride: numbers(layer, 'stride'),
    padding: symmetric(layer, numbers(layer, 'padding')),
    groups,
  });
}

function linear(source: Source): Form {
  const [outputs, depth] = source.layer.tensors['weights']!.type.shape;
  return weighted(source, 'QuantLinear', { in_features: depth, out_features: outputs });
}

const pool =
  (type: string) =>
  ({ layer }: Source): Form => {
    const { name, attributes } = layer;
    const padding = symmetric(layer, numbers(layer, 'padding'));
    if (attributes['ceil'] === true) throw cannotHold(name, 'a pool with ceil_mode=True', 'pad with a ZeroPad2d in front');
    if (attributes['countPadding'] === false && padding.some((size) => size > 0)) {
      throw cannotHold(name, 'an average pool that does not count its border', 'use count_include_pad=True');
    }
    return { type, fields: { kernel_size: numbers(layer, 'kernel'), stride: numbers(layer, 'stride'), padding } };
  };

/** The pool over one axis keeps the scale; where a quantiser with another one follows, the mean of the axis is the same in one rounding. */
function adaptivePool({ layer, shapes: [input = []], incoming, outgoing }: Source): Form {
  const output = numbers(layer, 'output');
  if (output.length === 1 && outgoing === incoming) return { type: 'AdaptiveAvgPool1d', fields: { output_size: output[0] } };
  if (output.length === 1 && output[0] === 1)
    return { type: 'Mean', fields: { dim: input.length - 1, keepdim: true, scale_input: incoming } };
  if (output.length === 1)
    throw cannotHold(layer.name, 'an average that is rounded at another scale', 'put a QuantIdentity of its scale behind it');
  if (output.some((size) => size !== 1)) throw cannotHold(layer.name, `an average to ${output.join(' x ')}`, 'use an AvgPool2d');
  return { type: 'GlobalAvgPool', fields: { output_size: 1 } };
}

function pad({ layer, shapes: [input = []] }: Source): Form {
  const [before, after] = [numbers(layer, 'before'), numbers(layer, 'after')];
  const [y, x] = [input.length - 2, input.length - 1];
  const others = [before, after].some((sizes) => sizes.slice(0, y).some((size) => size > 0));
  if (others || y < 0) throw cannotHold(layer.name, 'a border around other axes than the last two');
  return { type: 'ZeroPad2d', fields: { padding: [before[x], after[x], before[y], after[y]] } };
}

function reshape({ layer, shapes: [input = []] }: Source): Form {
  const shape = numbers(layer, 'shape');
  const flat = shape.length === 2 && shape[0] === 1 && input[0] === 1 && shape[1] === elements(input);
  return flat ? { type: 'Flatten', fields: { start_dim: 1 } } : { type: 'Reshape', fields: { shape } };
}

function add({ layer, reads }: Source): Form {
  if (reads.length !== 2) throw cannotHold(layer.name, `an add of ${reads.length} values`, 'add two at a time');
  return { type: 'Add', fields: { inputs: reads } };
}

function mean({ layer, incoming }: Source): Form {
  const [axis, ...others] = numbers(layer, 'axes');
  return {
    type: 'Mean',
    fields: { dim: others.length > 0 ? [axis, ...others] : axis, keepdim: layer.attributes['keep'], scale_input: incoming },
  };
}

const identity = { gamma: 1, beta: 0 } as const;
/** Gains that are not there are ones and zeros in the format. */
const norm =
  (
    type: string,
    roles: readonly (keyof typeof identity)[],
    own: (layer: Layer, input: Shape) => { readonly fields: Form['fields']; readonly length: number },
  ) =>
  ({ layer, shapes: [input = []], incoming }: Source): Form => {
    const { fields, length } = own(layer, input);
    const values = (role: keyof typeof identity): Tensor =>
      tensor({ dtype: 'f32', shape: [length] }, layer.tensors[role]?.data ?? new Array<number>(length).fill(identity[role]));
    const tensors = Object.fromEntries(roles.map((role) => [role, values(role)]));
    return { type, fields: { ...fields, eps: layer.attributes['epsilon'], scale_input: incoming }, tensors };
  };

const layerNorm = norm('LayerNorm', ['gamma', 'beta'], ({ attributes }, input) => {
  const normalized = input.slice(-Number(attributes['axes']));
  return { fields: { normalized_shape: normalized }, length: elements(normalized) };
});
const rmsNorm = norm('RMSNorm', ['gamma'], (_, input) => ({ fields: { normalized_shape: [input.at(-1)!] }, length: input.at(-1)! }));
const groupNorm = norm('GroupNorm', ['gamma', 'beta'], ({ attributes }, [, channels = 1]) => ({
  fields: { num_groups: attributes['groups'], num_channels: channels },
  length: channels,
}));

function unary({ layer, incoming }: Source): Form {
  const { function: own } = layer.attributes;
  const type = functions[String(own)];
  if (type === undefined) throw cannotHold(layer.name, `the function ${own}`, 'use SiLU or GELU');
  return { type, fields: { scale_input: incoming } };
}

function concat({ layer, reads, shapes }: Source): Form {
  const dim = Number(layer.attributes['axis']);
  return { type: 'Concatenate', fields: { inputs: reads, dim, channels_per_input: shapes.map((shape) => shape[dim]) } };
}

/** The kinds of Network layers that the format holds. */
export const forms: ReadonlyMap<string, (source: Source) => Form> = new Map([
  ['quantiser', ({ outgoing }: Source): Form => ({ type: 'QuantIdentity', fields: { scale: outgoing } })],
  ['relu', ({ outgoing }: Source): Form => ({ type: 'QuantReLU', fields: { scale: outgoing } })],
  ['convolution', convolution],
  ['linear', linear],
  ['max-pool', pool('MaxPool2d')],
  ['average-pool', pool('AvgPool2d')],
  ['adaptive-average-pool', adaptivePool],
  ['pad', pad],
  ['reshape', reshape],
  ['permute', ({ layer }: Source): Form => ({ type: 'Permute', fields: { dims: numbers(layer, 'axes') } })],
  ['add', add],
  ['concat', concat],
  ['mean', mean],
  ['unary', unary],
  ['layer-norm', layerNorm],
  ['rms-norm', rmsNorm],
  ['group-norm', groupNorm],
]);
