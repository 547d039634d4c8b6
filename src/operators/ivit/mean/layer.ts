import * as z from 'zod';
import { reducedBlocks, reducedShape } from '../../average-pool/axes.ts';
import { defineLayer } from '../../layer.ts';
import { noReals } from '../reals.ts';

/** The average pool in front of Swin's head: the float32 mean over one axis, which goes. */
export const meanLayer = defineLayer({
  kind: 'ivit-mean',
  attributes: z.object({ axis: z.int().nonnegative() }),
  required: [],
  optional: [],
  arity: [1, 1],
  shape({ attributes: { axis } }, [x]) {
    reducedBlocks({ axes: [axis], keep: false }, x!);
    return reducedShape({ axes: [axis], keep: false }, x!);
  },
  lower: () => {
    throw new Error('not lowered yet');
  },
  real: noReals,
});
