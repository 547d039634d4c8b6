import * as z from 'zod';
import { dtypes } from '../../../numeric/tensor.ts';
import { defineLayer } from '../../layer.ts';
import { byteTerm, scaled, tooFine } from '../lowered.ts';
import { noReals } from '../reals.ts';
import { gelu, leavesGelu } from './gelu.ts';

/** About 1 / (1.702 * 511): below, some sigmoid times 128 is no integer of 16 bits. */
const leastScale = 0.00115;

/** IntGELU; the greatest value along the last axis enters every result. */
export const geluLayer = defineLayer({
  kind: 'ivit-gelu',
  attributes: z.object({}),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: (_, [x]) => x!,

  lower({ name }, [x], to) {
    const { value: input, scale: scales } = byteTerm(name, x, to);
    const [scale = 1] = scales;
    if (leavesGelu(scale, -dtypes.i8.low)) throw tooFine(name, 'the results leave 16 bits', scale, leastScale);
    const { value, type } = to.call(name, { operator: gelu.name, operands: [input], attributes: { scale } });
    return scaled(value, type, scale * 2 ** -7, dtypes[type.dtype].high);
  },

  real: noReals,
});
