import * as z from 'zod';
import { movingLayer } from '../moving-layer.ts';
import { permute, permuteShape } from './permute.ts';

export const permuteLayer = movingLayer(permute, z.object({ axes: z.array(z.int().nonnegative()) }), 'any', ({ axes }, input) =>
  permuteShape(axes, input),
);
