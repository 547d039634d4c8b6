import { movingLayer } from '../moving-layer.ts';
import { flip, flipAttributes, flipShape } from './flip.ts';

export const flipLayer = movingLayer(flip, flipAttributes, 'any', flipShape);
