import * as z from 'zod';
import { extent } from '../../../numeric/extent.ts';
import { f32, roundHalfEven } from '../../../numeric/rounding.ts';
import { elements, narrowest, tensor } from '../../../numeric/tensor.ts';
import { concat } from '../../concat/concat.ts';
import { defineLayer } from '../../layer.ts';
import { narrowTerm, scaled } from '../lowered.ts';
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

  lower({ name, tensors }, [x], to) {
    const tokens = narrowTerm(name, x, to);
    const scale = tokens.scale[0]!;
    const integers = Array.from(tensors.token!.data, (value) => roundHalfEven(f32(f32(value) / scale)));
    const { low, high } = extent(integers);
    const dtype = narrowest(low, high);
    if (dtype === undefined) throw new RangeError(`a class token of up to ${Math.max(-low, high)} steps of ${scale}`);
    const token = to.constant(`${name}.token`, tensor({ dtype, shape: [1, 1, integers.length] }, integers));
    const { value, type } = to.call(name, { operator: concat.name, operands: [token, tokens.value], attributes: { axis: 1 } });
    return scaled(value, type, scale, Math.max(-low, high, tokens.limit[0]!));
  },

  real: noReals,
});
