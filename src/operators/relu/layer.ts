import * as z from 'zod';
import { defineLayer } from '../layer.ts';
import { needsQuantiser } from '../meaning.ts';
import { real } from '../real.ts';

/** A ReLU only limits what the integers mean; the quantiser behind it clamps. */
export const reluLayer = defineLayer({
  kind: 'relu',
  attributes: z.object({}),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: (_, [input]) => input!,
  lower({ name }, [x]) {
    if (x.unary !== undefined) throw needsQuantiser(name, 'the result of another nonlinearity that nothing has rounded');
    return { ...x, floor: Math.max(x.floor, 0) };
  },
  real: (_, [x]) =>
    real(
      x.shape,
      (position) => Math.max(x.values[position]!, 0),
      (position) => x.bracket[position]!,
    ),
});
