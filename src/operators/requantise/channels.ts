import * as z from 'zod';
import { along, dtypes, elements, narrowest, type Shape, type TensorType } from '../../numeric/tensor.ts';
import type { Cut, Known, Slicing } from '../../program/operator.ts';

/** The clamp of a rounding, and the axis along which per-channel constants run. */
export const clampAttributes = { lo: z.int(), hi: z.int(), axis: z.int().nonnegative() };
export interface ClampAttributes {
  readonly lo: number;
  readonly hi: number;
  readonly axis: number;
}

/** The narrowest type that holds lo..hi. */
export function clampedType({ lo, hi }: { lo: number; hi: number }, shape: Shape): TensorType {
  const dtype = narrowest(lo, hi);
  if (dtype === undefined || lo > hi) throw new RangeError(`no integer type holds ${lo} to ${hi}`);
  return { dtype, shape };
}

/** A rounding's constants must have as many channels each, for its C function counts them once; else a RangeError. */
export function checkChannels(counts: readonly number[]): void {
  if (counts.some((count) => count !== counts[0])) throw new RangeError(`constants of ${counts.join(', ')} channels do not fit each other`);
}

/** [outer, channels, inner]: one channel when the constants have one entry. */
export function channelView(shape: Shape, axis: number, constants: number): { outer: number; channels: number; inner: number } {
  if (constants === 1) return { outer: 1, channels: 1, inner: elements(shape) };
  const { outer, size, inner } = along(shape, axis);
  if (size !== constants) throw new RangeError(`${constants} channel constants do not fit axis ${axis} of [${shape.join(', ')}]`);
  return { outer, channels: size, inner };
}

/** The channel of every element: its index along `axis`, or 0 when the constants have one entry. */
export function channelOf(shape: Shape, axis: number, constants: number): (position: number) => number {
  const { channels, inner } = channelView(shape, axis, constants);
  return (position) => Math.floor(position / inner) % channels;
}

/**
 * How an elementwise call falls into parts: its tensors along the cut, and where the cut runs along the channels' axis its channel constants
 * along their first axis.
 */
export function sliceElementwise<A extends Slicing['attributes']>(
  attributes: A,
  shape: Shape,
  input: Cut | null,
  operands: readonly ('tensor' | { readonly axis: number; readonly channels: number })[],
): Slicing | undefined {
  const first = Math.max(
    shape.findIndex((size) => size > 1),
    0,
  );
  const cut = input ?? { axis: first, count: shape[first] ?? 1 };
  const axes = operands.map((operand) => {
    if (operand === 'tensor') return cut.axis;
    return operand.axis === cut.axis && operand.channels > 1 ? 0 : null;
  });
  return { cut, operands: axes, attributes };
}

/** One addend of a 64-bit sum: a value and its multiplier in each channel. */
export interface Product {
  readonly value: Known;
  readonly multiplier: (channel: number) => number;
}

/** Proves |sum of value * multiplier| + |bias| < 2^63 in every channel; a RangeError names the one where it can overflow. */
export function prove64(products: readonly Product[], channels: number, bias: (channel: number) => number): void {
  for (let channel = 0; channel < channels; channel++) {
    const bound = products.reduce(
      (sum, { value, multiplier }) => sum + Math.max(Math.abs(value.range.low), Math.abs(value.range.high)) * Math.abs(multiplier(channel)),
      Math.abs(bias(channel)),
    );
    if (bound >= 2 ** 63) throw new RangeError(`the 64-bit sum before rounding can overflow in channel ${channel}`);
  }
}

/** A constant's entry for a channel; without the constant the largest that its dtype holds. */
export const entry =
  (known: Known) =>
  (index: number): number => {
    const data = known.constant?.data;
    return data ? data[Math.min(index, data.length - 1)]! : dtypes[known.type.dtype].high;
  };
