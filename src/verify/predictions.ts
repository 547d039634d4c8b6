import type { NumberArray } from '../numeric/tensor.ts';
import { topK } from './top.ts';

const first = 5;
/** The older flow called five first classes alike when so many are shared. */
const enough = 3;

/** The classes with the five largest logits. */
export const firstClasses = (logits: NumberArray): readonly number[] => topK(logits, first).map(({ index }) => index);

/** What two computations see first in some pictures. */
export interface PredictionAgreement {
  /** Share of pictures with the same first class. */
  readonly top1: number;
  /** How many of the five first classes are shared, on average; and the share of pictures with three or more of them. */
  readonly meanOverlap: number;
  readonly atLeastThree: number;
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / Math.max(values.length, 1);

export function agreementOf(
  pictures: readonly { readonly found: readonly number[]; readonly expected: readonly number[] }[],
): PredictionAgreement {
  const shared = pictures.map(({ found, expected }) => found.filter((index) => expected.includes(index)).length);
  return {
    top1: mean(pictures.map(({ found, expected }) => Number(found[0] === expected[0]))),
    meanOverlap: mean(shared),
    atLeastThree: mean(shared.map((count) => Number(count >= enough))),
  };
}
