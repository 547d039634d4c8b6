import * as z from 'zod';
import { defineLayer } from '../../layer.ts';
import { accumulatorMeaning } from '../../meaning.ts';
import { noReals } from '../reals.ts';

/** Float parameters that a quantiser rounds before the Program runs: position embeddings, the table of relative position biases. */
export const parameterLayer = defineLayer({
  kind: 'ivit-parameter',
  attributes: z.object({}),
  required: ['value'],
  optional: [],
  arity: [0, 0],
  shape: ({ tensors }) => tensors.value!.type.shape,

  lower({ tensors }) {
    const value = tensors.value!;
    return { ...accumulatorMeaning({ value: '', type: value.type, scale: [1], limit: [Infinity] }, 0), constant: value };
  },

  real: noReals,
});
