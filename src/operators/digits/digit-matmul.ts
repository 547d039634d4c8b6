import { dtypes, elements, tensor } from '../../numeric/tensor.ts';
import { defineOperator, type Known } from '../../program/operator.ts';
import { matmul, matmulShape } from '../matmul/matmul.ts';
import { digits, digitsAttributes } from './digits.ts';

const asStored = { transpose: false } as const;

/** What the digits were made of, where that is known. */
const undone = ({ type, origin }: Known): Known => origin ?? { type, range: dtypes[type.dtype] };

/** A product of two activations, the left one kept in digits. */
export const digitMatmul = defineOperator({
  name: 'digit-matmul',
  formula: 'y[..., i, j] = sum over k of (a[..., i, k] xor mask) * b[..., k, j]',
  operands: ['a', 'b'],
  attributes: digitsAttributes,
  epilogue: false,

  result(attributes, [a, b]) {
    if (b.dtype !== 'i8') throw new RangeError(`digits times ${b.dtype}, expected i8`);
    return { dtype: 'i32', shape: matmulShape(asStored, digits.result(attributes, [a]).shape, b.shape) };
  },

  range: (_, [a, b]) => matmul.range(asStored, [undone(a), b]),
  macs: (_, [a, b], result) => matmul.macs!(asStored, [a, b], result),

  slice(attributes, [a, b], result, input) {
    const slicing = matmul.slice!(asStored, [a, b], result, input);
    return slicing && { ...slicing, attributes };
  },

  kernel({ mask }, [a, b]) {
    const [rows, depth] = a.shape.slice(-2) as [number, number];
    return [
      {
        function: `bw_digit_matmul_${a.dtype}`,
        arguments: [
          { struct: 'bw_matmul', fields: { batch: elements(a.shape.slice(0, -2)), rows, depth, columns: b.shape.at(-1)!, transpose: 0 } },
          { name: 'mask', int: mask },
          { operand: 0 },
          { operand: 1 },
          { result: true },
        ],
      },
    ];
  },

  evaluate(attributes, [a, b], y) {
    const made = tensor(a.type);
    digits.evaluate(attributes, [a], made);
    matmul.evaluate(asStored, [made, b], y);
  },
});
