import { convolution, convolutionAttributes } from '../../convolution/convolution.ts';
import { windowSizes } from '../../window.ts';
import { integerLayer } from '../weighted.ts';

export const convolutionLayer = integerLayer(
  'ivit-convolution',
  convolution,
  convolutionAttributes,
  () => 1,
  ({ stride, padding }, input, weights) => [input[0]!, weights[0]!, ...windowSizes(input, { kernel: weights.slice(2), stride, padding })],
);
