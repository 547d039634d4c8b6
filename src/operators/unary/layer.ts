import * as z from 'zod';
import { BadInput } from '../../errors.ts';
import { unaryFunctions } from '../../numeric/functions.ts';
import { defineLayer, type Meaning } from '../layer.ts';
import { needsQuantiser } from '../meaning.ts';
import { real } from '../real.ts';

/** A nonlinearity only changes what the integers mean; the quantiser behind it makes a table or a staircase of both. */
export const unaryLayer = defineLayer({
  kind: 'unary',
  attributes: z.object({ function: z.enum(Object.keys(unaryFunctions) as [string, ...string[]]) }),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: (_, [input]) => input!,

  lower({ name, attributes }, [x], to): Meaning {
    const own = unaryFunctions[attributes.function]!;
    if (x.source !== undefined) throw needsQuantiser(name, 'a float input');
    if (x.unary !== undefined) throw needsQuantiser(name, 'the result of another nonlinearity that nothing has rounded');
    const changesPlaces = x.pending.every(
      ({ commutes }) =>
        commutes === 'any' || (commutes === 'increasing' && own.increasing) || (commutes === 'keeps zero' && own.evaluate(0) === 0),
    );
    const settled = changesPlaces ? x : to.settle(`${name}~in`, x);
    if (settled.counts && settled.counts.data.length > 1) {
      throw new BadInput({
        where: `layer ${name}`,
        found: 'a nonlinearity behind an average pool whose windows have different sizes',
        expected: 'quantised values',
        remedy: 'put a QuantIdentity behind the pool',
      });
    }
    return { ...settled, unary: attributes.function };
  },

  real({ attributes }, [x]) {
    const { evaluate } = unaryFunctions[attributes.function]!;
    return real(
      x.shape,
      (position) => evaluate(x.values[position]!),
      (position) => 1.2 * x.bracket[position]! + Math.abs(evaluate(x.values[position]!)),
    );
  },
});
