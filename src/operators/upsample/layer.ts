import { movingLayer } from '../moving-layer.ts';
import { upsample, upsampleAttributes, upsampleShape } from './upsample.ts';

export const upsampleLayer = movingLayer(upsample, upsampleAttributes, 'any', ({ factors }, input) => upsampleShape(factors, input));
