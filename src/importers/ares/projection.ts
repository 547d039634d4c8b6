import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import { type Tensor, tensor } from '../../numeric/tensor.ts';
import { int8, layer } from './build.ts';
import type { Fields, Parts, Tensors } from './composite.ts';

const scale = z.number().positive();
/** The fields of a linear layer inside of another: `q_scale_weight`. */
export const projectionFields = <const N extends string>(...names: readonly N[]) =>
  z.object(Object.fromEntries(names.map((name) => [`${name}_scale_weight`, scale])) as Record<`${N}_scale_weight`, typeof scale>);

/** Weights, their one scale and a bias, of a part of a composite layer. */
export function weightsOf(part: string, fields: Fields, tensors: Tensors): Layer['tensors'] {
  const [weights, bias] = [tensors[`${part}.weights`], tensors[`${part}.bias`]];
  const scales = tensor({ dtype: 'f64', shape: [1] }, [Number(fields[`${part}_scale_weight`])]);
  return { ...(weights && { weights }), scales, ...(bias && { bias }) };
}

/** `name.part`: a linear layer whose sums nothing has rounded. */
export const projected = (name: string, part: string, input: string, fields: Fields, tensors: Tensors): Layer =>
  layer(`${name}.${part}.linear`, 'linear', [input], {}, weightsOf(part, fields, tensors));

/** A linear layer, and its int8 result `name.part`. */
export const projection = (name: string, part: string, input: string, fields: Fields, tensors: Tensors): readonly Layer[] => [
  projected(name, part, input, fields, tensors),
  int8(`${name}.${part}`, `${name}.${part}.linear`, Number(fields[`${part}_scale_output`])),
];

const f32 = ({ type, data }: Tensor): Tensor => tensor({ dtype: 'f32', shape: type.shape }, Float32Array.from(data, Number));

/** The fields and arrays of weighted parts, by the layers that hold them. */
export function collectWeights(
  parts: Parts,
  layers: Readonly<Record<string, string>>,
): { readonly fields: Record<string, unknown>; readonly tensors: Record<string, Tensor> } {
  const fields: Record<string, unknown> = {};
  const tensors: Record<string, Tensor> = {};
  for (const [part, own] of Object.entries(layers)) {
    const [weights, bias] = [parts.tensor(own, 'weights'), parts.tensor(own, 'bias')];
    const [outputs, inputs] = weights!.type.shape;
    fields[`${part}_scale_weight`] = parts.tensor(own, 'scales')!.data[0];
    fields[`${part}_in_features`] = inputs;
    fields[`${part}_out_features`] = outputs;
    tensors[`${part}.weights`] = weights!;
    if (bias) tensors[`${part}.bias`] = f32(bias);
  }
  return { fields, tensors };
}
