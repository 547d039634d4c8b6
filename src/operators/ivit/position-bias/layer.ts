import * as z from 'zod';
import type { Shape } from '../../../numeric/tensor.ts';
import { defineLayer } from '../../layer.ts';
import { noReals } from '../reals.ts';

export const biasShape = (table: Shape, index: Shape): Shape => [1, table[1]!, ...index];

/** Gathers Swin's relative position bias from a quantised table [entries, heads]: y[0, h, i, j] = table[index[i, j], h], before the Program runs. */
export const positionBiasLayer = defineLayer({
  kind: 'ivit-position-bias',
  attributes: z.object({}),
  required: ['index'],
  optional: [],
  arity: [1, 1],
  shape({ tensors: { index } }, [table]) {
    if (table!.length !== 2 || index!.type.shape.length !== 2)
      throw new RangeError('a table [entries, heads] and an index [tokens, tokens] are needed');
    if (index!.data.some((entry) => entry < 0 || entry >= table![0]!))
      throw new RangeError(`the index leaves the table of ${table![0]} entries`);
    return biasShape(table!, index!.type.shape);
  },
  lower: () => {
    throw new Error('not lowered yet');
  },
  real: noReals,
});
