import * as z from 'zod';
import { elements } from '../../numeric/tensor.ts';
import { movingLayer } from '../moving-layer.ts';
import { reshape } from './reshape.ts';

export const reshapeLayer = movingLayer(reshape, z.object({ shape: z.array(z.int().positive()) }), 'any', ({ shape }, input) => {
  if (elements(shape) !== elements(input)) throw new RangeError(`[${input.join(', ')}] has not as many elements as [${shape.join(', ')}]`);
  return shape;
});
