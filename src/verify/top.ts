import type { NumberArray } from '../numeric/tensor.ts';

export interface Ranked {
  readonly index: number;
  readonly value: number;
}

/** The `count` largest elements, the largest first; of equal ones the first in the array. */
export function topK(data: NumberArray, count: number): Ranked[] {
  return Array.from(data, (value, index) => ({ index, value }))
    .sort((a, b) => b.value - a.value || a.index - b.index)
    .slice(0, count);
}
