import * as z from 'zod';
import { defineLayer } from '../../layer.ts';
import { matmulShape } from '../../matmul/matmul.ts';
import { noReals } from '../reals.ts';

/** QuantMatMul and the factor by which attention multiplies its result: head_dim^-0.5 behind Q times K transposed, else 1. */
export const matmulLayer = defineLayer({
  kind: 'ivit-matmul',
  attributes: z.object({ transpose: z.boolean(), factor: z.number().positive() }),
  required: [],
  optional: [],
  arity: [2, 2],
  shape: ({ attributes: { transpose } }, [a, b]) => matmulShape({ transpose }, a!, b!),
  lower: () => {
    throw new Error('not lowered yet');
  },
  real: noReals,
});
