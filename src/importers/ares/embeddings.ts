import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import { type Tensor, tensor } from '../../numeric/tensor.ts';
import { int8, layer, weightTensors } from './build.ts';
import { type Composite, ones } from './composite.ts';
import { collectPart, weightsOf } from './projection.ts';

const scale = z.number().positive();
const sizes = z.array(z.int().positive()).length(2);

const embeddingFields = z.object({ scale });
const patchFields = z.object({ patch_size: sizes, stride: sizes, proj_weight_scale: scale, scale_output: scale });
const signalFields = z.object({ patch_size: z.literal(40).default(40), scale_output: scale });

/** How often each row stands one behind the other, where every index is followed by the next; else undefined. */
function repeats(indices: ArrayLike<number>, rows: number): number | undefined {
  const count = indices.length / rows;
  return Number.isInteger(count) && Array.from(indices).every((index, at) => index === Math.floor(at / count)) ? count : undefined;
}

const gathered = ({ type: { shape }, data }: Tensor, indices: Tensor): Tensor => {
  const [length = 1, width = 1] = shape;
  const outside = indices.data.find((index) => index < 0 || index >= length);
  if (outside !== undefined) throw new RangeError(`index ${outside} of ${length} rows`);
  const rows = Array.from(indices.data, (index) => [...data.subarray(index * width, (index + 1) * width)]);
  return tensor({ dtype: 'i8', shape: [1, rows.length, width] }, rows.flat());
};

/** Rows of a table at indices that were known when the network was extracted: it reads nothing. */
export const embedding: Composite<z.infer<typeof embeddingFields>> = {
  type: 'Embedding',
  fields: embeddingFields,
  structures: [ones(embeddingFields)],
  scale: (fields) => fields.scale,
  expand({ name }, own, { weights, indices }) {
    const rows = (value?: Tensor): Layer => layer(`${name}.table`, 'constant', [], { scale: own.scale }, value ? { value } : {});
    const repeated = (count: number): Layer => layer(`${name}.rows`, 'repeat', [`${name}.table`], { axis: 1, count });
    if (!weights || !indices) return [rows(), repeated(1)];
    const [length = 1, width = 1] = weights.type.shape;
    const count = repeats(indices.data, length);
    if (count === undefined) return [rows(gathered(weights, indices))];
    return [rows(tensor({ dtype: 'i8', shape: [1, length, width] }, weights.data)), repeated(count)];
  },
  collect(parts) {
    const value = parts.tensor('table', 'value')!;
    const [length = 1, width = 1] = value.type.shape.slice(-2);
    const count = parts.number('rows', 'count');
    const indices = tensor(
      { dtype: 'i32', shape: [1, length * count] },
      Array.from({ length: length * count }, (_, at) => Math.floor(at / count)),
    );
    const counts = { num_embeddings: length, embedding_dim: width, indices_shape: indices.type.shape, num_indices: length * count };
    return {
      fields: { ...counts, scale: parts.number('table', 'scale') },
      tensors: { weights: tensor({ dtype: 'i8', shape: [length, width] }, value.data), indices },
    };
  },
};

/** A convolution whose kernels touch no pixel twice, its rows of patches as channels: [1, columns, channels * rows]. */
export const patchEmbed: Composite<z.infer<typeof patchFields>> = {
  type: 'PatchEmbed',
  fields: patchFields,
  structures: [{ patch_size: [1, 1], stride: [1, 1], proj_weight_scale: 1, scale_output: 1 }],
  scale: (fields) => fields.scale_output,
  expand({ name, input, shape }, own, tensors) {
    const projection = weightsOf('proj', tensors);
    const [rows = 1, columns = 1] = own.stride.map((step, at) => Math.floor((shape[at + 2]! - own.patch_size[at]!) / step) + 1);
    const attributes = { stride: own.stride, padding: [0, 0, 0, 0], groups: 1 };
    return [
      layer(`${name}.convolution`, 'convolution', [input], attributes, weightTensors(projection, own.proj_weight_scale)),
      int8(`${name}.patches`, `${name}.convolution`, own.scale_output),
      layer(`${name}.rows`, 'reshape', [`${name}.patches`], { shape: [1, (projection.weights?.type.shape[0] ?? 1) * rows, columns] }),
      layer(`${name}.tokens`, 'permute', [`${name}.rows`], { axes: [0, 2, 1] }),
    ];
  },
  collect(parts) {
    const { weights, bias, scale: weightScale } = collectPart(parts, 'convolution');
    const [, , height = 1, width = 1] = parts.shape;
    const [outputs, inputs, ...kernel] = weights.type.shape;
    const { stride } = parts.find('convolution')!.attributes as { readonly stride: readonly number[] };
    const [depth = 1, tokens = 1] = (parts.find('rows')!.attributes['shape'] as readonly number[]).slice(1);
    const grid = { embed_dim: outputs, grid_h: depth / outputs!, grid_w: tokens, seq_len: tokens, d_model: depth };
    const scales = { proj_weight_scale: weightScale, scale_output: parts.number('patches', 'scale') };
    return {
      fields: { inp_size: [height, width], patch_size: kernel, stride, in_chans: inputs, ...grid, ...scales },
      tensors: { 'proj.weights': weights, ...(bias && { 'proj.bias': bias }) },
    };
  },
};

/** Magnitudes and phases of rows of 40 samples, 21 of each, at one scale. */
export const spectrum: Composite<z.infer<typeof signalFields>> = {
  type: 'RFFT',
  fields: signalFields,
  structures: [ones(signalFields)],
  scale: (fields) => fields.scale_output,
  expand: ({ name, input, shape }, { scale_output: step }) => [
    layer(`${name}.magnitude`, 'rfft', [input], { part: 'magnitude' }),
    int8(`${name}.magnitude.quant`, `${name}.magnitude`, step),
    layer(`${name}.phase`, 'rfft', [input], { part: 'phase' }),
    int8(`${name}.phase.quant`, `${name}.phase`, step),
    layer(`${name}.bins`, 'concat', [`${name}.magnitude.quant`, `${name}.phase.quant`], { axis: shape.length - 1 }),
  ],
  collect: (parts) => ({
    fields: { patch_size: parts.shape.at(-1), scale_output: parts.number('magnitude.quant', 'scale') },
    tensors: {},
  }),
};
