import { along, dtypes, type Tensor } from '../numeric/tensor.ts';

/** One element that is not what it should be. */
export interface Difference {
  readonly index: readonly number[];
  readonly found: number;
  readonly expected: number;
}

export interface Comparison {
  readonly elements: number;
  readonly mismatches: number;
  /** The largest |found - expected|; Infinity where one of them is no number. */
  readonly maxDifference: number;
  /** In row-major order. */
  readonly first?: Difference;
}

/** Compares element by element, floats bit for bit. The shapes must be equal. */
export function compareTensors(found: Tensor, expected: Tensor): Comparison {
  let mismatches = 0;
  let maxDifference = 0;
  let first = -1;
  for (let position = 0; position < expected.data.length; position++) {
    const [a, b] = [found.data[position]!, expected.data[position]!];
    if (Object.is(a, b)) continue;
    mismatches += 1;
    if (first < 0) first = position;
    const difference = Math.abs(a - b);
    maxDifference = Math.max(maxDifference, Number.isNaN(difference) ? Infinity : difference);
  }
  const size = expected.data.length;
  if (first < 0) return { elements: size, mismatches, maxDifference };
  const at = { index: indexOf(first, expected), found: found.data[first]!, expected: expected.data[first]! };
  return { elements: size, mismatches, maxDifference, first: at };
}

/** The index along every axis of the element at a row-major position. */
export const indexOf = (position: number, { type: { shape } }: Tensor): number[] =>
  shape.map((size, axis) => Math.floor(position / along(shape, axis).inner) % size);

/** The least and greatest element. */
export function extremes({ data }: Tensor): { readonly min: number; readonly max: number } {
  let [min, max] = [Infinity, -Infinity];
  for (const value of data) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  return { min, max };
}

export const isFloat = ({ type }: Tensor): boolean => dtypes[type.dtype].low === -Infinity;
