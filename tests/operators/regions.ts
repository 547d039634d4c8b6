import { type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';
import { slice } from '../../src/operators/slice/slice.ts';
import type { Region } from '../../src/program/operator.ts';
import type { Draw } from '../engine/programs.ts';

/** The elements of a region. */
export const select = (from: Tensor, region: Region): Tensor =>
  region.reduce((x, span, axis) => {
    const y = tensor({ dtype: x.type.dtype, shape: x.type.shape.with(axis, span.size) });
    slice.evaluate({ axis, ...span }, [x], y);
    return y;
  }, from);

/** A region of a shape, whole along some axes. */
export const drawRegion = (draw: Draw, shape: Shape): Region =>
  shape.map((size) => {
    const step = draw.pick([1, 1, 2]);
    const chosen = draw.pick([size, size, draw.between(1, Math.ceil(size / step))]);
    return chosen === size ? { start: 0, size, step: 1 } : { start: draw.between(0, size - (chosen - 1) * step - 1), size: chosen, step };
  });
