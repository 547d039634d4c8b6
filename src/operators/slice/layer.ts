import { movingLayer } from '../moving-layer.ts';
import { slice, sliceAttributes, sliceShape } from './slice.ts';

export const sliceLayer = movingLayer(slice, sliceAttributes, 'any', sliceShape);
