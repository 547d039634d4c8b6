/** What a difference between the Program and the framework is (docs/numbers.md, rung 2). */
export type Verdict = 'tie' | 'exception' | 'failure';

/** One float32 rounding. */
const unit = 2 ** -24;
/** Below this, relative to the bracket, double precision cannot tell a value from a tie. */
const tieWidth = 2 ** -40;

/** How far a float32 sum of the framework may be from the exact one: 8 * 2^-24 times the sum of its absolute terms. */
export const allowance = (bracket: number): number => 8 * unit * bracket;

/** How far a number is from the nearest n + 1/2. */
export const distanceToTie = (steps: number): number => Math.abs(steps - Math.floor(steps) - 0.5);

/**
 * Where nothing is added up, the value is one integer times a ratio of scales. That comes within a float32 rounding of a tie only if the scales
 * are in a simple ratio: one was calibrated on what the other quantised, and float32 cannot hold their quotient (2^-24 for each of the two).
 */
const simpleRatio = (steps: number, bracket: number): number => (bracket <= Math.abs(steps) * (1 + tieWidth) ? 2 * unit * bracket : 0);

/**
 * An element that differs by `difference` where the exact value is `steps` output steps and its bracket `bracket` of them. Exact ties go
 * either way in the framework's float32; a value near a tie may differ by one.
 */
export function judge(difference: number, steps: number, bracket: number): Verdict {
  const distance = distanceToTie(steps);
  if (Math.abs(difference) !== 1 || !(distance <= Math.max(allowance(bracket), tieWidth))) return 'failure';
  return distance <= Math.max(tieWidth * Math.max(1, bracket), simpleRatio(steps, bracket)) ? 'tie' : 'exception';
}

/** How many exceptions a network may have: 3, and 2^-24 of the sum of bracket / s_y over the values inside the clamp. */
export const exceptionBudget = (sum: number): number => 3 + unit * sum;
