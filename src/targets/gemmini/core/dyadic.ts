import { elements, type Tensor, tensor } from '../../../numeric/tensor.ts';
import { type ClampAttributes, channelView } from '../../../operators/requantise/channels.ts';
import { dyadic as alone } from '../../../operators/requantise/dyadic.ts';
import { dyadicSum } from '../../../operators/requantise/dyadic-sum.ts';
import type { KernelCall } from '../../../program/operator.ts';
import type { Piece } from '../../../program/pipe.ts';
import type { PortableCall } from '../../portable.ts';
import type { Fused, Fusion, Surroundings } from './fusion.ts';

/** Integers that are doubles, as is their product with a power of two. */
const most = 2 ** 53;
const results: ReadonlySet<string> = new Set(['i8', 'u8']);
const operands: ReadonlySet<string> = new Set(['i8', 'u8', 'i32']);

/** clamp(rne((sum of x_t * M[c,t] + B[c]) / 2^E[c])) in doubles, each multiplier and the bias divided by 2^E[c] before. */
export const dyadic: Fusion = {
  name: 'dyadic-in-doubles',
  fuse([call], surroundings) {
    if (!results.has(call!.result.type.dtype)) return undefined;
    if (call!.operator === alone.name && operands.has(call!.operands[0]!.type.dtype)) return inDoubles(call!, 1, surroundings);
    return call!.operator === dyadicSum.name && call!.operands.length === 5 ? inDoubles(call!, 2, surroundings) : undefined;
  },
};

function inDoubles(call: PortableCall, terms: 1 | 2, { site, known }: Surroundings): Fused | undefined {
  const [first, m, b, e, ...others] = call.operands as [Piece, Piece, Piece, Piece, ...Piece[]];
  const values = [first, ...others];
  const constants = [m, b, e].map(({ value }) => known(value).constant?.data);
  const limits = values.map(({ value }) => Math.max(-known(value).range.low, known(value).range.high));
  const { axis, lo, hi } = call.attributes as unknown as ClampAttributes;
  const factors = factorsOf(constants, limits, Math.max(Math.abs(lo), Math.abs(hi)));
  if (!factors) return undefined;

  const name = `${site.step.name} ${m.value} in doubles`;
  const width = terms + 1;
  const channels = elements(b.type.shape);
  const piece: Piece = { value: name, type: { dtype: 'f64', shape: [channels, width] }, advance: b.advance * width };
  const shape = { ...channelView(first.type.shape, axis, channels), lo, hi };
  const dtype = call.result.type.dtype;
  const kernel: KernelCall =
    terms === 1
      ? {
          function: `bw_rocket_dyadic_${first.type.dtype}_${dtype}`,
          arguments: [{ struct: 'bw_channels', fields: shape }, { operand: 0 }, { operand: 1 }, { result: true }],
        }
      : {
          function: `bw_rocket_dyadic_sum_${dtype}`,
          arguments: [{ struct: 'bw_channels', fields: shape }, { views: [0, 1] }, { operand: 2 }, { result: true }],
        };
  const source = terms === 1 ? 'rocket/dyadic.c' : 'rocket/dyadic_sum.c';
  return { taken: 1, call: { ...call, operands: [...values, piece], functions: [kernel], source }, constants: new Map([[name, factors]]) };
}

/**
 * For each channel the multipliers and the bias over 2^E; undefined where a double might round otherwise than 64-bit integers. A product, and a
 * sum, is exact up to 2^53 / 2^E; what is greater must be beyond the limits, whatever the other terms are. Inner sums are exact always.
 */
function factorsOf([m, b, e]: readonly (ArrayLike<number> | undefined)[], limits: readonly number[], furthest: number): Tensor | undefined {
  if (!m || !b || !e) return undefined;
  const width = limits.length + 1;
  const factors = tensor({ dtype: 'f64', shape: [b.length, width] });
  for (let c = 0; c < b.length; c++) {
    const [scale, bias] = [2 ** e[c]!, b[c]!];
    const multipliers = Array.from(limits, (_, t) => m[c * limits.length + t]!);
    const inner = multipliers.slice(1).reduce((sum, multiplier, t) => sum + Math.abs(multiplier) * limits[t + 1]!, Math.abs(bias));
    const [own] = multipliers;
    const exact = Math.abs(own!) * limits[0]! + inner <= most;
    if (inner > most || (!exact && (most - inner) / scale < furthest + 1)) return undefined;
    factors.data.set(
      [...multipliers, bias].map((value) => value / scale),
      c * width,
    );
  }
  return factors;
}
