import * as z from 'zod';
import { linear } from '../../linear/linear.ts';
import { integerLayer } from '../weighted.ts';

export const linearLayer = integerLayer(
  'ivit-linear',
  linear,
  z.object({}),
  (shape) => shape.length - 1,
  (_, input, weights) => {
    if (input.at(-1) !== weights[1]) throw new RangeError(`weights [${weights.join(', ')}] do not fit rows of ${input.at(-1)}`);
    return [...input.slice(0, -1), weights[0]!];
  },
);
