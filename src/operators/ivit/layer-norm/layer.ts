import * as z from 'zod';
import { f32 } from '../../../numeric/rounding.ts';
import { elements } from '../../../numeric/tensor.ts';
import { defineLayer } from '../../layer.ts';
import { accumulatorMeaning } from '../../meaning.ts';
import { narrowTerm } from '../lowered.ts';
import { noReals } from '../reals.ts';
import { layerNorm } from './layer-norm.ts';

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

  lower({ name, tensors: { bias, scale } }, [x], to) {
    const input = narrowTerm(name, x, to);
    const operands = [input.value, to.constant(`${name}.bias`, bias!)];
    const { value, type } = to.call(name, { operator: layerNorm.name, operands, attributes: { scale: input.scale[0]! } });
    return accumulatorMeaning({ value, type, scale: Array.from(scale!.data, f32), limit: [Infinity] }, type.shape.length - 1);
  },

  real: noReals,
});
