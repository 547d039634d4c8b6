import * as z from 'zod';
import { elements, type TensorType } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { constantSums } from '../ranges.ts';
import { border, fillWindows, outSizes, overWindow, spatial, windowFields, windowOf, windowSizes } from '../window.ts';

export const convolutionAttributes = z.object({ stride: spatial, padding: border, groups: z.int().positive() });
type Convolution = z.infer<typeof convolutionAttributes>;

const windowAttributes = ({ stride, padding }: Convolution, weights: TensorType) => ({ kernel: weights.shape.slice(2), stride, padding });

export const convolution = defineOperator({
  name: 'convolution',
  formula:
    'y[n,o,i,j] = sum over c,u,v of x[n, g(o)+c, i*s0+u-top, j*s1+v-left] * w[o,c,u,v]; x is 0 outside, g(o) the first channel of its group',
  operands: ['input', 'weights'],
  attributes: convolutionAttributes,
  epilogue: false,

  result(attributes, [x, w]) {
    const [outputs = 0, depth = 0] = w.shape;
    if (depth * attributes.groups !== x.shape[1] || outputs % attributes.groups !== 0) {
      throw new RangeError(`weights [${w.shape.join(', ')}] in ${attributes.groups} groups do not fit ${x.shape[1]} channels`);
    }
    return { dtype: 'i32', shape: [x.shape[0]!, outputs, ...windowSizes(x.shape, windowAttributes(attributes, w))] };
  },

  range: (_, [x, w]) => constantSums(x, w),
  macs: (_, [, w], result) => elements(result.shape) * elements(w.shape.slice(1)),

  /** A 1x1 convolution is a product of matrices: weights times the image's positions. */
  contraction({ stride, padding, groups }, [x, w]) {
    const [outputs = 1, depth = 1, ...kernel] = w.shape;
    const pointwise = [...kernel, ...stride, groups].every((size) => size === 1) && padding.every((size) => size === 0);
    return pointwise ? { rows: outputs, depth, columns: elements(x.shape.slice(2)), batch: x.shape[0]!, left: 1, right: 0 } : undefined;
  },

  /** One output channel after the other, or one group: then the input falls into groups too. */
  slice(attributes, [x, w]) {
    if (x.shape[0] !== 1) return undefined;
    const { groups } = attributes;
    if (groups === 1) return { cut: { axis: 1, count: w.shape[0]! }, operands: [null, 0], attributes };
    return { cut: { axis: 1, count: groups }, operands: [1, 0], attributes: { ...attributes, groups: 1 } };
  },

  kernel(attributes, [x, w], result) {
    const window = windowOf(x.shape, windowAttributes(attributes, w), outSizes(result));
    const fields = { ...windowFields(window), outputs: w.shape[0]!, groups: attributes.groups };
    return [
      {
        function: `bw_convolution_${x.dtype}`,
        arguments: [{ struct: 'bw_convolution', fields }, { operand: 0 }, { operand: 1 }, { result: true }],
      },
    ];
  },

  evaluate(attributes, [x, w], y) {
    const [outputs = 1, depth = 1] = w.type.shape;
    const window = windowOf(x.type.shape, windowAttributes(attributes, w.type), outSizes(y.type));
    const taps = window.kernelHeight * window.kernelWidth;
    fillWindows(y, window, outputs, (n, o, i, j) => {
      const first = Math.floor(o / (outputs / attributes.groups)) * depth;
      let sum = 0;
      for (let c = 0; c < depth; c++) {
        overWindow(window, n, first + c, i, j, (position, u, v) => {
          sum += x.data[position]! * w.data[(o * depth + c) * taps + u * window.kernelWidth + v]!;
        });
      }
      return sum;
    });
  },
});
