import { movingLayer } from '../moving-layer.ts';
import { pad, padAttributes, padShape } from './pad.ts';

export const padLayer = movingLayer(pad, padAttributes, 'keeps zero', padShape);
