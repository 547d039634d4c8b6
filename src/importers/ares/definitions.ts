import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import { elements, type Shape } from '../../numeric/tensor.ts';
import { type AnyModule, defineModule, type ModuleRecord, type Modules, type Refusal } from '../module.ts';
import { int8, layer, rounded, weightTensors } from './build.ts';
import { composites } from './composites.ts';
import { rows } from './rows.ts';

const pair = z.array(z.int().positive()).length(2);
const border = z.array(z.int().nonnegative()).length(2);
/** The scale of the int8 result, which scales.ts has looked up. */
const outgoing = z.number().positive();
const one = z.union([z.int(), z.array(z.int()).length(1)]).transform((value) => (typeof value === 'number' ? value : value[0]!));

const notPerTensor: Refusal<{ readonly scale_weight: unknown }> = {
  when: ({ scale_weight }) => Array.isArray(scale_weight) && scale_weight.length !== 1,
  reason: 'its weights have a scale per channel',
  suggestion: 'quantise the weights per tensor, with Int8WeightPerTensorFloat',
};

const weightScale = z.union([z.number().positive(), z.array(z.number().positive())]);

const weights = ({ tensors }: ModuleRecord, scale: z.infer<typeof weightScale>): Layer['tensors'] =>
  weightTensors(tensors, [scale].flat()[0]!);

const square = ([height, width]: readonly number[]): number[] => [height!, width!, height!, width!];
const axisOf = (axis: number, { length }: Shape): number => (axis < 0 ? axis + length : axis);
/** Axis 0 counts samples; `touches` says whether a layer with these fields changes it. */
const batch = <F>(touches: (fields: F, input: Shape) => boolean): Refusal<F> => ({
  when: (fields, { inputShapes: [input = []] }) => touches(fields, input),
  reason: 'it changes the batch axis',
  suggestion: 'keep axis 0 as it is',
});

/** The window of a pool; its stride is the kernel's size unless it is given. */
const pool = z.object({ kernel_size: pair, stride: pair.nullish(), padding: border.nullish() });
const windowOf = ({ kernel_size: kernel, stride, padding }: z.infer<typeof pool>) => ({
  kernel,
  stride: stride ?? kernel,
  padding: square(padding ?? [0, 0]),
  ceil: false,
});

const reshaped = ({ name, inputs }: ModuleRecord, shape: Shape): readonly Layer[] => [layer(name, 'reshape', inputs, { shape })];

function flattened([...shape]: Shape, start: number, end: number): Shape {
  const first = axisOf(start, shape);
  const last = axisOf(end, shape);
  return [...shape.slice(0, first), elements(shape.slice(first, last + 1)), ...shape.slice(last + 1)];
}

/** Without the axis where its size is 1; without every such axis but the batch where none is named. */
const squeezed = (shape: Shape, dim: number | null | undefined): Shape =>
  shape.filter((size, axis) => size !== 1 || (dim === null || dim === undefined ? axis === 0 : axis !== axisOf(dim, shape)));

/** A shape with -1 in it filled up. */
function filled(shape: Shape, input: Shape): Shape {
  const known = shape.filter((size) => size !== -1);
  return shape.map((size) => (size === -1 ? elements(input) / elements(known) : size));
}

/** All types that are read; the page of limits and the checker print them. */
export const definitions: readonly AnyModule[] = [
  defineModule({
    classes: ['QuantIdentity'],
    becomes: 'quantiser',
    fields: z.object({ outgoing }),
    refuses: [],
    layers: ({ name, inputs: [input] }, fields) => [int8(name, input!, fields.outgoing)],
  }),
  defineModule({
    classes: ['QuantReLU'],
    becomes: 'relu, quantiser',
    fields: z.object({ outgoing }),
    refuses: [],
    layers: (module, fields) => rounded(module, 'relu', fields.outgoing),
  }),
  defineModule({
    classes: ['QuantConv2d'],
    becomes: 'convolution, quantiser',
    fields: z.object({
      outgoing,
      stride: pair,
      padding: border,
      groups: z.int().positive().default(1),
      dilation: z.union([z.int(), z.array(z.int())]).nullish(),
      scale_weight: weightScale,
    }),
    refuses: [
      notPerTensor,
      {
        when: ({ dilation }) => [dilation ?? 1].flat().some((step) => step !== 1),
        reason: 'it is dilated',
        suggestion: 'use dilation=1 with a larger kernel',
      },
    ],
    layers: (module, { outgoing: scale, stride, padding, groups, scale_weight }) =>
      rounded(module, 'convolution', scale, { stride, padding: square(padding), groups }, weights(module, scale_weight)),
  }),
  defineModule({
    classes: ['QuantLinear'],
    becomes: 'linear, quantiser',
    fields: z.object({ outgoing: outgoing.optional(), in_features: z.int().positive(), scale_weight: weightScale }),
    refuses: [notPerTensor],
    layers: (module, { outgoing: scale, in_features, scale_weight }) => {
      const [shape = []] = module.inputShapes;
      const flat = shape.length > 2 && shape.at(-1) !== in_features;
      const rows = flat ? [layer(`${module.name}.flatten`, 'reshape', module.inputs, { shape: flattened(shape, 1, -1) })] : [];
      const own = { ...module, inputs: rows.length > 0 ? [rows[0]!.name] : module.inputs };
      const tensors = weights(module, scale_weight);
      const linear =
        scale === undefined ? [layer(own.name, 'linear', own.inputs, {}, tensors)] : rounded(own, 'linear', scale, {}, tensors);
      return [...rows, ...linear];
    },
  }),
  defineModule({
    classes: ['MaxPool2d'],
    becomes: 'max-pool',
    fields: pool,
    refuses: [],
    layers: ({ name, inputs }, fields) => [layer(name, 'max-pool', inputs, windowOf(fields))],
  }),
  defineModule({
    classes: ['AvgPool2d'],
    becomes: 'average-pool, quantiser',
    fields: pool.extend({ outgoing }),
    refuses: [],
    layers: (module, fields) => rounded(module, 'average-pool', fields.outgoing, { ...windowOf(fields), countPadding: true }),
  }),
  defineModule({
    classes: ['GlobalAvgPool'],
    becomes: 'adaptive-average-pool, quantiser',
    fields: z.object({ outgoing, output_size: z.union([z.int(), z.array(z.int())]).nullish() }),
    refuses: [
      {
        when: ({ output_size }) => [output_size ?? 1].flat().some((size) => size !== 1),
        reason: 'its output is larger than 1x1',
        suggestion: 'use an AvgPool2d',
      },
    ],
    layers: (module, fields) => rounded(module, 'adaptive-average-pool', fields.outgoing, { output: [1, 1] }),
  }),
  defineModule({
    classes: ['AdaptiveAvgPool1d'],
    becomes: 'adaptive-average-pool, quantiser',
    fields: z.object({ outgoing, output_size: one }),
    refuses: [],
    layers: (module, { outgoing: scale, output_size }) => {
      const { name, inputs, inputShapes, shape } = module;
      const [, rows, columns] = inputShapes[0] ?? [];
      const averagesRows = shape.length === 3 && shape[1] === columns && shape[2] === output_size && rows !== columns;
      if (!averagesRows) return rounded(module, 'adaptive-average-pool', scale, { output: [output_size] });
      const turned = layer(`${name}.permute`, 'permute', inputs, { axes: [0, 2, 1] });
      return [turned, ...rounded({ ...module, inputs: [turned.name] }, 'adaptive-average-pool', scale, { output: [output_size] })];
    },
  }),
  defineModule({
    classes: ['ZeroPad2d'],
    becomes: 'pad',
    fields: z.object({ padding: z.array(z.int().nonnegative()).length(4) }),
    refuses: [],
    layers: ({ name, inputs, inputShapes }, { padding: [left = 0, right = 0, top = 0, bottom = 0] }) => {
      const others = inputShapes[0]!.slice(0, -2).map(() => 0);
      return [layer(name, 'pad', inputs, { before: [...others, top, left], after: [...others, bottom, right] })];
    },
  }),
  defineModule({
    classes: ['Flatten'],
    becomes: 'reshape',
    fields: z.object({ start_dim: z.int().default(1), end_dim: z.int().default(-1) }),
    refuses: [batch<{ start_dim: number }>(({ start_dim }, input) => axisOf(start_dim, input) === 0 && input.length > 1)],
    layers: (module, { start_dim, end_dim }) => reshaped(module, flattened(module.inputShapes[0]!, start_dim, end_dim)),
  }),
  defineModule({
    classes: ['Squeeze'],
    becomes: 'reshape',
    fields: z.object({ dim: z.int().nullish() }),
    refuses: [batch<{ dim?: number | null | undefined }>(({ dim }, input) => axisOf(dim ?? 1, input) === 0)],
    layers: (module, { dim }) => reshaped(module, squeezed(module.inputShapes[0]!, dim)),
  }),
  defineModule({
    classes: ['Reshape'],
    becomes: 'reshape',
    fields: z.object({ shape: z.array(z.int()) }),
    refuses: [batch<{ shape: Shape }>(({ shape }, input) => filled(shape, input)[0] !== 1)],
    layers: (module, { shape }) => reshaped(module, filled(shape, module.inputShapes[0]!)),
  }),
  defineModule({
    classes: ['Permute'],
    becomes: 'permute',
    fields: z.object({ dims: z.array(z.int()) }),
    refuses: [batch<{ dims: readonly number[] }>(({ dims }, input) => axisOf(dims[0] ?? 0, input) !== 0)],
    layers: ({ name, inputs, inputShapes: [shape] }, { dims }) => [
      layer(name, 'permute', inputs, { axes: dims.map((axis) => axisOf(axis, shape!)) }),
    ],
  }),
  defineModule({
    classes: ['Add'],
    becomes: 'add, quantiser',
    fields: z.object({ outgoing }),
    refuses: [],
    layers: (module, fields) => rounded(module, 'add', fields.outgoing),
  }),
  defineModule({
    classes: ['Concatenate'],
    becomes: 'concat, quantiser',
    fields: z.object({ outgoing, dim: z.int().default(1) }),
    refuses: [batch<{ dim: number }>(({ dim }, input) => axisOf(dim, input) === 0)],
    layers: (module, fields) => rounded(module, 'concat', fields.outgoing, { axis: axisOf(fields.dim, module.inputShapes[0]!) }),
  }),
  defineModule({
    classes: ['Mean'],
    becomes: 'mean, quantiser',
    fields: z.object({ outgoing, dim: z.union([z.int(), z.array(z.int()).min(1)]), keepdim: z.boolean().default(false) }),
    refuses: [batch<{ dim: number | readonly number[] }>(({ dim }, input) => [dim].flat().some((axis) => axisOf(axis, input) === 0))],
    layers: (module, { outgoing: scale, dim, keepdim }) =>
      rounded(module, 'mean', scale, { axes: [dim].flat().map((axis) => axisOf(axis, module.inputShapes[0]!)), keep: keepdim }),
  }),
  ...rows,
  ...composites,
];

export const modules: Modules = new Map(definitions.flatMap((definition) => definition.classes.map((name) => [name, definition])));
