import { movingLayer } from '../moving-layer.ts';
import { repeat, repeatAttributes, repeatShape, tile } from './repeat.ts';

export const repeatLayer = movingLayer(repeat, repeatAttributes, 'any', repeatShape);
export const tileLayer = movingLayer(tile, repeatAttributes, 'any', repeatShape);
