import type { Tensor, TensorType } from '../numeric/tensor.ts';
import { operators } from '../operators/index.ts';
import type { Program } from '../program/program.ts';
import type { Plan } from '../targets/plan.ts';
import type { Run } from '../targets/run.ts';
import { compareTensors, type Difference } from './compare.ts';
import { type StepFacts, stepFacts } from './steps.ts';

/** Every input and step of one sample by name. */
export type Values = ReadonlyMap<string, Tensor>;

/** The first element at which a step is not what it should be, and in which sample. */
export interface PlacedDifference extends Difference {
  readonly sample: number;
}

/** What comparing one tensor of every sample gave. */
export interface Judged {
  readonly elements: number;
  readonly mismatches: number;
  readonly maxDifference: number;
  readonly first?: PlacedDifference;
}

export interface StepVerdict extends StepFacts, Judged {
  /** Mean of one sample, where the machine measured it. */
  readonly nanoseconds?: number;
  readonly cycles?: number;
  readonly instructions?: number;
}

export interface Verdict {
  readonly samples: number;
  readonly steps: readonly StepVerdict[];
  readonly elements: number;
  readonly mismatches: number;
  readonly macs: number;
}

/** The result of one call within a step. */
export interface InsideFacts {
  /** `relu1[0] convolution`. */
  readonly name: string;
  readonly step: string;
  /** The number of the call, from 0. */
  readonly stage: number;
  readonly operator: string;
  readonly type: TensorType;
}

/** What one piece of code computes on the way to the result of a later call. */
export interface LostInside extends InsideFacts {
  readonly within: string;
  /** The same from other firmware of the target, which computes each call by itself. */
  readonly apart?: Judged;
}

/** What a replay build shows of a network: the results of all calls within its steps. */
export interface ReplayVerdict {
  readonly insides: readonly (InsideFacts & Judged)[];
  /** What no memory of the firmware ever holds, with the code that computes it. */
  readonly lost: readonly LostInside[];
  /** Of the insides, and of those lost ones that other firmware has shown. */
  readonly elements: number;
  readonly mismatches: number;
  /** Elements of steps that are others than those of the firmware that keeps nothing. */
  readonly differing: number;
}

/** All that came of one journey along the road: what a report is made of. */
export interface Deployment {
  readonly program: Program;
  readonly plan: Plan;
  readonly golden: readonly Values[];
  readonly run: Run;
  readonly verdict: Verdict;
  /** Of the results of calls within the steps, where they were asked for. */
  readonly replay?: ReplayVerdict;
  readonly target: string;
  readonly style: string;
  /** As a user would write it. */
  readonly compiler: string;
  /** Multiplications that the machine's array can do in a cycle, where it has one. */
  readonly macsPerCycle?: number;
}

/** Every element of every step that a machine computed against the golden tensors (docs/numbers.md, rung 0). No tolerance. */
export function judgeRun(program: Program, golden: readonly Values[], run: Run): Verdict {
  const times = new Map(run.times.map(({ name, nanoseconds }) => [name, nanoseconds]));
  const cyclesOf = new Map(run.cycles?.map(({ name, cycles }) => [name, cycles]));
  const instructionsOf = new Map(run.instructions?.map(({ name, instructions }) => [name, instructions]));
  const steps = stepFacts(program, operators).map((facts): StepVerdict => {
    const nanoseconds = times.get(facts.step);
    const cycles = cyclesOf.get(facts.step);
    const instructions = instructionsOf.get(facts.step);
    const pairs = golden.map((expected, sample) => ({
      sample,
      expected: expected.get(facts.step)!,
      found: run.cases[sample]!.get(facts.step)!,
    }));
    const judged = judgePairs(pairs);
    return {
      ...facts,
      ...judged,
      ...(nanoseconds === undefined ? {} : { nanoseconds }),
      ...(cycles === undefined ? {} : { cycles }),
      ...(instructions === undefined ? {} : { instructions }),
    };
  });
  const sum = (of: (step: StepVerdict) => number): number => steps.reduce((total, step) => total + of(step), 0);
  return {
    samples: golden.length,
    steps,
    elements: sum(({ elements }) => elements),
    mismatches: sum(({ mismatches }) => mismatches),
    macs: sum(({ macs }) => macs),
  };
}

/** The same tensor of several samples, as it was found and as it should be. */
export function judgePairs(pairs: readonly { readonly sample: number; readonly found: Tensor; readonly expected: Tensor }[]): Judged {
  let [elements, mismatches, maxDifference] = [0, 0, 0];
  let first: PlacedDifference | undefined;
  for (const { sample, found, expected } of pairs) {
    const compared = compareTensors(found, expected);
    elements += compared.elements;
    mismatches += compared.mismatches;
    maxDifference = Math.max(maxDifference, compared.maxDifference);
    if (compared.first) first ??= { ...compared.first, sample };
  }
  return { elements, mismatches, maxDifference, ...(first && { first }) };
}

/** The first step of the Program that differs: where to look, since what comes after reads what it made. */
export const firstDifference = ({ steps }: Pick<Verdict, 'steps'>): StepVerdict | undefined =>
  steps.find(({ mismatches }) => mismatches > 0);
