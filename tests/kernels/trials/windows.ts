import { dtypes } from '../../../src/numeric/tensor.ts';
import type { Trial } from '../harness.ts';
import { activations, integers, type Operand, product, single, weights } from './trial.ts';

const windows = [
  { shape: [1, 3, 9, 11], kernel: [3, 3], stride: [1, 1], padding: [1, 1, 1, 1] },
  { shape: [2, 2, 7, 5], kernel: [2, 3], stride: [2, 2], padding: [0, 1, 1, 0] },
  { shape: [1, 4, 5, 6], kernel: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
  { shape: [1, 2, 6, 6], kernel: [5, 5], stride: [3, 2], padding: [2, 2, 2, 2] },
  { shape: [1, 2, 19], kernel: [4], stride: [1], padding: [3, 0] },
  { shape: [1, 1, 1, 1], kernel: [1, 1], stride: [1, 1], padding: [0, 0, 0, 0] },
] as const;

/** Windows that lie in the border entirely: only where a sum may be empty. */
const farBorder = { shape: [1, 2, 2, 1], kernel: [2, 1], stride: [3, 3], padding: [4, 4, 5, 5] } as const;

export const convolutions = [...windows, farBorder].flatMap(({ shape, kernel, stride, padding }) =>
  product(activations, [1, shape[1]]).flatMap(([dtype, groups]): Trial[] => {
    const x: Operand = { dtype, shape };
    const outputs = groups * 2;
    return [single('convolution', { stride, padding, groups }, x, weights([outputs, shape[1] / groups, ...kernel]))];
  }),
);

export const pools = product(['max-pool', 'window-sum'], integers).flatMap(([operator, dtype]) =>
  windows.map(({ shape, kernel, stride, padding }) => {
    const few = { low: Math.max(dtypes[dtype].low, -(2 ** 26)), high: Math.min(dtypes[dtype].high, 2 ** 26) };
    return single(operator, { kernel, stride, padding, ceil: true }, { dtype, shape, range: few });
  }),
);
