import * as z from 'zod';
import { elements, type Shape } from '../../numeric/tensor.ts';
import type { KernelArgument } from '../../program/operator.ts';

/** Axes that become one value; `keep` leaves each as an axis of size 1. */
export const reductionAttributes = z.object({ axes: z.array(z.int().nonnegative()).min(1), keep: z.boolean() });
export type Reduction = z.infer<typeof reductionAttributes>;

export const reducedShape = ({ axes, keep }: Reduction, shape: Shape): Shape =>
  keep ? shape.map((size, axis) => (axes.includes(axis) ? 1 : size)) : shape.filter((_, axis) => !axes.includes(axis));

/** Neighbouring axes count as one: `outer` blocks of `size` slices of `inner` elements. A RangeError where others stand between them. */
export function reducedBlocks(
  { axes }: Reduction,
  shape: Shape,
): { readonly outer: number; readonly size: number; readonly inner: number } {
  const first = Math.min(...axes);
  const last = Math.max(...axes);
  if (last - first !== new Set(axes).size - 1 || last >= shape.length) {
    throw new RangeError(`axes ${axes.join(', ')} of [${shape.join(', ')}], which do not stand beside each other`);
  }
  return { outer: elements(shape.slice(0, first)), size: elements(shape.slice(first, last + 1)), inner: elements(shape.slice(last + 1)) };
}

/** The same as the first arguments of a C function. */
export function blockArguments(reduction: Reduction, shape: Shape): KernelArgument[] {
  const { outer, size, inner } = reducedBlocks(reduction, shape);
  return [
    { name: 'outer', int: outer },
    { name: 'size', int: size },
    { name: 'inner', int: inner },
  ];
}

/** Calls `reduce` with the positions of the elements that make each element of the result. */
export function overBlocks(
  reduction: Reduction,
  shape: Shape,
  reduce: (position: number, first: number, step: number, size: number) => void,
): void {
  const { outer, size, inner } = reducedBlocks(reduction, shape);
  for (let position = 0; position < outer * inner; position++) {
    reduce(position, Math.floor(position / inner) * size * inner + (position % inner), inner, size);
  }
}
