import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import { tensor } from '../../numeric/tensor.ts';
import { layer } from './build.ts';
import type { Composite, Tensors } from './composite.ts';

const fields = z.object({
  channels: z.int().positive(),
  kernel_size: z.int().positive(),
  causal: z.literal(true).default(true),
  scale_weight: z.number().positive(),
});
type Causal = z.infer<typeof fields>;

/** Each channel of [batch, channels, steps] with its own kernel over this step and those before it. */
export function causal(name: string, input: string, size: number, scale: number, { weights, bias }: Tensors): readonly Layer[] {
  const [groups = 1] = weights?.type.shape ?? [];
  const tensors = {
    ...(weights && { weights: tensor({ dtype: 'i8', shape: [groups, 1, size] }, weights.data) }),
    scales: tensor({ dtype: 'f64', shape: [1] }, [scale]),
    ...(bias && { bias }),
  };
  return [
    layer(`${name}.pad`, 'pad', [input], { before: [0, 0, size - 1], after: [0, 0, 0] }),
    layer(`${name}.convolution`, 'convolution', [`${name}.pad`], { stride: [1], padding: [0, 0], groups }, tensors),
  ];
}

export const depthwise: Composite<Causal> = {
  type: 'Conv1dDepthwise',
  fields,
  structures: [{ channels: 1, kernel_size: 1, causal: true, scale_weight: 1 }],
  expand: ({ name, input }, { kernel_size: size, scale_weight: scale }, tensors) => causal(name, input, size, scale, tensors),
  collect(parts) {
    const [weights, bias] = [parts.tensor('convolution', 'weights')!, parts.tensor('convolution', 'bias')];
    const [channels = 1] = weights.type.shape;
    const size = weights.data.length / channels;
    const scale_weight = parts.tensor('convolution', 'scales')!.data[0];
    const kernels = tensor({ dtype: 'i8', shape: [channels, size] }, weights.data);
    return { fields: { channels, kernel_size: size, causal: true, scale_weight }, tensors: { weights: kernels, ...(bias && { bias }) } };
  },
};
