import { dtypes, type Tensor, tensor } from '../../numeric/tensor.ts';
import type { ModuleRecord } from '../module.ts';

/** The names of the older flow (pytorch_to_tvm_params.py) for parts of a module's path; what is left of a path has `_` in place of dots. */
const renamed: readonly (readonly [path: RegExp, name: string])[] = [
  [/^blocks\.(\d+)\./, 'block_$1_'],
  [/^layers\.(\d+)\.blocks\.(\d+)\./, 'stage$1_block$2_'],
  [/^layers\.(\d+)\.downsample\./, 'stage$1_downsample_'],
  [/relative_position_bias_table$/, 'rel_pos_bias_table'],
  [/\./g, '_'],
];

/** DeiT's patch embedding has a name of its own. */
const deitStem = ['patch_embed.proj', 'embed_conv'] as const;

/** What the older flow calls the tensors of our records; it has no scales, masks and indices. */
const suffixes: Readonly<Record<string, string>> = { weights: 'weight', bias: 'bias', value: 'weight', token: 'weight' };

/** Integers in 32 bits; the bias of a dead LayerNorm channel, which does not fit, as float64, never clipped. */
function integers({ type: { shape }, data }: Tensor): Tensor {
  const fits = data.every((value) => value >= dtypes.i32.low && value <= dtypes.i32.high);
  return tensor({ dtype: fits ? 'i32' : 'f64', shape }, fits ? Int32Array.from(data) : Float64Array.from(data));
}

/** The bias of a convolution is added to a picture [1, channels, rows, columns]. */
const biasOf = (bias: Tensor, className: string): Tensor => {
  const whole = integers(bias);
  return className === 'QuantConv2d' ? tensor({ ...whole.type, shape: [1, whole.data.length, 1, 1] }, whole.data) : whole;
};

/**
 * The dictionary of tensors by name of the older flow: int8 weights, int32 biases (also those of LayerNorm), float32 class token, position
 * embedding and tables of relative positions. Its scales are read from the checkpoint, where they still are.
 */
export function paramsOf(records: readonly ModuleRecord[]): ReadonlyMap<string, Tensor> {
  const isDeit = records.some(({ className }) => className === 'ClassToken');
  const params = new Map<string, Tensor>();
  for (const { name: path, className, tensors } of records) {
    const start = isDeit && path === deitStem[0] ? deitStem[1] : path;
    const name = renamed.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), start);
    for (const [role, value] of Object.entries(tensors)) {
      const suffix = suffixes[role];
      if (suffix !== undefined) params.set(`${name}_${suffix}`, role === 'bias' ? biasOf(value, className) : value);
    }
  }
  return params;
}
