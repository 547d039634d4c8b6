import { printType, type Tensor } from '../numeric/tensor.ts';
import { compareTensors, extremes } from './compare.ts';
import type { StepVerdict, Values } from './deployment.ts';

/** A tensor that the differing step reads, and whether it was right. */
export interface ReadTensor {
  readonly name: string;
  readonly type: string;
  readonly mismatches: number;
  readonly min: number;
  readonly max: number;
  /** The first elements of what was found. */
  readonly elements: readonly number[];
}

const shownElements = 12;

/** The inputs of the step that differs, as the machine had them and compared with the golden ones. */
export const readsOf = ({ reads, first }: StepVerdict, golden: readonly Values[], found: readonly Values[]): ReadTensor[] =>
  reads.map((name) => {
    const expected = golden[first!.sample]!.get(name)!;
    const tensor: Tensor = found[first!.sample]!.get(name) ?? expected;
    const { mismatches } = compareTensors(tensor, expected);
    return { name, type: printType(tensor.type), mismatches, ...extremes(tensor), elements: [...tensor.data.subarray(0, shownElements)] };
  });

/** One sentence: which step, which element, both values. */
export function sentenceOf({ step, first, mismatches, elements }: Pick<StepVerdict, 'step' | 'first' | 'mismatches' | 'elements'>): string {
  const { sample, index, found, expected } = first!;
  const place = `sample ${sample}, element [${index.join(', ')}]`;
  return `step ${step} is the first that differs: ${place} is ${found}, not ${expected} (${mismatches} of ${elements} elements differ)`;
}
