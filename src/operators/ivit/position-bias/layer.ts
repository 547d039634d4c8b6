import * as z from 'zod';
import { type Shape, tensor } from '../../../numeric/tensor.ts';
import { defineLayer } from '../../layer.ts';
import { needsQuantiser } from '../../meaning.ts';
import { constantMeaning } from '../lowered.ts';
import { noReals } from '../reals.ts';

const biasShape = (table: Shape, index: Shape): Shape => [1, table[1]!, ...index];

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

  lower({ name, tensors }, [x], to) {
    const { constant: table, terms } = x;
    if (!table || terms[0].value === '') throw needsQuantiser(name, 'a table that is no quantised parameter');
    const index = tensors.index!;
    const heads = table.type.shape[1]!;
    const entries = Array.from({ length: heads * index.data.length }, (_, position) => {
      const at = index.data[position % index.data.length]!;
      return table.data[at * heads + Math.floor(position / index.data.length)]!;
    });
    const gathered = tensor({ dtype: table.type.dtype, shape: biasShape(table.type.shape, index.type.shape) }, entries);
    return constantMeaning(name, gathered, terms[0].scale[0]!, terms[0].limit[0]!, to);
  },

  real: noReals,
});
