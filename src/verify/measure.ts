import type { StepVerdict, Verdict } from './deployment.ts';
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
