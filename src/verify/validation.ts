import type { NumberArray, Tensor } from '../numeric/tensor.ts';
import type { Values } from './deployment.ts';
import { topK } from './top.ts';

/** Two computations of one picture. */
export interface PictureValidation {
  readonly name: string;
  /** The five first classes of each. */
  readonly found: readonly number[];
  readonly expected: readonly number[];
  /** Classes that are among the five first of both. */
  readonly overlap: number;
  readonly largestDifference: number;
  readonly meanDifference: number;
  /** Pearson's, of the logits. */
  readonly correlation: number;
  /** Of all tensors, not only the logits. */
  readonly elements: number;
  readonly mismatches: number;
  /** The first step that differs. */
  readonly first?: string;
}

export interface Validation {
  readonly pictures: readonly PictureValidation[];
  /** Share of pictures with the same first class. */
  readonly agreement: number;
  readonly meanOverlap: number;
  readonly meanCorrelation: number;
  /** What the older flow asked for: agreement of 80 % and a mean correlation above 0.9. */
  readonly similar: boolean;
  readonly elements: number;
  readonly mismatches: number;
  readonly equal: boolean;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Pearson's correlation; 1 for two equal vectors, even constant ones. */
export function correlation(a: NumberArray, b: NumberArray): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  if (left.every((value, at) => value === right[at])) return 1;
  const [meanLeft, meanRight] = [mean(left), mean(right)];
  let [product, squareLeft, squareRight] = [0, 0, 0];
  for (const [at, value] of left.entries()) {
    const [x, y] = [value - meanLeft, right[at]! - meanRight];
    product += x * y;
    squareLeft += x * x;
    squareRight += y * y;
  }
  return squareLeft * squareRight === 0 ? 0 : product / Math.sqrt(squareLeft * squareRight);
}

const differing = (a: Tensor, b: Tensor): number => {
  let count = 0;
  for (let at = 0; at < b.data.length; at++) if (a.data[at] !== b.data[at]) count++;
  return count + Math.abs(a.data.length - b.data.length);
};

/** Every tensor of `expected` against that of its name in `found`; the logits are the tensor `output`. */
export function validatePicture(name: string, output: string, found: Values, expected: Values): PictureValidation {
  const [logits, theirs] = [found.get(output)!.data, expected.get(output)!.data];
  const [ours, others] = [logits, theirs].map((data) => topK(data, 5).map(({ index }) => index)) as [number[], number[]];
  const differences = Array.from(logits, (value, at) => Math.abs(value - theirs[at]!));
  const counts = Array.from(expected, ([step, tensor]) => ({
    step,
    size: tensor.data.length,
    differ: differing(found.get(step)!, tensor),
  }));
  const first = counts.find(({ differ }) => differ > 0)?.step;
  return {
    name,
    found: ours,
    expected: others,
    overlap: ours.filter((index) => others.includes(index)).length,
    largestDifference: differences.reduce((largest, value) => Math.max(largest, value), 0),
    meanDifference: mean(differences),
    correlation: correlation(logits, theirs),
    elements: counts.reduce((sum, { size }) => sum + size, 0),
    mismatches: counts.reduce((sum, { differ }) => sum + differ, 0),
    ...(first === undefined ? {} : { first }),
  };
}

export function summarise(pictures: readonly PictureValidation[]): Validation {
  const agreement = mean(pictures.map(({ found, expected }) => Number(found[0] === expected[0])));
  const meanCorrelation = mean(pictures.map((picture) => picture.correlation));
  const mismatches = pictures.reduce((sum, picture) => sum + picture.mismatches, 0);
  return {
    pictures,
    agreement,
    meanOverlap: mean(pictures.map(({ overlap }) => overlap)),
    meanCorrelation,
    similar: agreement >= 0.8 && meanCorrelation > 0.9,
    elements: pictures.reduce((sum, { elements }) => sum + elements, 0),
    mismatches,
    equal: mismatches === 0,
  };
}
