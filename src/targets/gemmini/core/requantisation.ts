import { elements } from '../../../numeric/tensor.ts';
import { alwaysRecovered } from '../../../operators/ivit/dyadic.ts';
import { requantise } from '../../../operators/ivit/quantise/requantise.ts';
import { rescale } from '../../../operators/ivit/quantise/rescale.ts';
import type { ClampAttributes } from '../../../operators/requantise/channels.ts';
import { channelView } from '../../../operators/requantise/channels.ts';
import type { Piece } from '../../../program/pipe.ts';
import type { PortableCall } from '../../portable.ts';
import type { Surroundings } from './fusion.ts';

/** y = clamp(rne(f64(x * m[c])), lo, hi) of some call. */
export interface Requantisation {
  readonly x: Piece;
  readonly m: Piece;
  readonly lo: number;
  readonly hi: number;
  readonly shape: { readonly outer: number; readonly channels: number; readonly inner: number };
  /** All of m. */
  readonly multipliers: ArrayLike<number>;
  /** The greatest |x|. */
  readonly limit: number;
}

/** Scales with which no product of an integer of 32 bits overflows. */
const largestScale = 2 ** 96;

/** The call as a requantisation by constants, if it is the same as one. */
export function requantisationOf(call: PortableCall | undefined, { known }: Surroundings): Requantisation | undefined {
  if (call?.operator !== requantise.name && call?.operator !== rescale.name) return undefined;
  const [x, m] = [call.operands[0]!, call.operands.at(-1)!];
  const multipliers = known(m.value).constant?.data;
  if (!multipliers || x.type.dtype === 'f32') return undefined;
  const { axis, lo, hi } = call.attributes as unknown as ClampAttributes;
  const { low, high } = known(x.value).range;
  const limit = Math.max(-low, high);
  if (call.operator === rescale.name) {
    const scales = known(call.operands[1]!.value).constant?.data;
    if (!recovers(limit, multipliers, scales, Math.max(-lo, hi))) return undefined;
  }
  return { x, m, lo, hi, shape: channelView(x.type.shape, axis, elements(m.type.shape)), multipliers, limit };
}

/**
 * Whether rescaling rounds the integers themselves: all are brought back from their float32 products with the scale, or one that is not is
 * so large that it is limited either way. Three roundings take less than one from 2^22, and less than a quarter of a millionth from what is larger.
 */
export function recovers(limit: number, multipliers: ArrayLike<number>, scales: ArrayLike<number> | undefined, furthest: number): boolean {
  if (!scales || Array.from(scales).some((scale) => Math.abs(scale) >= largestScale)) return false;
  if (limit <= alwaysRecovered) return true;
  return Array.from(multipliers).every((m) => Math.abs(m) * (alwaysRecovered - 2) >= furthest);
}
