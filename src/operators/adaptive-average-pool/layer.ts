import * as z from 'zod';
import type { Shape } from '../../numeric/tensor.ts';
import { poolCounts } from '../average-pool/counts.ts';
import { averageReal, sumWindows } from '../average-pool/layer.ts';
import { defineLayer } from '../layer.ts';
import { spatial } from '../window.ts';

const adaptiveAttributes = z.object({ output: spatial });

/** Windows of one size side by side; a RangeError where the output does not divide the input. */
function equalWindows(output: readonly number[], shape: Shape) {
  const sizes = shape.slice(2);
  if (sizes.length !== output.length || sizes.some((size, axis) => size % output[axis]! !== 0)) {
    throw new RangeError(`[${shape.join(', ')}] does not fall into [${output.join(', ')}] windows of one size`);
  }
  const kernel = sizes.map((size, axis) => size / output[axis]!);
  return { kernel, stride: kernel, padding: kernel.flatMap(() => [0, 0]), ceil: false, countPadding: true };
}

/** An average pool that is told how many windows to make of each axis: one is the mean of a whole map. */
export const adaptiveAveragePoolLayer = defineLayer({
  kind: 'adaptive-average-pool',
  attributes: adaptiveAttributes,
  required: [],
  optional: [],
  arity: [1, 1],
  shape({ attributes: { output } }, [input]) {
    equalWindows(output, input!);
    return [...input!.slice(0, 2), ...output];
  },
  lower({ name, attributes: { output } }, [x], to) {
    const settled = to.settle(`${name}~in`, x);
    const windows = equalWindows(output, settled.shape);
    return sumWindows(name, settled, windows, poolCounts(settled.shape, windows), to);
  },
  real: ({ attributes: { output } }, [x]) => averageReal(x, equalWindows(output, x.shape)),
});
