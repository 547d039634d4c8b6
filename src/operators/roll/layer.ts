import { movingLayer } from '../moving-layer.ts';
import { roll, rollAttributes, rollShape } from './roll.ts';

export const rollLayer = movingLayer(roll, rollAttributes, 'any', rollShape);
