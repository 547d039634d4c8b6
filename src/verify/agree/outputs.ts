import { isFloat } from '../compare.ts';
import { topK } from '../top.ts';
import type { Exact } from './exact.ts';
import type { Integers } from './quantisers.ts';
import { allowance } from './tie.ts';

export interface OutputAgreement {
  readonly name: string;
  readonly values: number;
  /** Rung 2: logits further from the framework's than 8 * 2^-24 * bracket. A quantised output counts among the quantisers. */
  readonly failures: number;
  readonly maxDifference: number;
  /** The largest difference as a share of what is allowed. */
  readonly share: number;
  /** Rung 3: the largest difference of logits, and the samples whose first class, and whose first five in any order, are the same. */
  readonly endToEnd: { readonly maxDifference: number; readonly top1: number; readonly top5: number };
}

const sameClasses = (a: Integers['whole'], b: Integers['theirs'], count: number): boolean => {
  const expected = new Set(topK(b.data, count).map(({ index }) => index));
  return topK(a.data, count).every(({ index }) => expected.has(index));
};

/** Counts over all samples what the Program and the framework make of one output. */
export class OutputTally {
  readonly name: string;
  #values = 0;
  #failures = 0;
  #maxDifference = 0;
  #share = 0;
  #endToEnd = { maxDifference: 0, top1: 0, top5: 0 };

  constructor(name: string) {
    this.name = name;
  }

  add({ apart, whole, theirs }: Integers, exact: Exact): void {
    this.#values += theirs.data.length;
    const { maxDifference, top1, top5 } = this.#endToEnd;
    let worst = 0;
    if (isFloat(apart)) {
      const { bracket } = exact.value(this.name);
      for (let position = 0; position < theirs.data.length; position++) {
        const difference = Math.abs(apart.data[position]! - theirs.data[position]!);
        const allowed = allowance(bracket[position]!);
        if (!(difference <= allowed)) this.#failures += 1;
        this.#maxDifference = Math.max(this.#maxDifference, difference);
        if (difference > 0) this.#share = Math.max(this.#share, difference / allowed);
        worst = Math.max(worst, Math.abs(whole.data[position]! - theirs.data[position]!));
      }
    }
    this.#endToEnd = {
      maxDifference: Math.max(maxDifference, worst),
      top1: top1 + Number(sameClasses(whole, theirs, 1)),
      top5: top5 + Number(sameClasses(whole, theirs, 5)),
    };
  }

  row(): OutputAgreement {
    return {
      name: this.name,
      values: this.#values,
      failures: this.#failures,
      maxDifference: this.#maxDifference,
      share: this.#share,
      endToEnd: this.#endToEnd,
    };
  }
}
