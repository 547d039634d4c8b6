import { elements, type Tensor, tensor } from '../../../numeric/tensor.ts';
import { layerNorm } from '../../../operators/ivit/layer-norm/layer-norm.ts';
import { rescale } from '../../../operators/ivit/quantise/rescale.ts';
import type { Piece } from '../../../program/pipe.ts';
import type { PortableCall } from '../../portable.ts';
import type { Fused, Fusion } from './fusion.ts';

/** Of a float32 operation, relative. */
const u = 2 ** -24;

/** Above every half of (x - mean) * factor: the factor is 2^31 / root, and no element is further from the mean than the root and 1. */
const greatest = 1.02 * 2 ** 30;

/** Channels that are left to the exact formula, of all: where there are more, the fusion is not worth it. */
const mostUncertain = 1 / 16;

/** How a result is made: the word's upper part, of which the conversion to 32 bits limits both, and the fraction below it. */
interface Words {
  /** Steps of the fraction. */
  readonly one: number;
  readonly low: number;
  readonly high: number;
  /** The greatest bound, in steps of the fraction, that is taken for certain elements. */
  readonly widest: number;
}

const words: Readonly<Record<string, Words>> = {
  i8: { one: 2 ** 24, low: -128, high: 127, widest: 2 ** 16 },
  i16: { one: 2 ** 16, low: -32768, high: 32767, widest: 2 ** 13 },
};

interface Channel {
  readonly bias: number;
  readonly s: number;
  readonly m: number;
}

/**
 * A bound of |line - module| in steps of the result, wherever |mean| <= root. The line is (d * factor / 2 + bias) * m, d = q - mean. In the module
 * - y = d within 2.01u|q| + u|d| <= 3.01u|d| + 2.01u|mean|, its product with the factor rounds once more, and the floor takes less than 1: t is
 *   d * factor / 2 within 1 + E, E = (4.1u + 2.1u) * greatest, since |mean| * factor / 2 <= 2^30;
 * - z = fl(t + bias) and the integer that ivit-rescale sees in it lie within 3.1u|z| + 1/2 of t + bias.
 * Doubles add less than 2^-50 of the line's terms, the conversion a step of the fraction.
 */
function distance({ bias, m }: Channel, one: number): number {
  const integer = greatest + Math.abs(bias);
  return Math.abs(m) * (2 + 6.2 * u * greatest + 3.2 * u * integer + 2 ** -50 * integer) + 2 / one;
}

/** The module's integer times its scale is no float32 any more. */
const overflows = ({ bias, s }: Channel): boolean => !((greatest + Math.abs(bias)) * Math.abs(s) < 2 ** 127);

type Line = 'uncertain' | { readonly slope: number; readonly offset: number; readonly distance: number };

/** A channel's line in steps of the fraction; a constant where the bias takes every result beyond the limits. */
function lineOf(channel: Channel, { one, low, high, widest }: Words): Line {
  const { bias, m } = channel;
  const bound = distance(channel, one);
  const middle = bias * m;
  const reach = Math.abs(m) * greatest + bound + 1;
  if (middle - reach > high) return { slope: 0, offset: high * one, distance: 0 };
  if (middle + reach < low) return { slope: 0, offset: low * one, distance: 0 };
  if (!(bound * one <= widest)) return 'uncertain';
  return { slope: m * one, offset: middle * one, distance: bound * one };
}

/** `lines` as kernels/rocket/rocket.h has them, and what a fraction must reach; undefined where too many channels are uncertain. */
function linesOf(channels: readonly Channel[], form: Words): { readonly lines: Tensor; readonly close: number } | undefined {
  const found = channels.map((channel) => lineOf(channel, form));
  if (found.filter((line) => line === 'uncertain').length > mostUncertain * channels.length) return undefined;
  const margin = Math.ceil(Math.max(0, ...found.map((line) => (line === 'uncertain' ? 0 : line.distance)))) + 1;
  // Half of a step makes the floor a rounding; the margin turns what is within it of the middle into fractions below twice the margin.
  const shift = form.one / 2 + margin;
  const lines = tensor({ dtype: 'f64', shape: [2 * channels.length + 1] });
  found.forEach((line, c) => lines.data.set(line === 'uncertain' ? [0, margin] : [line.slope, line.offset + shift], 2 * c));
  lines.data[2 * channels.length] = 1 / channels.length;
  return { lines, close: (2 * margin * 2 ** 32) / form.one };
}

const constantsOf = (call: PortableCall, constants: ReadonlyMap<string, Tensor>): (Tensor | undefined)[] =>
  call.operands.slice(1).map(({ value }) => constants.get(value as string));

/** Parts that follow each other, as one piece. */
const ofAll = ({ value, type: { dtype, shape } }: Piece, parts: number): Piece => ({
  value,
  type: { dtype, shape: [parts, ...shape] },
  advance: 0,
});

/** LayerNorm and the rescaling of each channel behind it. */
export const layerNormRescale: Fusion = {
  name: 'layer-norm-rescale',

  fuse([norm, scaling], { site }): Fused | undefined {
    if (norm?.operator !== layerNorm.name || scaling?.operator !== rescale.name) return undefined;
    const [x, bias] = norm.operands as [Piece, Piece];
    const columns = x.type.shape.at(-1)!;
    const { dtype, shape } = scaling.result.type;
    const form = words[dtype];
    const { scale } = norm.attributes as { scale: number };
    const { axis, lo, hi } = scaling.attributes as { axis: number; lo: number; hi: number };
    if (!form || lo !== form.low || hi !== form.high || axis !== shape.length - 1 || columns >= 2 ** 12) return undefined;
    if (!(scale >= 2 ** -126 && scale < 2 ** 100)) return undefined;

    const { constants } = site.program;
    const [biases] = constantsOf(norm, constants);
    const [scales, multipliers] = constantsOf(scaling, constants);
    if (![biases, scales, multipliers].every((constant) => constant?.data.length === columns)) return undefined;
    const channels = Array.from(biases!.data, (value, c) => ({ bias: value, s: scales!.data[c]!, m: multipliers!.data[c]! }));
    const made = channels.some(overflows) ? undefined : linesOf(channels, form);
    if (!made) return undefined;

    const lines = `${site.step.name} lines`;
    const [, s, m] = scaling.operands;
    const rows = elements(x.type.shape) / columns;
    const ofParts = (parts: number): PortableCall => ({
      operator: 'layer-norm-rescale',
      attributes: {},
      operands: [ofAll(x, parts), bias, s!, m!, { value: lines, type: made.lines.type, advance: 0 }],
      result: ofAll(scaling.result, parts),
      functions: [
        {
          function: `bw_rocket_layer_norm_rescale_${x.type.dtype}_${dtype}`,
          arguments: [
            { struct: 'bw_rocket_rows', fields: { rows: rows * parts, columns, close: made.close } },
            { name: 'scale', float: scale },
            { operand: 0 },
            { operand: 1 },
            { operand: 2 },
            { operand: 3 },
            { operand: 4 },
            { result: true },
          ],
        },
      ],
      source: 'rocket/layer_norm_rescale.c',
    });
    const call = { ...ofParts(1), operands: [x, ...ofParts(1).operands.slice(1)], result: scaling.result };
    return { taken: 2, call, ofParts, constants: new Map([[lines, made.lines]]) };
  },
};
