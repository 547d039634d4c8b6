import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import type { Attributes } from '../../numeric/attributes.ts';
import { defineModule, type ModuleRecord, type Refusal } from '../module.ts';
import { rangeOf } from './quantiser.ts';

const sizes = z.array(z.int().positive()).min(1).max(2);
const window = z.object({ kernel: sizes, stride: sizes, padding: z.array(z.int().nonnegative()), ceil: z.boolean() });
const maxPool = window.extend({ dilation: sizes, return_indices: z.boolean() });
const averagePool = window.extend({ count_padding: z.boolean(), divisor: z.number().nullable() });
/** How TruncIntQuant (Brevitas >= 0.12) turned the window's sum into `bit_width` bits; scale null: not at all. */
const truncation = z.union([
  z.object({ scale: z.null() }),
  z.object({
    scale: z.number().positive(),
    zero_point: z.number(),
    bit_width: z.int(),
    signed: z.boolean(),
    narrow: z.boolean(),
    rounding: z.string().nullable(),
    accumulator_scale: z.number().positive(),
    accumulator_bit_width: z.int(),
  }),
]);
type Truncation = z.infer<typeof truncation>;

const layer = ({ name, inputs }: ModuleRecord, kind: string, attributes: Attributes): readonly Layer[] => [
  { name, kind, inputs, attributes, tensors: {} },
];

/** Spatial sizes of an adaptive pool's input and result: those behind batch and channel. */
const spatialSizes = ({ inputShapes, shape }: ModuleRecord): readonly (readonly [number, number])[] =>
  shape.slice(2).map((size, axis) => [inputShapes[0]?.[axis + 2] ?? 0, size]);

const unequalWindows: Refusal<unknown> = {
  when: (_, module) => spatialSizes(module).some(([from, to]) => from % to !== 0),
  reason: 'its windows are of unequal size',
  suggestion: 'choose an output size that divides the input size',
};

/** The pool with windows of one size that an adaptive pool is where its output divides its input. */
const equalWindows = (module: ModuleRecord) => {
  const kernel = spatialSizes(module).map(([from, to]) => from / to);
  return { kernel, stride: kernel, padding: kernel.flatMap(() => [0, 0]), ceil: false };
};

const otherDivisor: Refusal<{ readonly divisor: number | null }> = {
  when: ({ divisor }) => divisor !== null,
  reason: 'it divides by another number than the size of its window',
  suggestion: 'leave out divisor_override',
};

const shiftOf = (from: Extract<Truncation, { accumulator_scale: number }>): number => from.accumulator_bit_width - from.bit_width;

const refusedTruncations: readonly Refusal<Truncation>[] = [
  {
    when: (from) => from.scale !== null && from.zero_point !== 0,
    reason: 'its zero point is not 0',
    suggestion: 'use a symmetric quantiser in front of it',
  },
  {
    when: (from) => from.scale !== null && from.rounding !== 'ROUND',
    reason: 'it does not round to the nearest integer',
    suggestion: 'use trunc_quant=RoundTo8bit',
  },
  {
    when: (from) => from.scale !== null && from.scale !== from.accumulator_scale * 2 ** shiftOf(from),
    reason: 'its scale is not that of the shifted sum, as in Brevitas before 0.12',
    suggestion: 'export with Brevitas 0.12 or newer',
  },
];

/** clamp(rne(sum / 2^shift)). */
const truncated = (module: ModuleRecord, pool: z.infer<typeof window>, from: Truncation): readonly Layer[] => {
  const { kernel, stride, padding, ceil } = pool;
  if (from.scale === null) return layer(module, 'average-pool', { kernel, stride, padding, ceil, countPadding: true });
  const range = rangeOf(from.bit_width, from.signed, from.narrow);
  return layer(module, 'trunc-average-pool', { kernel, stride, padding, ceil, shift: shiftOf(from), scale: from.scale, ...range });
};

export const pools = [
  defineModule({
    classes: ['MaxPool1d', 'MaxPool2d'],
    becomes: 'max-pool',
    fields: maxPool,
    refuses: [
      {
        when: ({ dilation }) => dilation.some((step) => step !== 1),
        reason: 'it is dilated',
        suggestion: 'use dilation=1',
      },
      {
        when: ({ return_indices }) => return_indices,
        reason: 'it returns indices',
        suggestion: 'use return_indices=False',
      },
    ],
    layers: (module, { kernel, stride, padding, ceil }) => layer(module, 'max-pool', { kernel, stride, padding, ceil }),
  }),
  defineModule({
    classes: ['AvgPool1d', 'AvgPool2d'],
    becomes: 'average-pool',
    fields: averagePool,
    refuses: [otherDivisor],
    layers: (module, { kernel, stride, padding, ceil, count_padding }) =>
      layer(module, 'average-pool', { kernel, stride, padding, ceil, countPadding: count_padding }),
  }),
  defineModule({
    classes: ['AdaptiveAvgPool1d', 'AdaptiveAvgPool2d'],
    becomes: 'adaptive-average-pool',
    fields: z.unknown(),
    refuses: [unequalWindows],
    layers: (module) => layer(module, 'adaptive-average-pool', { output: module.shape.slice(2) }),
  }),
  defineModule({
    classes: ['AdaptiveMaxPool1d', 'AdaptiveMaxPool2d'],
    becomes: 'max-pool',
    fields: z.unknown(),
    refuses: [unequalWindows],
    layers: (module) => layer(module, 'max-pool', equalWindows(module)),
  }),
  defineModule({
    classes: ['TruncAvgPool2d'],
    becomes: 'trunc-average-pool',
    fields: z.intersection(averagePool, truncation),
    refuses: [
      otherDivisor,
      {
        when: ({ ceil, padding, count_padding }) => ceil || (!count_padding && padding.some((size) => size > 0)),
        reason: 'its windows have different sizes at the border',
        suggestion: 'use ceil_mode=False and no padding',
      },
      ...refusedTruncations,
    ],
    layers: (module, fields) => truncated(module, fields, fields),
  }),
  defineModule({
    classes: ['TruncAdaptiveAvgPool2d'],
    becomes: 'trunc-average-pool',
    fields: truncation,
    refuses: [unequalWindows, ...refusedTruncations],
    layers: (module, fields) => truncated(module, equalWindows(module), fields),
  }),
  defineModule({
    classes: ['mean'],
    becomes: 'mean',
    fields: z.object({ axes: z.array(z.int().nonnegative()).min(1), keep: z.boolean() }),
    refuses: [
      {
        when: ({ axes }) => axes.includes(0),
        reason: 'it averages over the batch',
        suggestion: 'name the axes, without 0',
      },
    ],
    layers: (module, { axes, keep }) => layer(module, 'mean', { axes, keep }),
  }),
];
