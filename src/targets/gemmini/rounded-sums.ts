import { type NumberArray, type Tensor, tensor } from '../../numeric/tensor.ts';
import { dyadic } from '../../operators/requantise/dyadic.ts';
import { bias as biasOperator, float32 } from '../../operators/requantise/float32.ts';
import type { Call } from '../../program/program.ts';
import type { Site } from '../kernel.ts';
import { inside, type Routine } from './routine.ts';
import { rangesOf } from './scaler/channels.ts';
import type { Offsets } from './scaler/offsets.ts';
import { type Rounding, roundingOf } from './scaler/rounding.ts';
import { type Thresholds, thresholdsOf } from './scaler/thresholds.ts';

/** Roundings that the core does again where read-outs differ, and the fields of C structures that have their constants. */
const roundings: ReadonlyMap<string, readonly string[]> = new Map([
  [dyadic.name, ['M', 'B', 'E']],
  [float32.name, ['m']],
]);

/** A bias of each channel, right behind the convolution: sums begin with it. */
function biasOf({ step, program }: Site, outputs: number): NumberArray | undefined {
  const call = step.stages[1];
  if (call?.operator !== biasOperator.name || call.attributes['axis'] !== 1) return undefined;
  const data = program.constants.get(call.operands[0]!)?.data;
  return data?.length === outputs ? data : undefined;
}

/** The rounding with results that are so much less. */
const less = (rounding: Rounding, lacking: number): Rounding => ({
  ...rounding,
  evaluate(sums, channels) {
    const own = rounding.channels === 1 ? new Int32Array(channels.length) : channels;
    return Int32Array.from(rounding.evaluate(sums, own), (result) => result - lacking);
  },
});

/** What follows the convolution that leads a step: its bias if it has one, and a rounding of the sums to 8 bits. */
export interface RoundedSums {
  readonly bias: NumberArray | undefined;
  /** So many calls, with the convolution. */
  readonly taken: number;
  /** The rounding, */
  readonly call: Call;
  /** and its results less what is lacking. */
  readonly rounding: Rounding;
  /** What read-outs are less than results: 0, or 128. */
  readonly lacking: number;
  /** Read-outs below 0 become 0. */
  readonly relu: boolean;
}

/** The calls behind a convolution of so many outputs as such; undefined where they are others. */
export function roundedSumsOf(site: Site, outputs: number): RoundedSums | undefined {
  const bias = biasOf(site, outputs);
  const taken = bias ? 3 : 2;
  const call = site.step.stages[taken - 1];
  const rounding = call && roundings.has(call.operator) ? roundingOf(call, site.program, site.operators) : undefined;
  if (!call || rounding?.axis !== 1 || (rounding.channels !== 1 && rounding.channels !== outputs)) return undefined;
  const lacking = (call.attributes['hi'] as number) > 127 ? 128 : 0;
  return { bias, taken, call, rounding: less(rounding, lacking), lacking, relu: lacking === 0 && rounding.lo === 0 };
}

/** One multiplier for all sums, as a number of steps of the result. */
export function sharedMultiplierOf({ call: { operator, operands } }: RoundedSums, { program }: Site): number | undefined {
  const [m, , e] = operands.map((name) => program.constants.get(name)?.data);
  if (!m || new Set(m).size !== 1 || !(m[0]! > 0)) return undefined;
  if (operator !== dyadic.name) return m[0]!;
  return e && new Set(e).size === 1 ? m[0]! / 2 ** e[0]! : undefined;
}

/** Weights of each output, times what: a value of the Program whose elements the array is given less an offset. */
interface Products {
  readonly weights: Tensor;
  readonly operand: string;
  readonly offset: number;
}

/** Where the results of all sums that there can be change; undefined where they are no int8. */
export function thresholdsOfSums({ bias, rounding }: RoundedSums, { weights, operand }: Products, site: Site): Thresholds | undefined {
  const { low, high } = rangesOf(weights, site.known().get(operand)!.range, bias);
  return thresholdsOf(rounding, low, high);
}

/** What the sums of each output begin with: what is added for the first read-out, what elements lack, and the bias. */
export function initialSums({ bias }: RoundedSums, { weights, offset }: Products, { first }: Pick<Offsets, 'first'>): number[] {
  const depth = weights.data.length / first.length;
  return Array.from(first, (added, output) => {
    let sum = 0;
    for (let index = output * depth; index < (output + 1) * depth; index++) sum += weights.data[index]!;
    return added + offset * sum + (bias?.[output] ?? 0);
  });
}

/** What a routine needs of the structures of kernels/gemmini/readout.h, by fields within others. */
export function roundingFields(
  { call, rounding, lacking, relu }: RoundedSums,
  { first, more }: Pick<Offsets, 'first' | 'more'>,
): Pick<Routine, 'shape' | 'operands' | 'constants'> {
  const { lo, hi } = call.attributes as { readonly lo: number; readonly hi: number };
  const less = Int32Array.from(first, (value, output) => value + more[output]!);
  return {
    shape: inside('rounding', { relu: Number(relu), lacking, lo, hi, own: rounding.channels === 1 ? 0 : 1 }),
    operands: inside('rounding', Object.fromEntries(roundings.get(call.operator)!.map((field, index) => [field, call.operands[index]!]))),
    constants: inside('rounding', { less: tensor({ dtype: 'i32', shape: [less.length] }, less) }),
  };
}
