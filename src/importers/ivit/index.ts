import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import type { Attributes } from '../../numeric/attributes.ts';
import { type AnyModule, defineModule, type Modules } from '../module.ts';

/** A class that is one layer, whose attributes are its fields. */
const oneLayer = <A extends Attributes>(className: string, kind: string, fields: z.ZodType<A>): AnyModule =>
  defineModule({
    classes: [className],
    becomes: kind,
    fields,
    refuses: [],
    layers: ({ name, inputs, tensors }, attributes): readonly Layer[] => [{ name, kind, inputs, attributes, tensors }],
  });

const axis = z.int().nonnegative();
const sizes = z.array(z.int().positive());
const bits = z.union([z.literal(8), z.literal(16)]);
const none = z.object({});

/** All that the I-ViT importer takes: the modules of I-ViT by the names of their classes, and what its models do between them. */
const definitions: readonly AnyModule[] = [
  oneLayer('QuantAct', 'ivit-quantise', z.object({ bits, scale: z.number().positive() })),
  oneLayer('QuantConv2d', 'ivit-convolution', z.object({ stride: sizes, padding: z.array(axis), groups: z.int().positive() })),
  oneLayer('QuantLinear', 'ivit-linear', none),
  oneLayer('QuantMatMul', 'ivit-matmul', z.object({ transpose: z.boolean(), factor: z.number().positive() })),
  oneLayer('IntSoftmax', 'ivit-softmax', z.object({ bits })),
  oneLayer('IntGELU', 'ivit-gelu', none),
  oneLayer('IntLayerNorm', 'ivit-layer-norm', none),
  oneLayer('Parameter', 'ivit-parameter', none),
  oneLayer('ClassToken', 'ivit-class-token', none),
  oneLayer('PositionBias', 'ivit-position-bias', none),
  oneLayer('Mean', 'ivit-mean', z.object({ axis })),
  oneLayer('permute', 'permute', z.object({ axes: z.array(axis) })),
  oneLayer('slice', 'slice', z.object({ axis, start: axis, size: z.int().positive(), step: z.int().positive() })),
  oneLayer('roll', 'roll', z.object({ axes: z.array(axis), shifts: z.array(z.int()) })),
  defineModule({
    classes: ['reshape'],
    becomes: 'reshape',
    fields: none,
    refuses: [],
    layers: ({ name, inputs, shape }) => [{ name, kind: 'reshape', inputs, attributes: { shape }, tensors: {} }],
  }),
];

export const modules: Modules = new Map(definitions.flatMap((definition) => definition.classes.map((name) => [name, definition])));
