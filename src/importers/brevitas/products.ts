import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import type { Attributes } from '../../numeric/attributes.ts';
import type { Shape } from '../../numeric/tensor.ts';
import { defineModule, type ModuleRecord } from '../module.ts';

const layer = ({ name, inputs }: ModuleRecord, kind: string, attributes: Attributes): readonly Layer[] => [
  { name, kind, inputs, attributes, tensors: {} },
];

/** Whether a factor has the result's shape, or that of its last axes. */
function repeatsLeading(own: Shape, shape: Shape): boolean {
  const inner = own.slice(own.findIndex((size) => size !== 1) >>> 0);
  return inner.every((size, at) => size === shape[shape.length - inner.length + at]);
}

/** Products of two activations, of an activation with a number, and with the waves of a Fourier transform. */
export const products = [
  defineModule({
    classes: ['matmul'],
    becomes: 'matmul',
    fields: z.unknown(),
    refuses: [
      {
        when: (_, { inputShapes }) => inputShapes.some((own) => own.length < 2),
        reason: 'it multiplies a vector',
        suggestion: 'use unsqueeze, so that both factors are matrices',
      },
    ],
    layers: (module) => layer(module, 'matmul', {}),
  }),
  defineModule({
    classes: ['multiply'],
    becomes: 'multiply',
    fields: z.unknown(),
    refuses: [
      {
        when: (_, { inputShapes, shape }) => inputShapes.some((own) => !repeatsLeading(own, shape)),
        reason: 'it broadcasts a factor along an inner axis',
        suggestion: 'give both factors the same shape',
      },
    ],
    layers: (module) => layer(module, 'multiply', {}),
  }),
  defineModule({
    classes: ['rfft'],
    becomes: 'rfft',
    fields: z.object({ part: z.enum(['magnitude', 'phase']) }),
    refuses: [],
    layers: (module, { part }) => layer(module, 'rfft', { part }),
  }),
  defineModule({
    classes: ['scale'],
    becomes: 'scalar-multiply',
    fields: z.object({ factor: z.union([z.number(), z.string()]) }),
    refuses: [
      {
        when: ({ factor }) => typeof factor === 'string' || factor === 0,
        reason: 'its factor is 0 or not finite',
        suggestion: 'multiply by a finite number other than 0',
      },
    ],
    layers: (module, { factor }) => layer(module, 'scalar-multiply', { factor }),
  }),
];
