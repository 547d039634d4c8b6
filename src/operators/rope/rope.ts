import * as z from 'zod';
import { elements, type Shape, sameShape, type Tensor } from '../../numeric/tensor.ts';
import { defineOperator, type Known } from '../../program/operator.ts';
import { isWholeSpan, wholeSpan } from '../../program/regions.ts';
import { sliceRows } from '../rows.ts';

export const ropeAttributes = z.object({ interleaved: z.boolean() });
type Rope = z.infer<typeof ropeAttributes>;

/** The fraction bits of the tables of cosines and sines. */
export const ropeBits = 22;

/** x [..., positions, 2 * pairs] with tables [positions, pairs]. */
export function ropeShape(x: Shape, cos: Shape, sin: Shape): Shape {
  if (!sameShape(cos, sin) || !sameShape(x.slice(-2), [cos[0]!, 2 * cos[1]!])) {
    throw new RangeError(`tables of [${cos.join(', ')}] and [${sin.join(', ')}] do not fit [${x.join(', ')}]`);
  }
  return x;
}

/** Calls `visit` with the places of both elements of each pair in x, and the pair's place in the tables. */
export function forEachPair({ interleaved }: Rope, x: Shape, visit: (even: number, odd: number, pair: number) => void): void {
  const [positions, size] = x.slice(-2) as [number, number];
  const pairs = size / 2;
  for (let row = 0; row < elements(x) / size; row++) {
    for (let k = 0; k < pairs; k++) {
      const even = row * size + (interleaved ? 2 * k : k);
      visit(even, even + (interleaved ? 1 : pairs), (row % positions) * pairs + k);
    }
  }
}

/** The largest |cos| + |sin| of a pair, in 2^-22: the square root of 2 where they are those of one angle. */
export const largestTurn = (cos: Tensor, sin: Tensor): number =>
  Array.from(cos.data, (c, pair) => Math.abs(c) + Math.abs(sin.data[pair]!)).reduce((a, b) => Math.max(a, b), 0);

const turnOf = (cos: Known, sin: Known): number => {
  if (cos.constant && sin.constant) return largestTurn(cos.constant, sin.constant);
  return [cos, sin].reduce((sum, { range }) => sum + Math.max(-range.low, range.high), 0);
};

/** Rotary position embedding: each pair of elements turned by its position's angle. */
export const rope = defineOperator({
  name: 'rope',
  formula:
    'y_e = x_e * cos - x_o * sin, y_o = x_e * sin + x_o * cos, the tables in 2^-22; (e, o) are (2k, 2k + 1) where interleaved, else (k, k + pairs)',
  operands: ['x', 'cos', 'sin'],
  attributes: ropeAttributes,
  epilogue: true,
  result: (_, [x, cos, sin]) => ({ dtype: 'i32', shape: ropeShape(x.shape, cos.shape, sin.shape) }),

  /** 8-bit integers and the cosine and sine of one angle: below 128 * 2^22.5 = 2^29.5. */
  range(_, [x, cos, sin]) {
    const largest = Math.max(-x.range.low, x.range.high) * turnOf(cos, sin);
    return { low: -largest, high: largest };
  },

  macs: (_, _operands, result) => 2 * elements(result.shape),

  slice(attributes, [x], _, input) {
    const slicing = sliceRows(attributes, x.shape, input, 2);
    const along = slicing?.cut.axis === x.shape.length - 2 ? 0 : null;
    return slicing && { ...slicing, operands: [slicing.cut.axis, along, along] };
  },

  needs(attributes, [x, cos], _, region) {
    const [positions, own] = region.slice(-2);
    const table = [positions!, wholeSpan(cos.shape[1]!)];
    return isWholeSpan(own!, x.shape.at(-1)!) ? { operands: [region, table, table], attributes } : undefined;
  },

  kernel: ({ interleaved }, [x, cos]) => [
    {
      function: `bw_rope_${x.dtype}`,
      arguments: [
        {
          struct: 'bw_rope',
          fields: {
            outer: elements(x.shape.slice(0, -2)),
            positions: cos.shape[0]!,
            pairs: cos.shape[1]!,
            interleaved: interleaved ? 1 : 0,
          },
        },
        { operand: 0 },
        { operand: 1 },
        { operand: 2 },
        { result: true },
      ],
    },
  ],

  evaluate(attributes, [x, cos, sin], y) {
    forEachPair(attributes, x.type.shape, (even, odd, pair) => {
      const [c, s] = [cos.data[pair]!, sin.data[pair]!];
      y.data[even] = x.data[even]! * c - x.data[odd]! * s;
      y.data[odd] = x.data[even]! * s + x.data[odd]! * c;
    });
  },
});
