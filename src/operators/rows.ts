import { elements, type Shape } from '../numeric/tensor.ts';
import type { Cut, Slicing } from '../program/operator.ts';

/** The rows along the last axis. */
export const rowsOf = (shape: Shape): { readonly rows: number; readonly columns: number } => ({
  rows: elements(shape.slice(0, -1)),
  columns: shape.at(-1) ?? 1,
});

/** How a call that works on whole rows falls into parts: along any axis but the last. The other operands are needed whole. */
export function sliceRows<A extends Slicing['attributes']>(
  attributes: A,
  shape: Shape,
  input: Cut | null,
  others: number,
): Slicing | undefined {
  const first = shape.findIndex((size) => size > 1);
  const cut = input ?? { axis: Math.max(first, 0), count: shape[Math.max(first, 0)] ?? 1 };
  if (cut.axis >= shape.length - 1) return undefined;
  return { cut, operands: [cut.axis, ...Array.from({ length: others }, () => null)], attributes };
}
