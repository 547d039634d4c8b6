import * as z from 'zod';
import { defineModule, type Refusal } from '../module.ts';

const weightFields = z.object({
  weight_bit_width: z.number().nullable(),
  weight_zero_point: z.union([z.number(), z.string()]).nullable(),
  weight_scaling: z.enum(['tensor', 'channel', 'group']).nullable(),
});
type WeightFields = z.infer<typeof weightFields>;

const refusedWeights: readonly Refusal<WeightFields>[] = [
  {
    when: ({ weight_bit_width }, { tensors }) => weight_bit_width === null || !tensors['weights'],
    reason: 'its weights are not quantised to integers',
    suggestion: 'give it an integer weight_quant such as Int8WeightPerTensorFloat',
  },
  {
    when: ({ weight_zero_point }) => weight_zero_point !== 0,
    reason: 'its weights have a zero point',
    suggestion: 'choose a symmetric weight_quant such as Int8WeightPerTensorFloat',
  },
  {
    when: ({ weight_bit_width }) => !Number.isInteger(weight_bit_width) || weight_bit_width! < 2 || weight_bit_width! > 8,
    reason: 'the bit width of its weights is not a whole number from 2 to 8',
    suggestion: 'choose a weight_bit_width from 2 to 8',
  },
  {
    when: (_, { tensors }) => tensors['weights']?.type.dtype !== 'i8',
    reason: 'its weights do not fit signed 8-bit integers',
    suggestion: 'choose a signed weight_quant such as Int8WeightPerTensorFloat',
  },
  {
    when: ({ weight_scaling }) => weight_scaling === 'group',
    reason: 'its weights have scales for groups within a channel',
    suggestion: 'choose one scale per tensor or per output channel',
  },
];

const spatial = z.array(z.int().positive()).min(1).max(3);
const convolutionFields = weightFields.extend({
  stride: spatial,
  padding: z.array(z.int()),
  dilation: spatial,
  groups: z.int().positive(),
  padding_mode: z.string(),
});

export const weighted = [
  defineModule({
    classes: ['QuantConv1d', 'QuantConv2d'],
    becomes: 'convolution',
    fields: convolutionFields,
    refuses: [
      {
        when: ({ dilation }) => dilation.some((step) => step !== 1),
        reason: 'it is dilated',
        suggestion: 'use dilation=1 with a larger kernel',
      },
      {
        when: ({ padding_mode, padding }) => padding_mode !== 'zeros' && padding.some((size) => size !== 0),
        reason: 'it pads with other values than zeros',
        suggestion: "use padding_mode='zeros'",
      },
      {
        when: (_, { shape, tensors }) => shape.length !== (tensors['weights']?.type.shape.length ?? shape.length),
        reason: 'its input has no batch axis',
        suggestion: 'give the model samples with a batch axis in front',
      },
      ...refusedWeights,
    ],
    layers: (module, { stride, padding, groups }) => [
      {
        name: module.name,
        kind: 'convolution',
        inputs: module.inputs,
        attributes: { stride, padding, groups },
        tensors: module.tensors,
      },
    ],
  }),
  defineModule({
    classes: ['QuantLinear'],
    becomes: 'linear',
    fields: weightFields,
    refuses: refusedWeights,
    layers: (module) => [{ name: module.name, kind: 'linear', inputs: module.inputs, attributes: {}, tensors: module.tensors }],
  }),
  defineModule({
    classes: ['QuantEmbedding'],
    becomes: 'embedding',
    fields: weightFields,
    refuses: [
      ...refusedWeights,
      {
        when: (_, { tensors }) => tensors['scales']?.data.length !== 1,
        reason: 'its rows have scales of their own',
        suggestion: 'choose one scale per tensor',
      },
    ],
    layers: (module) => [{ name: module.name, kind: 'embedding', inputs: module.inputs, attributes: {}, tensors: module.tensors }],
  }),
  defineModule({
    classes: ['BatchNorm1d', 'BatchNorm2d'],
    becomes: 'batch-norm',
    fields: z.object({ epsilon: z.number().nonnegative() }),
    refuses: [
      {
        when: (_, { tensors }) => !tensors['mean'],
        reason: 'it has no running statistics',
        suggestion: 'use track_running_stats=True',
      },
    ],
    layers: (module, { epsilon }) => [
      { name: module.name, kind: 'batch-norm', inputs: module.inputs, attributes: { epsilon }, tensors: module.tensors },
    ],
  }),
];
