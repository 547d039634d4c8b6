import * as z from 'zod';
import { elements } from '../../../numeric/tensor.ts';
import { defineLayer } from '../../layer.ts';
import { noReals } from '../reals.ts';

/** Puts the float class token in front of the tokens [1, tokens, channels]: the next QuantAct sees rne(token / scale), unclamped. */
export const classTokenLayer = defineLayer({
  kind: 'ivit-class-token',
  attributes: z.object({}),
  required: ['token'],
  optional: [],
  arity: [1, 1],
  shape({ tensors }, [x]) {
    const { shape } = tensors.token!.type;
    if (x!.length !== 3 || x![0] !== 1 || elements(shape) !== x![2]) {
      throw new RangeError(`a token of [${shape.join(', ')}] does not fit tokens of [${x!.join(', ')}]`);
    }
    return [1, x![1]! + 1, x![2]!];
  },
  lower: () => {
    throw new Error('not lowered yet');
  },
  real: noReals,
});
