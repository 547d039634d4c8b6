import * as z from 'zod';
import { defineLayer } from '../../layer.ts';
import { byteTerm, scaled, tooFine } from '../lowered.ts';
import { noReals } from '../reals.ts';
import { checkMask, leavesSum, softmax } from './softmax.ts';

/** About 2^-16: below, an exponential is greater than the 2^31 that I-ViT limits their sum to. */
const leastScale = 0.0000153;

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
    const { value: input, scale: scales } = byteTerm(name, x, to);
    const [scale = 1] = scales;
    if (leavesSum(scale)) throw tooFine(name, 'an exponential exceeds 2^31', scale, leastScale);
    const operands = mask ? [input, to.constant(`${name}.mask`, mask)] : [input];
    const { value, type } = to.call(name, { operator: softmax.name, operands, attributes: { scale, bits } });
    return scaled(value, type, 2 ** (1 - bits), 2 ** (bits - 1));
  },

  real: noReals,
});
