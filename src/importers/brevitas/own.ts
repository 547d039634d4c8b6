import * as z from 'zod';
import { defineModule } from '../module.ts';

/** Layers of the Python package bitwright.nn that no framework has. */
export const own = [
  defineModule({
    classes: ['Parameter'],
    becomes: 'constant',
    fields: z.object({ scale: z.number().positive() }),
    refuses: [],
    layers: ({ name, tensors }, { scale }) => [{ name, kind: 'constant', inputs: [], attributes: { scale }, tensors }],
  }),
  defineModule({
    classes: ['Rope'],
    becomes: 'rope',
    fields: z.object({ interleaved: z.boolean() }),
    refuses: [],
    layers: ({ name, inputs, tensors }, { interleaved }) => [{ name, kind: 'rope', inputs, attributes: { interleaved }, tensors }],
  }),
];
