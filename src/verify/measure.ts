import type { Deployment, StepVerdict, Verdict } from './deployment.ts';
import { thousands } from './units.ts';

/** What a machine measured of its steps. */
export interface Measure {
  readonly unit: 'us' | 'cycles' | 'instructions';
  /** Mean of one sample. */
  readonly of: (step: StepVerdict) => number | undefined;
  readonly text: (value: number) => string;
}

const hundredths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

const time: Measure = {
  unit: 'us',
  of: ({ nanoseconds }) => (nanoseconds === undefined ? undefined : nanoseconds / 1000),
  text: (value) => hundredths.format(value),
};
const cycles: Measure = { unit: 'cycles', of: (step) => step.cycles, text: thousands };
const instructions: Measure = { unit: 'instructions', of: (step) => step.instructions, text: thousands };

/** Cycles where the machine counted them, else instructions, else microseconds on its clock. */
export const measureOf = ({ steps }: Pick<Verdict, 'steps'>): Measure =>
  [cycles, instructions].find(({ of }) => steps.some((step) => of(step) !== undefined)) ?? time;

/** The sum over all steps. */
export const measuredTotal = ({ steps }: Pick<Verdict, 'steps'>, { of }: Measure): number =>
  steps.reduce((sum, step) => sum + (of(step) ?? 0), 0);

/** The part of what its array could multiply in the time that a step did, from 0 to 1; undefined where there is no array, or nobody counted cycles. */
export const utilisationOf = (
  { macs, cycles }: Pick<StepVerdict, 'macs' | 'cycles'>,
  { macsPerCycle }: Pick<Deployment, 'macsPerCycle'>,
): number | undefined => (macsPerCycle === undefined || cycles === undefined ? undefined : shareOf(macs, macsPerCycle * cycles));

/** What all steps of one kind take together. */
export interface KindCost {
  /** The operators of their pipes, joined by ` | `. */
  readonly operator: string;
  readonly steps: number;
  /** In the unit of the measure, a mean sample. */
  readonly cost: number;
  /** Of all steps, from 0 to 1. */
  readonly share: number;
}

/** A part of the whole, from 0 to 1; nothing is no part of nothing. */
export const shareOf = (part: number, whole: number): number => (whole > 0 ? part / whole : 0);

/** What the steps cost by the operators of their pipes, the dearest first. */
export function costByKind(verdict: Pick<Verdict, 'steps'>, measure: Measure): KindCost[] {
  const total = measuredTotal(verdict, measure);
  const kinds = new Map<string, { steps: number; cost: number }>();
  for (const step of verdict.steps) {
    const { steps, cost } = kinds.get(step.operator) ?? { steps: 0, cost: 0 };
    kinds.set(step.operator, { steps: steps + 1, cost: cost + (measure.of(step) ?? 0) });
  }
  return Array.from(kinds, ([operator, kind]) => ({ operator, ...kind, share: shareOf(kind.cost, total) })).sort((a, b) => b.cost - a.cost);
}
