import type { NumberArray } from '../../numeric/tensor.ts';
import { dyadic } from '../../operators/requantise/dyadic.ts';
import { bias as biasOperator, float32 } from '../../operators/requantise/float32.ts';
import type { Site } from '../kernel.ts';
import type { Image } from './image.ts';
import type { Rounding } from './scaler/rounding.ts';

/** The image's rows that a block of outputs needs, for each row of the kernel, and how many further on those of the next block begin. */
export interface Rows {
  readonly depth: number;
  readonly step: number;
  readonly rows: number;
}

/** All rows, or those of as many channels as there are outputs; undefined where blocks of outputs need others. */
export function rowsNeeded({ groups, outputs, depth, kernel: [, width] }: Image, dim: number): Rows | undefined {
  if (groups === 1) return { depth: depth * width, step: 0, rows: depth * width };
  const one = depth === 1 && groups === outputs;
  return one ? { depth: Math.min(dim, outputs) * width, step: dim * width, rows: outputs * width } : undefined;
}

/** Roundings, and the fields of C structures that have their constants. */
export const roundings: ReadonlyMap<string, readonly string[]> = new Map([
  [dyadic.name, ['M', 'B', 'E']],
  [float32.name, ['m']],
]);

/** A bias of each channel, right behind the convolution: sums begin with it. */
export function biasOf({ step, program }: Site, outputs: number): NumberArray | undefined {
  const call = step.stages[1];
  if (call?.operator !== biasOperator.name || call.attributes['axis'] !== 1) return undefined;
  const data = program.constants.get(call.operands[0]!)?.data;
  return data?.length === outputs ? data : undefined;
}

/** The rounding with results that are so much less. */
export const less = (rounding: Rounding, lacking: number): Rounding => ({
  ...rounding,
  evaluate(sums, channels) {
    const own = rounding.channels === 1 ? new Int32Array(channels.length) : channels;
    return Int32Array.from(rounding.evaluate(sums, own), (result) => result - lacking);
  },
});
