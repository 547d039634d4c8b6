import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import { type AnyModule, defineModule, type ModuleRecord } from '../module.ts';

const unary = ({ name, inputs }: ModuleRecord, own: string): readonly Layer[] => [
  { name, kind: 'unary', inputs, attributes: { function: own }, tensors: {} },
];

/** A function without parameters. */
const plain = (className: string, own: string): AnyModule =>
  defineModule({ classes: [className], becomes: 'unary', fields: z.unknown(), refuses: [], layers: (module) => unary(module, own) });

const otherParameters = { reason: 'its parameters are not the usual ones', suggestion: "use PyTorch's own defaults" };

export const functions = [
  defineModule({
    classes: ['ReLU'],
    becomes: 'relu',
    fields: z.unknown(),
    refuses: [],
    layers: ({ name, inputs }) => [{ name, kind: 'relu', inputs, attributes: {}, tensors: {} }],
  }),
  plain('SiLU', 'silu'),
  plain('Sigmoid', 'sigmoid'),
  plain('Tanh', 'tanh'),
  plain('Hardswish', 'hardswish'),
  plain('Hardsigmoid', 'hardsigmoid'),
  defineModule({
    classes: ['GELU'],
    becomes: 'unary',
    fields: z.object({ approximate: z.enum(['none', 'tanh']) }),
    refuses: [],
    layers: (module, { approximate }) => unary(module, approximate === 'none' ? 'gelu' : 'gelu-tanh'),
  }),
  defineModule({
    classes: ['ELU'],
    becomes: 'unary',
    fields: z.object({ alpha: z.number() }),
    refuses: [{ when: ({ alpha }) => alpha !== 1, ...otherParameters }],
    layers: (module) => unary(module, 'elu'),
  }),
  defineModule({
    classes: ['Softplus'],
    becomes: 'unary',
    fields: z.object({ beta: z.number(), threshold: z.number() }),
    refuses: [{ when: ({ beta, threshold }) => beta !== 1 || threshold < 20, ...otherParameters }],
    layers: (module) => unary(module, 'softplus'),
  }),
  defineModule({
    classes: ['Identity', 'Dropout', 'Dropout1d', 'Dropout2d', 'AlphaDropout', 'FeatureAlphaDropout'],
    becomes: 'nothing: it is dropped',
    fields: z.object({ training: z.boolean().optional() }),
    refuses: [
      {
        when: ({ training }) => training === true,
        reason: 'it drops values even in eval mode',
        suggestion: 'use nn.Dropout, or pass training=self.training',
      },
    ],
    layers: () => [],
  }),
];
