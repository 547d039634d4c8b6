import { type Shape, type Tensor, tensor } from '../../numeric/tensor.ts';
import { type WindowAttributes, windowSizes } from '../window.ts';

/** Along one axis: how many positions the window at `i` covers, the border included where it counts (PyTorch, avg_pool2d). */
function covered(size: number, kernel: number, after: number, start: number, countPadding: boolean): number {
  const end = Math.min(start + kernel, size + after);
  return countPadding ? end - start : Math.min(end, size) - Math.max(start, 0);
}

/** The divisor of an average pool at every position: i32 [1] when all are equal, else with the shape of the last axes. */
export function poolCounts(shape: Shape, attributes: WindowAttributes & { ceil: boolean; countPadding: boolean }): Tensor {
  const { kernel, stride, padding, ceil, countPadding } = attributes;
  const sizes = windowSizes(shape, attributes, ceil);
  const along = sizes.map((positions, axis) =>
    Array.from({ length: positions }, (_, i) => {
      const before = padding[axis]!;
      return covered(shape[axis + 2]!, kernel[axis]!, padding[axis + sizes.length]!, i * stride[axis]! - before, countPadding);
    }),
  );
  const counts = along.reduce((products, axis) => products.flatMap((product) => axis.map((count) => product * count)), [1]);
  const uniform = counts.every((count) => count === counts[0]);
  return uniform ? tensor({ dtype: 'i32', shape: [1] }, [counts[0]!]) : tensor({ dtype: 'i32', shape: sizes }, counts);
}
