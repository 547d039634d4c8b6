import * as z from 'zod';
import { extent } from '../../numeric/extent.ts';
import { defineLayer } from '../layer.ts';
import { quantisedMeaning } from '../meaning.ts';
import { real } from '../real.ts';

/** Integers that do not come from the network's input: learned positions, learned queries. */
export const constantLayer = defineLayer({
  kind: 'constant',
  attributes: z.object({ scale: z.number().positive() }),
  required: ['value'],
  optional: [],
  arity: [0, 0],
  shape: ({ tensors }) => tensors.value!.type.shape,

  lower({ name, attributes: { scale }, tensors }, _, to) {
    const value = tensors.value!;
    const { low, high } = extent(value.data);
    return quantisedMeaning(to.constant(name, value), value.type, scale, Math.max(-low, high));
  },

  real({ attributes: { scale }, tensors }) {
    const { type, data } = tensors.value!;
    const at = (position: number): number => data[position]! * scale;
    return real(type.shape, at, (position) => Math.abs(at(position)));
  },
});
