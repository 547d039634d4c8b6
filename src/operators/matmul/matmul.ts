import * as z from 'zod';
import { elements, type Shape, sameShape, type TensorType } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { wholeRegion } from '../regions.ts';

const matmulAttributes = z.object({ transpose: z.boolean() });
type Matmul = z.infer<typeof matmulAttributes>;

/** [..., rows, depth] and [..., depth, columns], or [..., columns, depth] when it is transposed. */
export function matmulShape({ transpose }: Matmul, a: Shape, b: Shape): Shape {
  const [depth, columns] = transpose ? [b.at(-1), b.at(-2)] : [b.at(-2), b.at(-1)];
  if (a.length < 2 || a.at(-1) !== depth || !sameShape(a.slice(0, -2), b.slice(0, -2))) {
    throw new RangeError(`matrices [${a.join(', ')}] and [${b.join(', ')}]${transpose ? ' transposed' : ''} do not multiply`);
  }
  return [...a.slice(0, -1), columns!];
}

const sizes = ({ transpose }: Matmul, a: TensorType, b: TensorType) => {
  const shape = matmulShape({ transpose }, a.shape, b.shape);
  return { batch: elements(shape.slice(0, -2)), rows: shape.at(-2)!, depth: a.shape.at(-1)!, columns: shape.at(-1)! };
};

/** A product of two activations, as attention has it. */
export const matmul = defineOperator({
  name: 'matmul',
  formula: 'y[..., i, j] = sum over k of a[..., i, k] * b[..., k, j], or * b[..., j, k] where transpose',
  operands: ['a', 'b'],
  attributes: matmulAttributes,
  epilogue: false,
  result: (attributes, [a, b]) => ({ dtype: 'i32', shape: matmulShape(attributes, a.shape, b.shape) }),

  range(_, [a, b]) {
    const products = [a.range.low, a.range.high].flatMap((x) => [b.range.low, b.range.high].map((y) => x * y));
    const depth = a.type.shape.at(-1)!;
    const bounded = (a.rowSum ?? Infinity) * Math.max(-b.range.low, b.range.high, 1);
    return { low: Math.max(Math.min(...products) * depth, -bounded), high: Math.min(Math.max(...products) * depth, bounded) };
  },

  macs: (_, [a], result) => elements(result.shape) * a.shape.at(-1)!,
  contraction: (attributes, [a, b]) => (attributes.transpose ? undefined : { ...sizes(attributes, a, b), left: 0, right: 1 }),

  /** One matrix after the other, or one row of the only one. */
  slice(attributes, [a]) {
    const axis = a.shape.findIndex((size) => size > 1);
    if (axis < 0 || axis >= a.shape.length - 1) return undefined;
    return { cut: { axis, count: a.shape[axis]! }, operands: [axis, axis < a.shape.length - 2 ? axis : null], attributes };
  },

  needs(attributes, [a], _, region) {
    const batch = region.slice(0, -2);
    const [rows, columns] = region.slice(-2);
    const depth = wholeRegion(a.shape).at(-1)!;
    const right = attributes.transpose ? [columns!, depth] : [depth, columns!];
    return {
      operands: [
        [...batch, rows!, depth],
        [...batch, ...right],
      ],
      attributes,
    };
  },

  kernel(attributes, [a, b]) {
    const { batch, rows, depth, columns } = sizes(attributes, a, b);
    return [
      {
        function: `bw_matmul_${a.dtype}_${b.dtype}`,
        arguments: [
          { struct: 'bw_matmul', fields: { batch, rows, depth, columns, transpose: attributes.transpose ? 1 : 0 } },
          { operand: 0 },
          { operand: 1 },
          { result: true },
        ],
      },
    ];
  },

  evaluate(attributes, [a, b], y) {
    const { rows, depth, columns } = sizes(attributes, a.type, b.type);
    const [along, across] = attributes.transpose ? [1, depth] : [columns, 1];
    for (let position = 0; position < y.data.length; position++) {
      const matrix = Math.floor(position / (rows * columns));
      const row = Math.floor(position / columns) * depth;
      const column = matrix * depth * columns + (position % columns) * across;
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += a.data[row + k]! * b.data[column + k * along]!;
      y.data[position] = sum;
    }
  },
});
