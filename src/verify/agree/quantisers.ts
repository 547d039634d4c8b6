import type { Network } from '../../network/network.ts';
import type { Tensor } from '../../numeric/tensor.ts';
import type { Quantisation } from '../../operators/layer.ts';
import { compareTensors, indexOf } from '../compare.ts';
import { type Exact, quantisationOf } from './exact.ts';
import { distanceToTie, judge, type Verdict } from './tie.ts';

/** One element on which the Program and the framework differ, given the same integers. */
export interface Exception {
  readonly sample: number;
  readonly index: readonly number[];
  readonly program: number;
  readonly framework: number;
  /** The exact value in output steps. */
  readonly exact: number;
  /** How far that is from a tie. */
  readonly distance: number;
  readonly verdict: Verdict;
}

export interface QuantiserAgreement {
  readonly name: string;
  readonly values: number;
  /** How many exact values lie inside the clamp, its ends not counted: a ReLU puts many there. */
  readonly inside: number;
  /** Rung 2, given the framework's integers: how many elements differ, and what they are. */
  readonly differ: number;
  readonly ties: number;
  readonly exceptions: number;
  readonly failures: number;
  /** The largest distance to a tie of an exception. */
  readonly distance: number;
  /** The first differing elements that are no ties. */
  readonly shown: readonly Exception[];
  /** Rung 3. */
  readonly endToEnd: { readonly differ: number; readonly maxDifference: number };
}

/** A quantiser's integers for one sample: the Program's from the framework's operands, the Program's end to end, and the framework's. */
export interface Integers {
  readonly apart: Tensor;
  readonly whole: Tensor;
  readonly theirs: Tensor;
}

const shownExceptions = 8;

/** Counts over all samples what the Program and the framework make of one quantiser. */
export class QuantiserTally {
  readonly name: string;
  readonly #to: Quantisation;
  readonly #verdicts: Record<Verdict, number> = { tie: 0, exception: 0, failure: 0 };
  readonly #shown: Exception[] = [];
  #values = 0;
  #inside = 0;
  #distance = 0;
  #endToEnd = { differ: 0, maxDifference: 0 };
  /** The sum of bracket / s_y over the values inside the clamp. */
  brackets = 0;

  constructor(name: string, network: Network) {
    this.name = name;
    this.#to = quantisationOf(network, name);
  }

  add(sample: number, { apart, whole, theirs }: Integers, exact: Exact): void {
    const { scale, lo, hi } = this.#to;
    const real = exact.unrounded(this.name);
    this.#values += theirs.data.length;
    for (let position = 0; position < theirs.data.length; position++) {
      const steps = real ? real.values[position]! / scale : Number.NaN;
      const bracket = real ? real.bracket[position]! / scale : 0;
      if (steps > lo && steps < hi) {
        this.#inside += 1;
        if (Number.isFinite(bracket)) this.brackets += bracket; // a phase next to half a turn may have either sign
      }
      const [program, framework] = [apart.data[position]!, theirs.data[position]!];
      if (program === framework) continue;
      const verdict = real ? judge(program - framework, steps, bracket) : 'failure';
      const distance = distanceToTie(steps);
      this.#verdicts[verdict] += 1;
      if (verdict === 'exception') this.#distance = Math.max(this.#distance, distance);
      if (verdict !== 'tie' && this.#shown.length < shownExceptions) {
        this.#shown.push({ sample, index: indexOf(position, theirs), program, framework, exact: steps, distance, verdict });
      }
    }
    const { mismatches, maxDifference } = compareTensors(whole, theirs);
    this.#endToEnd = {
      differ: this.#endToEnd.differ + mismatches,
      maxDifference: Math.max(this.#endToEnd.maxDifference, maxDifference),
    };
  }

  row(): QuantiserAgreement {
    const { tie, exception, failure } = this.#verdicts;
    return {
      name: this.name,
      values: this.#values,
      inside: this.#inside,
      differ: tie + exception + failure,
      ties: tie,
      exceptions: exception,
      failures: failure,
      distance: this.#distance,
      shown: this.#shown,
      endToEnd: this.#endToEnd,
    };
  }
}
