import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import type { Attributes } from '../../numeric/attributes.ts';
import { defineModule, type ModuleRecord } from '../module.ts';

const layer = ({ name, inputs, tensors }: ModuleRecord, kind: string, attributes: Attributes): readonly Layer[] => [
  { name, kind, inputs, attributes, tensors },
];
const epsilon = z.number().nonnegative();
const count = z.int().positive();

/** The axes of `rank` with the last one and `axis` exchanged. */
const exchanged = (rank: number, axis: number): readonly number[] =>
  Array.from({ length: rank }, (_, at) => (at === axis ? rank - 1 : at === rank - 1 ? axis : at));

/** Softmax runs along the last axis: another one is brought there and back. */
function softmaxAlong({ name, inputs, shape }: ModuleRecord, axis: number): readonly Layer[] {
  const rank = shape.length;
  if (axis === rank - 1) return [{ name, kind: 'softmax', inputs, attributes: {}, tensors: {} }];
  const axes = exchanged(rank, axis);
  return [
    { name: `${name}.last`, kind: 'permute', inputs, attributes: { axes }, tensors: {} },
    { name: `${name}.softmax`, kind: 'softmax', inputs: [`${name}.last`], attributes: {}, tensors: {} },
    { name, kind: 'permute', inputs: [`${name}.softmax`], attributes: { axes }, tensors: {} },
  ];
}

export const norms = [
  defineModule({
    classes: ['LayerNorm'],
    becomes: 'layer-norm',
    fields: z.object({ axes: count, epsilon }),
    refuses: [],
    layers: (module, { axes, epsilon }) => layer(module, 'layer-norm', { axes, epsilon }),
  }),
  defineModule({
    classes: ['RMSNorm'],
    becomes: 'rms-norm',
    fields: z.object({ axes: count, epsilon }),
    refuses: [{ when: ({ axes }) => axes !== 1, reason: 'it normalises several axes', suggestion: 'normalise the last axis alone' }],
    layers: (module, { epsilon }) => layer(module, 'rms-norm', { epsilon }),
  }),
  defineModule({
    classes: ['GroupNorm'],
    becomes: 'group-norm',
    fields: z.object({ groups: count, epsilon }),
    refuses: [],
    layers: (module, { groups, epsilon }) => layer(module, 'group-norm', { groups, epsilon }),
  }),
  defineModule({
    classes: ['Softmax'],
    becomes: 'softmax',
    fields: z.object({ axis: z.int().nonnegative().nullable() }),
    refuses: [
      { when: ({ axis }) => axis === null, reason: 'it does not name its axis', suggestion: 'use dim=-1' },
      { when: ({ axis }) => axis === 0, reason: 'it runs over the batch', suggestion: 'use dim=-1' },
    ],
    layers: (module, { axis }) => softmaxAlong(module, axis!),
  }),
];
