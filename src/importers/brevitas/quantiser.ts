import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import { defineModule, type ModuleRecord, type Refusal } from '../module.ts';

/** A number, or its name where JSON has none. */
const real = z.union([z.number(), z.enum(['nan', 'inf', '-inf'])]);
/** One entry per tensor or per channel; null where the quantisation is switched off. */
const perChannel = z.union([real, z.array(real), z.null()]);

const quantiserFields = z.object({
  quantiser: z.string().nullable(),
  scale: perChannel,
  zero_point: perChannel,
  bit_width: perChannel,
  signed: z.boolean().nullable(),
  narrow: z.boolean().nullable(),
  rounding: z.string().nullable(),
  dynamic: z.boolean().optional(),
});
export type QuantiserFields = z.infer<typeof quantiserFields>;

const on = ({ scale }: QuantiserFields): boolean => scale !== null;
const when = (refused: (fields: QuantiserFields) => boolean) => (fields: QuantiserFields) => on(fields) && refused(fields);

const refusedQuantisers: readonly Refusal<QuantiserFields>[] = [
  {
    when: when(({ dynamic }) => dynamic === true),
    reason: 'its scale changes with the input',
    suggestion: 'use a quantiser whose scale is fixed after training, such as Int8ActPerTensorFloat',
  },
  {
    when: when(({ scale }) => Array.isArray(scale)),
    reason: 'its activations have a scale per channel',
    suggestion: 'use a quantiser with one scale per tensor, such as Int8ActPerTensorFloat',
  },
  {
    when: when(({ quantiser }) => quantiser !== 'RescalingIntQuant' && quantiser !== 'PrescaledRestrictIntQuant'),
    reason: 'it does not quantise to integers of one step size',
    suggestion: 'use an integer quantiser such as Int8ActPerTensorFloat',
  },
  {
    when: when(({ scale }) => typeof scale !== 'number' || !(scale > 0)),
    reason: 'its scale is not a finite number above 0',
    suggestion: 'calibrate or train the model before you export it',
  },
  {
    when: when(({ zero_point }) => zero_point !== 0),
    reason: 'its zero point is not 0',
    suggestion: 'use a symmetric quantiser such as Int8ActPerTensorFloat or Uint8ActPerTensorFloat',
  },
  {
    when: when(({ bit_width }) => !Number.isInteger(bit_width) || Number(bit_width) < 2 || Number(bit_width) > 16),
    reason: 'its bit width is not a whole number from 2 to 16',
    suggestion: 'choose a bit_width from 2 to 8',
  },
  {
    when: when(({ rounding }) => rounding !== 'ROUND'),
    reason: 'it does not round to the nearest integer',
    suggestion: "choose float_to_int_impl_type='ROUND'",
  },
];

/** The integers of Brevitas's max_int and min_int: a narrow range leaves out one integer, the lowest if signed, else the highest. */
export function rangeOf(bits: number, signed: boolean, narrow: boolean): { readonly lo: number; readonly hi: number } {
  const lost = narrow ? 1 : 0;
  return signed ? { lo: -(2 ** (bits - 1)) + lost, hi: 2 ** (bits - 1) - 1 } : { lo: 0, hi: 2 ** bits - 1 - lost };
}

/** The layer of a quantiser that is switched on and was not refused. */
const quantiserLayer = (name: string, input: string, fields: QuantiserFields): Layer => ({
  name,
  kind: 'quantiser',
  inputs: [input],
  attributes: { scale: Number(fields.scale), ...rangeOf(Number(fields.bit_width), fields.signed === true, fields.narrow === true) },
  tensors: {},
});

/** A function and its quantiser: the quantiser bears the record's name, as in the integers that the bridge recorded. */
const activation = (className: string, role: string, kind: string, attributes: Layer['attributes']) =>
  defineModule({
    classes: [className],
    becomes: `${kind}, quantiser`,
    fields: quantiserFields,
    refuses: refusedQuantisers,
    layers: ({ name, inputs: [input] }: ModuleRecord, fields): readonly Layer[] => {
      const own = { name: on(fields) ? `${name}.${role}` : name, kind, inputs: [input!], attributes, tensors: {} };
      return on(fields) ? [own, quantiserLayer(name, own.name, fields)] : [own];
    },
  });

export const quantisers = [
  defineModule({
    classes: ['QuantIdentity', 'QuantHardTanh'], // a QuantHardTanh only clamps: its quantiser does that alone
    becomes: 'quantiser',
    fields: quantiserFields,
    refuses: [
      ...refusedQuantisers,
      {
        when: (fields, { className }) => className === 'QuantHardTanh' && !on(fields),
        reason: 'its quantisation is switched off',
        suggestion: 'give it an act_quant',
      },
    ],
    layers: ({ name, inputs: [input] }, fields) => (on(fields) ? [quantiserLayer(name, input!, fields)] : []),
  }),
  activation('QuantReLU', 'relu', 'relu', {}),
  activation('QuantSigmoid', 'sigmoid', 'unary', { function: 'sigmoid' }),
  activation('QuantTanh', 'tanh', 'unary', { function: 'tanh' }),
  activation('QuantHardSwish', 'hardswish', 'unary', { function: 'hardswish' }),
];
