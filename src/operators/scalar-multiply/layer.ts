import * as z from 'zod';
import { defineLayer, type Term } from '../layer.ts';
import { needsQuantiser } from '../meaning.ts';
import { real } from '../real.ts';

/** A multiplication by a number of the model, such as 1 / sqrt(d) in front of a softmax: it only changes what the integers mean. */
export const scalarMultiplyLayer = defineLayer({
  kind: 'scalar-multiply',
  attributes: z.object({ factor: z.number().refine((factor) => Number.isFinite(factor) && factor !== 0, 'not 0') }),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: (_, [x]) => x!,

  lower({ name, attributes: { factor } }, [x], to) {
    if (x.source !== undefined) throw needsQuantiser(name, 'a float input');
    const keepsOrder = factor > 0 || x.pending.every(({ commutes }) => commutes !== 'increasing');
    const keepsFloor = x.floor === -Infinity || factor > 0;
    const settled = x.unary === undefined && keepsOrder && keepsFloor ? x : to.settle(`${name}~in`, x);
    const times = (values: readonly number[]): readonly number[] => values.map((value) => value * factor);
    const [first, ...others] = settled.terms.map((term): Term => ({ ...term, scale: times(term.scale) }));
    const floor = settled.floor === -Infinity ? -Infinity : settled.floor * factor;
    const { round: _round, constant: _constant, ...rest } = settled;
    return { ...rest, terms: [first!, ...others], offset: times(settled.offset), floor };
  },

  real: ({ attributes: { factor } }, [x]) =>
    real(
      x.shape,
      (position) => x.values[position]! * factor,
      (position) => x.bracket[position]! * Math.abs(factor),
    ),
});
