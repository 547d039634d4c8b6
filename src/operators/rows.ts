import { elements, type Shape } from '../numeric/tensor.ts';
import type { Cut, Slicing } from '../program/operator.ts';

/** The rows along the last axis. */
export const rowsOf = (shape: Shape): { readonly rows: number; readonly columns: number } => ({
  rows: elements(shape.slice(0, -1)),
  columns: shape.at(-1) ?? 1,
});

/**
 * How a call that works on whole rows falls into parts: along any axis but the last, of rows that span several along one in front of these. The
 * other operands are needed whole.
 */
export function sliceRows<A extends Slicing['attributes']>(
  attributes: A,
  shape: Shape,
  input: Cut | null,
  others: number,
  length = shape.at(-1) ?? 1,
): Slicing | undefined {
  const first = shape.findIndex((size) => size > 1);
  const cut = input ?? { axis: Math.max(first, 0), count: shape[Math.max(first, 0)] ?? 1 };
  if (cut.axis >= shape.length - 1 || elements(shape.slice(cut.axis + 1)) % length !== 0) return undefined;
  return { cut, operands: [cut.axis, ...Array.from({ length: others }, () => null)], attributes };
}
