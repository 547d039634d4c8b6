import * as z from 'zod';
import { defineLayer } from '../../layer.ts';
import { noReals } from '../reals.ts';

/** IntGELU; the greatest value along the last axis enters every result. */
export const geluLayer = defineLayer({
  kind: 'ivit-gelu',
  attributes: z.object({}),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: (_, [x]) => x!,
  lower: () => {
    throw new Error('not lowered yet');
  },
  real: noReals,
});
