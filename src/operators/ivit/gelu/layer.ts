import * as z from 'zod';
import { dtypes } from '../../../numeric/tensor.ts';
import { defineLayer } from '../../layer.ts';
import { byteTerm, scaled } from '../lowered.ts';
import { noReals } from '../reals.ts';
import { gelu } from './gelu.ts';

/** IntGELU; the greatest value along the last axis enters every result. */
export const geluLayer = defineLayer({
  kind: 'ivit-gelu',
  attributes: z.object({}),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: (_, [x]) => x!,

  lower({ name }, [x], to) {
    const { value: input, scale } = byteTerm(name, x, to);
    const { value, type } = to.call(name, { operator: gelu.name, operands: [input], attributes: { scale: scale[0]! } });
    return scaled(value, type, scale[0]! * 2 ** -7, dtypes[type.dtype].high);
  },

  real: noReals,
});
