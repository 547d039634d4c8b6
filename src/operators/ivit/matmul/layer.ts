import * as z from 'zod';
import { f32 } from '../../../numeric/rounding.ts';
import { defineLayer } from '../../layer.ts';
import { matmul, matmulShape } from '../../matmul/matmul.ts';
import { narrowTerm, scaled } from '../lowered.ts';
import { noReals } from '../reals.ts';

/** QuantMatMul and the factor by which attention multiplies its result: head_dim^-0.5 behind Q times K transposed, else 1. */
export const matmulLayer = defineLayer({
  kind: 'ivit-matmul',
  attributes: z.object({ transpose: z.boolean(), factor: z.number().positive() }),
  required: [],
  optional: [],
  arity: [2, 2],
  shape: ({ attributes: { transpose } }, [a, b]) => matmulShape({ transpose }, a!, b!),

  lower({ name, attributes: { transpose, factor } }, [x, y], to) {
    const a = narrowTerm(name, x, to);
    const b = narrowTerm(name, y!, to);
    const { value, type } = to.call(name, { operator: matmul.name, operands: [a.value, b.value], attributes: { transpose } });
    const limit = a.type.shape.at(-1)! * a.limit[0]! * b.limit[0]!;
    return scaled(value, type, f32(a.scale[0]! * b.scale[0]!) * f32(factor), limit);
  },

  real: noReals,
});
