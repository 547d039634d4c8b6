import * as z from 'zod';
import { elements } from '../../../numeric/tensor.ts';
import { defineLayer } from '../../layer.ts';
import { noReals } from '../reals.ts';

/**
 * IntLayerNorm over the last axis. `bias` is the buffer bias_integer (f32: integers, of any size where a channel is dead), `scale` the buffer
 * norm_scaling_factor (f32, one per channel, of either sign).
 */
export const layerNormLayer = defineLayer({
  kind: 'ivit-layer-norm',
  attributes: z.object({}),
  required: ['bias', 'scale'],
  optional: [],
  arity: [1, 1],
  shape({ tensors }, [x]) {
    for (const { type } of [tensors.bias!, tensors.scale!]) {
      if (elements(type.shape) !== x!.at(-1))
        throw new RangeError(`${elements(type.shape)} biases or scales do not fit rows of ${x!.at(-1)}`);
    }
    return x!;
  },
  lower: () => {
    throw new Error('not lowered yet');
  },
  real: noReals,
});
