import * as z from 'zod';
import { weightedLayer } from '../weighted.ts';
import { linear } from './linear.ts';

export const linearLayer = weightedLayer(
  'linear',
  linear,
  z.object({}),
  (shape) => shape.length - 1,
  (_, input, weights) => [...input.slice(0, -1), weights[0]!],
);
