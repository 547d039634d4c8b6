import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import type { Tensor } from '../../numeric/tensor.ts';
import { float32, int8, layer, type Weights, weightTensors } from './build.ts';
import type { Fields, Parts, Tensors } from './composite.ts';

const weightScale = z.number().positive();
/** The fields of a linear layer inside of another: `q_scale_weight`. */
export const projectionFields = <const N extends string>(...names: readonly N[]) =>
  z.object(
    Object.fromEntries(names.map((name) => [`${name}_scale_weight`, weightScale])) as Record<`${N}_scale_weight`, typeof weightScale>,
  );

/** The weights and the bias of a part of a composite layer. */
export const weightsOf = (part: string, tensors: Tensors): Weights => ({
  weights: tensors[`${part}.weights`],
  bias: tensors[`${part}.bias`],
});

/** `name.part`: a linear layer whose sums nothing has rounded. */
export const projected = (name: string, part: string, input: string, fields: Fields, tensors: Tensors): Layer =>
  layer(`${name}.${part}.linear`, 'linear', [input], {}, weightTensors(weightsOf(part, tensors), Number(fields[`${part}_scale_weight`])));

/** A linear layer, and its int8 result `name.part`. */
export const projection = (name: string, part: string, input: string, fields: Fields, tensors: Tensors): readonly Layer[] => [
  projected(name, part, input, fields, tensors),
  int8(`${name}.${part}`, `${name}.${part}.linear`, Number(fields[`${part}_scale_output`])),
];

/** The weights of a layer, their one scale and its bias, as the format holds them. */
export function collectPart(parts: Parts, part: string) {
  const [weights, bias] = [parts.tensor(part, 'weights')!, parts.tensor(part, 'bias')];
  return { weights, ...(bias && { bias: float32(bias) }), scale: parts.tensor(part, 'scales')!.data[0] };
}

/** The fields and arrays of weighted parts, by the layers that hold them. */
export function collectWeights(
  parts: Parts,
  layers: Readonly<Record<string, string>>,
): { readonly fields: Record<string, unknown>; readonly tensors: Record<string, Tensor> } {
  const fields: Record<string, unknown> = {};
  const tensors: Record<string, Tensor> = {};
  for (const [part, own] of Object.entries(layers)) {
    const { weights, bias, scale } = collectPart(parts, own);
    const [outputs, inputs] = weights.type.shape;
    fields[`${part}_scale_weight`] = scale;
    fields[`${part}_in_features`] = inputs;
    fields[`${part}_out_features`] = outputs;
    tensors[`${part}.weights`] = weights;
    if (bias) tensors[`${part}.bias`] = bias;
  }
  return { fields, tensors };
}
