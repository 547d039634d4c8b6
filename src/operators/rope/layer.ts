import { defineLayer, type Real } from '../layer.ts';
import { accumulatorMeaning, quantised } from '../meaning.ts';
import { forEachPair, largestTurn, rope, ropeAttributes, ropeBits, ropeShape } from './rope.ts';

/** Rotary position embedding of [..., positions, size]; `cos` and `sin` are i32 [positions, size / 2] in 2^-22. */
export const ropeLayer = defineLayer({
  kind: 'rope',
  attributes: ropeAttributes,
  required: ['cos', 'sin'],
  optional: [],
  arity: [1, 1],
  shape: ({ tensors: { cos, sin } }, [x]) => ropeShape(x!, cos!.type.shape, sin!.type.shape),

  lower({ name, attributes, tensors: { cos, sin } }, [x], to) {
    const { term } = quantised(name, x, to);
    const operands = [term.value, to.constant(`${name}.cos`, cos!), to.constant(`${name}.sin`, sin!)];
    const { value, type } = to.call(`${name}~turned`, { operator: rope.name, operands, attributes });
    const limit = term.limit[0]! * largestTurn(cos!, sin!);
    return accumulatorMeaning({ value, type, scale: [term.scale[0]! / 2 ** ropeBits], limit: [limit] }, 0);
  },

  real({ attributes, tensors: { cos, sin } }, [x]): Real {
    const [values, bracket] = [new Float64Array(x.values.length), new Float64Array(x.values.length)];
    forEachPair(attributes, x.shape, (even, odd, pair) => {
      const [c, s] = [cos!.data[pair]! / 2 ** ropeBits, sin!.data[pair]! / 2 ** ropeBits];
      values[even] = x.values[even]! * c - x.values[odd]! * s;
      values[odd] = x.values[even]! * s + x.values[odd]! * c;
      bracket[even] = x.bracket[even]! * Math.abs(c) + x.bracket[odd]! * Math.abs(s);
      bracket[odd] = x.bracket[even]! * Math.abs(s) + x.bracket[odd]! * Math.abs(c);
    });
    return { shape: x.shape, values, bracket };
  },
});
