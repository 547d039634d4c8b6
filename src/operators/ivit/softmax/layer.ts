import * as z from 'zod';
import { defineLayer } from '../../layer.ts';
import { byteTerm, scaled } from '../lowered.ts';
import { noReals } from '../reals.ts';
import { checkMask, softmax } from './softmax.ts';

/** IntSoftmax over the last axis, with probabilities of 16 bits (0..2^15) or 8 (0..2^7). The mask is added to the real logits. */
export const softmaxLayer = defineLayer({
  kind: 'ivit-softmax',
  attributes: z.object({ bits: z.union([z.literal(8), z.literal(16)]) }),
  required: [],
  optional: ['mask'],
  arity: [1, 1],
  shape({ tensors: { mask } }, [x]) {
    if (mask) checkMask(x!, mask.type.shape);
    return x!;
  },

  lower({ name, attributes: { bits }, tensors: { mask } }, [x], to) {
    const { value: input, scale } = byteTerm(name, x, to);
    const operands = mask ? [input, to.constant(`${name}.mask`, mask)] : [input];
    const { value, type } = to.call(name, { operator: softmax.name, operands, attributes: { scale: scale[0]!, bits } });
    return scaled(value, type, 2 ** (1 - bits), 2 ** (bits - 1));
  },

  real: noReals,
});
