import * as z from 'zod';
import { clamp, divideRoundHalfEven } from '../../numeric/rounding.ts';
import { elements, sameShape } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { channelOf, channelView, checkChannels, clampAttributes, clampedType, entry, prove64, sliceElementwise } from './channels.ts';

/** An add and its quantiser: every term has its own multiplier, and the sum is rounded once (docs/numbers.md, Sums). */
export const dyadicSum = defineOperator({
  name: 'dyadic-sum',
  formula: 'y = clamp(rne((sum over terms t of x_t * M[c,t] + B[c]) / 2^E[c]), lo, hi), in 64 bits; c along the axis',
  operands: ['first', 'M', 'B', 'E', 'others...'],
  attributes: z.object(clampAttributes),
  epilogue: true,

  result(attributes, [first, m, b, e, ...others]) {
    checkChannels([m.shape[0] ?? 0, elements(b.shape), elements(e.shape)]);
    if (others.some(({ shape }) => !sameShape(shape, first.shape))) {
      throw new RangeError(`terms of shapes ${[first, ...others].map(({ shape }) => `[${shape.join(', ')}]`).join(' and ')} do not add`);
    }
    if (m.shape[1] !== others.length + 1) throw new RangeError(`${m.shape[1]} multipliers do not fit ${others.length + 1} terms`);
    return clampedType(attributes, first.shape);
  },

  range({ lo, hi }, [first, m, b, e, ...others]) {
    const terms = others.length + 1;
    const products = [first, ...others].map((value, t) => ({ value, multiplier: (c: number) => entry(m)(c * terms + t) }));
    prove64(products, elements(b.type.shape), (c) => Math.abs(entry(b)(c)) + 2 ** (entry(e)(c) - 1));
    return { low: lo, high: hi };
  },

  slice(attributes, [first, , b, , ...others], _, input) {
    const constant = { axis: attributes.axis, channels: elements(b.shape) };
    return sliceElementwise(attributes, first.shape, input, [
      'tensor',
      constant,
      constant,
      constant,
      ...others.map(() => 'tensor' as const),
    ]);
  },

  kernel({ axis, lo, hi }, [first, , b, , ...others], result) {
    const { outer, channels, inner } = channelView(first.shape, axis, elements(b.shape));
    return [
      {
        function: `bw_dyadic_sum_${result.dtype}`,
        arguments: [
          { struct: 'bw_channels', fields: { outer, channels, inner, lo, hi } },
          { name: 'terms', int: others.length + 1 },
          { views: [0, ...others.map((_other, index) => index + 4)] },
          { operand: 1 },
          { operand: 2 },
          { operand: 3 },
          { result: true },
        ],
      },
    ];
  },

  evaluate({ axis, lo, hi }, [first, m, b, e, ...others], y) {
    const terms = [first, ...others];
    const channel = channelOf(first.type.shape, axis, b.data.length);
    for (let position = 0; position < y.data.length; position++) {
      const c = channel(position);
      const wide = terms.reduce(
        (sum, term, t) => sum + BigInt(term.data[position]!) * BigInt(m.data[c * terms.length + t]!),
        BigInt(b.data[c]!),
      );
      y.data[position] = clamp(Number(divideRoundHalfEven(wide, 1n << BigInt(e.data[c]!))), lo, hi);
    }
  },
});
