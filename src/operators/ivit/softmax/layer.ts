import * as z from 'zod';
import { elements, type Shape } from '../../../numeric/tensor.ts';
import { defineLayer } from '../../layer.ts';
import { noReals } from '../reals.ts';

/** A mask [windows, rows, columns] for x of [windows, heads, rows, columns]: each head of a window has the same one. */
function checkMask(x: Shape, mask: Shape): void {
  const [windows, , rows, columns] = x;
  if (x.length !== 4 || elements(mask) !== windows! * rows! * columns!) {
    throw new RangeError(`a mask of [${mask.join(', ')}] does not fit logits of [${x.join(', ')}]`);
  }
}

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
  lower: () => {
    throw new Error('not lowered yet');
  },
  real: noReals,
});
