import * as z from 'zod';
import { elements } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { denseMove, moveCall } from '../move.ts';
import { reshapedRegion, sizesOf } from '../regions.ts';

export const reshape = defineOperator({
  name: 'reshape',
  formula: 'the same elements in the same order under another shape',
  operands: ['input'],
  attributes: z.object({ shape: z.array(z.int().positive()) }),
  epilogue: true,
  result({ shape }, [x]) {
    if (elements(shape) !== elements(x.shape))
      throw new RangeError(`[${x.shape.join(', ')}] has not as many elements as [${shape.join(', ')}]`);
    return { dtype: x.dtype, shape };
  },
  range: (_, [x]) => x.range,
  /** Rows stay rows where the last axis keeps its size. */
  rowSum: ({ shape }, [x]) => (shape.at(-1) === x.type.shape.at(-1) ? (x.rowSum ?? Infinity) : Infinity),
  /** Parts stay parts when the axes before the cut are all 1 on both sides: then every part is a contiguous stretch. */
  slice({ shape }, [x], _, input) {
    const axis = shape.findIndex((size) => size > 1);
    const contiguous = input && elements(x.shape.slice(0, input.axis)) === 1;
    if (!input || !contiguous || axis < 0 || shape[axis]! % input.count !== 0) return undefined;
    const part = shape.map((size, at) => (at === axis ? size / input.count : size));
    return { cut: { axis, count: input.count }, operands: [input.axis], attributes: { shape: part } };
  },
  needs(_, [x], y, region) {
    const own = reshapedRegion(region, x.shape, y.shape);
    return own && { operands: [own], attributes: { shape: [...sizesOf(region)] } };
  },
  stretch: () => 0,
  kernel: (_, [x]) => [moveCall(denseMove([elements(x.shape)], [elements(x.shape)]), 0, x.dtype, x.dtype)],
  evaluate(_, [x], y) {
    y.data.set(x.data);
  },
});
