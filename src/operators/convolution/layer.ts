import { weightedLayer } from '../weighted.ts';
import { windowSizes } from '../window.ts';
import { convolution, convolutionAttributes } from './convolution.ts';

export const convolutionLayer = weightedLayer(
  'convolution',
  convolution,
  convolutionAttributes,
  () => 1,
  ({ stride, padding }, input, weights) => [input[0]!, weights[0]!, ...windowSizes(input, { kernel: weights.slice(2), stride, padding })],
);
