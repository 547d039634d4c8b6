import type { NumberArray, Tensor } from '../../../numeric/tensor.ts';
import type { Range } from '../../../program/operator.ts';
import type { Site } from '../../kernel.ts';
import { type Multipliers, multipliersOf } from './multipliers.ts';
import { roundingOf } from './rounding.ts';
import { thresholdsOf } from './thresholds.ts';

/** The least and the largest sum of each channel. */
export interface SumRanges {
  readonly low: Float64Array;
  readonly high: Float64Array;
}

/** What sums of weights [channels][...] times elements of a range can be, on top of a bias. */
export function rangesOf({ type, data }: Tensor, { low: least, high: most }: Range, bias: NumberArray | undefined): SumRanges {
  const channels = type.shape[0]!;
  const depth = data.length / channels;
  const [low, high] = [new Float64Array(channels), new Float64Array(channels)];
  for (let channel = 0, index = 0; channel < channels; channel++) {
    let below = bias?.[channel] ?? 0;
    let above = below;
    for (const end = index + depth; index < end; index++) {
      const weight = data[index]!;
      below += weight * (weight > 0 ? least : most);
      above += weight * (weight > 0 ? most : least);
    }
    low[channel] = below;
    high[channel] = above;
  }
  return { low, high };
}

/** How sums leave the accumulator as what a step rounds them to, channel by channel. */
export interface ChannelScaling extends Multipliers {
  /** Results below 0 become 0. */
  readonly relu: boolean;
}

/** The rounding that stands behind the first stages of a step, if it has constants for each channel along `axis`, and multipliers for all of them. */
export function channelScaling(site: Site, stages: number, axis: number, { low, high }: SumRanges): ChannelScaling | undefined {
  const call = site.step.stages[stages];
  const rounding = call && roundingOf(call, site.program, site.operators);
  if (rounding === undefined || rounding.axis !== axis || rounding.channels !== low.length) return undefined;
  const relu = rounding.lo === 0;
  const thresholds = thresholdsOf(rounding, low, high);
  const multipliers = thresholds && multipliersOf(thresholds, relu);
  return multipliers && { ...multipliers, relu };
}

/** The weights [channels][depth] turned, channels padded to `stride`, and rows behind them that make a bias of what they are multiplied by. */
export interface TurnedWeights {
  readonly rows: Int8Array;
  readonly stride: number;
  readonly moreDepth: number;
  /** What each of those rows is multiplied by. */
  readonly factors: readonly number[];
}

const greatest = 127;

export function turnedWeights({ type, data }: Tensor, bias: NumberArray | undefined, stride: number): TurnedWeights {
  const [channels, depth] = type.shape as [number, number];
  let largest = 0;
  for (const value of bias ?? []) largest = Math.max(largest, Math.abs(value));
  const wide = Math.ceil(Math.round(largest / greatest) / greatest);
  const factors = largest === 0 ? [] : [1, ...Array.from({ length: wide }, () => greatest)];
  const rows = new Int8Array((depth + factors.length) * stride);
  for (let channel = 0; channel < channels; channel++) {
    for (let k = 0; k < depth; k++) rows[k * stride + channel] = data[channel * depth + k]!;
    if (factors.length === 0) continue;
    const value = bias![channel]!;
    let quotient = Math.round(value / greatest);
    rows[depth * stride + channel] = value - quotient * greatest;
    for (let row = 1; row < factors.length; row++) {
      const part = Math.max(-greatest, Math.min(greatest, quotient));
      rows[(depth + row) * stride + channel] = part;
      quotient -= part;
    }
  }
  return { rows, stride, moreDepth: factors.length, factors };
}
