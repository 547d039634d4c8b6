import * as z from 'zod';
import { defineLayer, type Meaning } from '../layer.ts';
import { accumulatorMeaning, foldCounts, needsQuantiser, perChannel } from '../meaning.ts';
import { moveReal } from '../real.ts';
import { concat, concatShape } from './concat.ts';

/** Integers of different scales lie beside each other in one tensor: its meaning then has a scale per channel. */
export const concatLayer = defineLayer({
  kind: 'concat',
  attributes: z.object({ axis: z.int().nonnegative() }),
  required: [],
  optional: [],
  arity: [1, 64],
  shape: ({ attributes: { axis } }, inputs) => concatShape(axis, inputs),

  lower({ name, attributes }, inputs, to): Meaning {
    const { axis } = attributes;
    const parts = inputs.map((input, index) => {
      if (input.source !== undefined) throw needsQuantiser(name, 'a float input');
      const part = foldCounts(name, to.settle(`${name}~${index + 1}`, input));
      const channels = Math.max(part.terms[0].scale.length, part.offset.length);
      if (channels > 1 && part.axis !== axis) throw needsQuantiser(name, 'channels with scales of their own along another axis');
      return part;
    });
    const operands = parts.map((part) => part.terms[0].value);
    const { value, type } = to.call(name, { operator: concat.name, operands, attributes });
    const join = (list: (part: Meaning) => readonly number[]): number[] => {
      const all = parts.flatMap((part) => perChannel(list(part), part.shape[axis]!));
      return all.every((entry) => entry === all[0]) ? [all[0]!] : all;
    };
    const scale = join((part) => part.terms[0].scale);
    const limit = join((part) => part.terms[0].limit);
    return { ...accumulatorMeaning({ value, type, scale, limit }, axis), offset: join((part) => part.offset) };
  },

  real: ({ attributes }, inputs) =>
    moveReal(
      concat,
      attributes,
      inputs,
      concatShape(
        attributes.axis,
        inputs.map(({ shape }) => shape),
      ),
      0,
    ),
});
