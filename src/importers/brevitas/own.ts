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
  defineModule({
    classes: ['SelectiveScan'],
    becomes: 'selective-scan',
    fields: z.object({ state_scale: z.number().positive(), input_bits: z.int() }),
    refuses: [],
    layers: ({ name, inputs, tensors }, { state_scale: stateScale, input_bits: inputBits }) => [
      { name, kind: 'selective-scan', inputs, attributes: { stateScale, inputBits }, tensors },
    ],
  }),
];
