import type { Layer } from '../../network/network.ts';
import type { Attributes } from '../../numeric/attributes.ts';
import { type Tensor, tensor } from '../../numeric/tensor.ts';
import type { ModuleRecord } from '../module.ts';

/** A layer of the Network under construction. */
export const layer = (
  name: string,
  kind: string,
  inputs: readonly string[],
  attributes: Attributes = {},
  tensors: Layer['tensors'] = {},
): Layer => ({
  name,
  kind,
  inputs,
  attributes,
  tensors,
});

/** A quantiser to int8. */
export const int8 = (name: string, input: string, scale: number): Layer => layer(name, 'quantiser', [input], { scale, lo: -128, hi: 127 });

/** A layer and the rounding of its result, which bears its name. */
export const rounded = (
  { name, inputs }: Pick<ModuleRecord, 'name' | 'inputs'>,
  kind: string,
  scale: number,
  attributes: Attributes = {},
  tensors: Layer['tensors'] = {},
): readonly Layer[] => {
  const own = layer(`${name}.${kind}`, kind, inputs, attributes, tensors);
  return [own, int8(name, own.name, scale)];
};

/** The numbers of a tensor as the format holds those that are no integers. */
export const float32 = ({ type: { shape }, data }: Tensor): Tensor => tensor({ dtype: 'f32', shape }, data);

/** Weights and their bias, as far as a layer of the format has them. */
export interface Weights {
  readonly weights?: Tensor | undefined;
  readonly bias?: Tensor | undefined;
}

/** The tensors of a layer whose weights have one scale. */
export const weightTensors = ({ weights, bias }: Weights, scale: number): Layer['tensors'] => ({
  ...(weights && { weights }),
  scales: tensor({ dtype: 'f64', shape: [1] }, [scale]),
  ...(bias && { bias }),
});
