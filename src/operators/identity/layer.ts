import * as z from 'zod';
import { defineLayer } from '../layer.ts';

/** Dropout in eval mode and the like. */
export const identityLayer = defineLayer({
  kind: 'identity',
  attributes: z.object({}),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: (_, [input]) => input!,
  lower: (_, [x]) => x,
  real: (_, [x]) => x,
});
