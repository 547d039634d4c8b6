/** A real function of one number, as a network applies it element by element. */
export interface UnaryFunction {
  /** In double precision: within a few units in the last place, x^2 times that in the far tail of an exponential. */
  readonly evaluate: (x: number) => number;
  /** Where it turns from falling to rising or back; empty for a monotone function. */
  readonly turns: readonly number[];
  readonly increasing: boolean;
}

/** erf(x) = 2/sqrt(pi) exp(-x^2) sum of 2^n x^(2n+1) / (1*3*...*(2n+1)): all terms positive, so nothing cancels (Abramowitz and Stegun 7.1.6). */
function erfSeries(x: number): number {
  let term = x;
  let sum = x;
  for (let n = 1; Math.abs(term) > Math.abs(sum) * 1e-18; n++) {
    term *= (2 * x * x) / (2 * n + 1);
    sum += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * sum;
}

/** erfc(x) for x >= 1.5 by its continued fraction x + (1/2)/(x + 1/(x + (3/2)/(x + ...))) (Abramowitz and Stegun 7.1.14), from the tail. */
function erfcFraction(x: number): number {
  let tail = x;
  for (let n = 160; n > 0; n--) tail = x + n / 2 / tail;
  return Math.exp(-x * x) / Math.sqrt(Math.PI) / tail;
}

/** 1 - erf(x), without cancellation for large x. */
export function erfc(x: number): number {
  if (x >= 1.5) return erfcFraction(x);
  return x <= -1.5 ? 2 - erfcFraction(-x) : 1 - erfSeries(x);
}

const sigmoid = (x: number): number => (x >= 0 ? 1 / (1 + Math.exp(-x)) : Math.exp(x) / (1 + Math.exp(x)));
const increasing = (evaluate: (x: number) => number): UnaryFunction => ({ evaluate, turns: [], increasing: true });
const turning = (evaluate: (x: number) => number, turn: number): UnaryFunction => ({ evaluate, turns: [turn], increasing: false });
/** 0.5 x (1 + tanh(u)) = x sigmoid(2u): the same without cancellation for negative x. */
const tanhGelu = (x: number): number => x * sigmoid(2 * Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3));

/** The functions of torch.nn by their own names. A turning point is the zero of the derivative, found by bisection. */
export const unaryFunctions: Readonly<Record<string, UnaryFunction>> = {
  sigmoid: increasing(sigmoid),
  tanh: increasing(Math.tanh),
  softplus: increasing((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))),
  elu: increasing((x) => (x > 0 ? x : Math.expm1(x))),
  hardsigmoid: increasing((x) => Math.min(Math.max(x / 6 + 0.5, 0), 1)),
  hardswish: turning((x) => (x * Math.min(Math.max(x + 3, 0), 6)) / 6, -1.5),
  silu: turning((x) => x * sigmoid(x), -1.278464542761074),
  gelu: turning((x) => 0.5 * x * erfc(-x / Math.SQRT2), -0.7517915246935645),
  'gelu-tanh': turning(tanhGelu, -0.7524614220710162),
};
