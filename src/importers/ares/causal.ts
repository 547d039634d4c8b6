import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import { type Tensor, tensor } from '../../numeric/tensor.ts';
import { layer, type Weights, weightTensors } from './build.ts';
import { type Composite, ones } from './composite.ts';
import { collectPart } from './projection.ts';

const fields = z.object({
  channels: z.int().positive(),
  kernel_size: z.int().positive(),
  causal: z.literal(true).default(true),
  scale_weight: z.number().positive(),
});
type Causal = z.infer<typeof fields>;

/** Each channel of [batch, channels, steps] with its own kernel over this step and those before it. */
export function causal(name: string, input: string, size: number, scale: number, { weights, bias }: Weights): readonly Layer[] {
  const [groups = 1] = weights?.type.shape ?? [];
  const kernels = weights && tensor({ dtype: 'i8', shape: [groups, 1, size] }, weights.data);
  return [
    layer(`${name}.pad`, 'pad', [input], { before: [0, 0, size - 1], after: [0, 0, 0] }),
    layer(
      `${name}.convolution`,
      'convolution',
      [`${name}.pad`],
      { stride: [1], padding: [0, 0], groups },
      weightTensors({ weights: kernels, bias }, scale),
    ),
  ];
}

/** Kernels of one channel each as the format has them: [channels, steps]. */
export function kernelsOf({ type: { shape }, data }: Tensor): Tensor {
  const [channels = 1] = shape;
  return tensor({ dtype: 'i8', shape: [channels, data.length / channels] }, data);
}

export const depthwise: Composite<Causal> = {
  type: 'Conv1dDepthwise',
  fields,
  structures: [ones(fields)],
  expand: ({ name, input }, { kernel_size: size, scale_weight: scale }, tensors) => causal(name, input, size, scale, tensors),
  collect(parts) {
    const { weights, scale, ...rest } = collectPart(parts, 'convolution');
    const kernels = kernelsOf(weights);
    const [channels, size] = kernels.type.shape;
    return { fields: { channels, kernel_size: size, causal: true, scale_weight: scale }, tensors: { weights: kernels, ...rest } };
  },
};
