import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import type { Attributes } from '../../numeric/attributes.ts';
import { sameShape } from '../../numeric/tensor.ts';
import { defineModule, type ModuleRecord } from '../module.ts';

const layer = ({ name, inputs }: ModuleRecord, kind: string, attributes: Attributes): readonly Layer[] => [
  { name, kind, inputs, attributes, tensors: {} },
];
const axis = z.int().nonnegative();

const batch = { reason: 'it changes the batch axis', suggestion: 'keep axis 0 as it is, for example with flatten(1)' };

const factorsOf = ({ inputShapes, shape }: ModuleRecord): readonly number[] =>
  shape.slice(2).map((size, position) => size / inputShapes[0]![position + 2]!);

export const shapes = [
  defineModule({
    classes: ['reshape', 'Flatten', 'Unflatten'],
    becomes: 'reshape',
    fields: z.unknown(),
    refuses: [],
    layers: (module) => (sameShape(module.shape, module.inputShapes[0]!) ? [] : layer(module, 'reshape', { shape: module.shape })),
  }),
  defineModule({
    classes: ['permute'],
    becomes: 'permute',
    fields: z.object({ axes: z.array(axis) }),
    refuses: [],
    layers: (module, { axes }) => layer(module, 'permute', { axes }),
  }),
  defineModule({
    classes: ['slice'],
    becomes: 'slice',
    fields: z.object({ axis, start: axis, size: axis, step: z.int().positive() }),
    refuses: [{ when: ({ size }) => size === 0, reason: 'it is empty', suggestion: 'check the bounds of the slice' }],
    layers: (module, fields) => layer(module, 'slice', fields),
  }),
  defineModule({
    classes: ['tile'],
    becomes: 'tile',
    fields: z.object({ axis, count: z.int().positive() }),
    refuses: [],
    layers: (module, fields) => layer(module, 'tile', fields),
  }),
  defineModule({
    classes: ['repeat'],
    becomes: 'repeat',
    fields: z.object({ axis, count: z.int().positive() }),
    refuses: [],
    layers: (module, fields) => layer(module, 'repeat', fields),
  }),
  defineModule({
    classes: ['flip'],
    becomes: 'flip',
    fields: z.object({ axes: z.array(axis).min(1) }),
    refuses: [],
    layers: (module, { axes }) => layer(module, 'flip', { axes }),
  }),
  defineModule({
    classes: ['ZeroPad', 'ZeroPad1d', 'ZeroPad2d', 'ConstantPad1d', 'ConstantPad2d'],
    becomes: 'pad',
    fields: z.object({ before: z.array(z.int()), after: z.array(z.int()), value: z.number() }),
    refuses: [
      { when: ({ value }) => value !== 0, reason: 'it pads with a value other than 0', suggestion: 'pad with zeros' },
      {
        when: ({ before, after }) => [...before, ...after].some((size) => size < 0),
        reason: 'it cuts off instead of padding',
        suggestion: 'use a slice',
      },
      { when: ({ before, after }) => before[0] !== 0 || after[0] !== 0, ...batch },
    ],
    layers: (module, { before, after }) => layer(module, 'pad', { before, after }),
  }),
  defineModule({
    classes: ['Upsample', 'UpsamplingNearest2d', 'QuantUpsample', 'QuantUpsamplingNearest2d'],
    becomes: 'upsample',
    fields: z.object({ mode: z.string() }),
    refuses: [
      {
        when: ({ mode }) => mode !== 'nearest' && mode !== 'nearest-exact',
        reason: 'it interpolates',
        suggestion: "use mode='nearest'",
      },
      {
        when: (_, module) => factorsOf(module).some((factor) => !Number.isInteger(factor)),
        reason: 'its factors are not whole numbers',
        suggestion: 'choose whole scale factors',
      },
    ],
    layers: (module) => layer(module, 'upsample', { factors: factorsOf(module) }),
  }),
  defineModule({
    classes: ['cat'],
    becomes: 'concat',
    fields: z.object({ axis }),
    refuses: [{ when: (fields) => fields.axis === 0, ...batch }],
    layers: (module, fields) => (module.inputs.length === 1 ? [] : layer(module, 'concat', { axis: fields.axis })),
  }),
  defineModule({
    classes: ['add'],
    becomes: 'add',
    fields: z.object({ alpha: z.number().optional(), constant: z.union([z.number(), z.string()]).nullish() }),
    refuses: [
      {
        when: ({ constant }) => constant !== undefined && constant !== null,
        reason: 'it adds a constant',
        suggestion: 'add it to the bias of the layer in front',
      },
      {
        when: ({ alpha }) => alpha !== undefined && alpha !== 1,
        reason: 'it multiplies an addend by alpha',
        suggestion: 'use alpha=1',
      },
      {
        when: (_, { inputShapes, shape }) => inputShapes.length < 2 || inputShapes.some((own) => !sameShape(own, shape)),
        reason: 'it broadcasts an addend',
        suggestion: 'give both addends the same shape',
      },
    ],
    layers: (module) => layer(module, 'add', {}),
  }),
];
