import { BadInput } from '../errors.ts';
import type { Tensor } from '../numeric/tensor.ts';
import type { GivenArray } from './samples.ts';
import { topK } from './top.ts';

export interface Accuracy {
  readonly samples: number;
  /** Samples whose largest output element is the label, and whose label is among the five largest. */
  readonly top1: number;
  readonly top5: number;
  /** Samples whose largest output element is the one that the source framework found, where its predictions are given. */
  readonly same?: number;
  /** The samples that are not classified as their label says. */
  readonly wrong: readonly { readonly sample: number; readonly label: number; readonly predicted: number }[];
}

/** One class for each sample; a BadInput names the file that has another number of them. */
export function classes({ where, array }: GivenArray, samples: number): readonly number[] {
  if (array.data.length === samples) return Array.from(array.data);
  throw new BadInput({
    where,
    found: `${array.data.length} classes`,
    expected: `one for each of ${samples} samples`,
    remedy: 'give the file that belongs to these samples',
  });
}

/** How often the outputs, one tensor for each sample, have their largest element where the labels say. */
export function accuracyOf(outputs: readonly Tensor[], labels: readonly number[], predictions?: readonly number[]): Accuracy {
  const ranks = outputs.map(({ data }) => topK(data, 5).map(({ index }) => index));
  const wrong = ranks.flatMap(([predicted], sample) =>
    predicted === labels[sample] ? [] : [{ sample, label: labels[sample]!, predicted: predicted! }],
  );
  return {
    samples: outputs.length,
    top1: outputs.length - wrong.length,
    top5: ranks.filter((rank, sample) => rank.includes(labels[sample]!)).length,
    ...(predictions && { same: ranks.filter(([predicted], sample) => predicted === predictions[sample]).length }),
    wrong,
  };
}
