import * as z from 'zod';
import { type AnyModule, defineModule, type ModuleRecord, type Refusal } from '../module.ts';
import { rounded } from './build.ts';
import { functions } from './functions.ts';

const outgoing = z.number().positive();
const eps = z.number().nonnegative();
const sizes = z.union([
  z
    .int()
    .positive()
    .transform((size) => [size]),
  z.array(z.int().positive()).min(1),
]);

/** A norm runs over the last axes; ARES would look for an axis of the right size. */
const otherAxis: Refusal<{ readonly normalized_shape: readonly number[] }> = {
  when: ({ normalized_shape: sizes }, { inputShapes: [input = []] }) => input.slice(-sizes.length).join() !== sizes.join(),
  reason: 'it does not run over the last axes of its input',
  suggestion: 'permute them to the end in front of it',
};

const gains = ({ tensors: { gamma, beta } }: ModuleRecord) => ({ ...(gamma && { gamma }), ...(beta && { beta }) });

/** The types that are functions: norms of rows, and those of single values. */
export const rows: readonly AnyModule[] = [
  defineModule({
    classes: ['LayerNorm'],
    becomes: 'layer-norm, quantiser',
    fields: z.object({ outgoing, normalized_shape: sizes, eps }),
    refuses: [otherAxis],
    layers: (module, { outgoing: scale, normalized_shape: { length: axes }, eps: epsilon }) =>
      rounded(module, 'layer-norm', scale, { axes, epsilon }, gains(module)),
  }),
  defineModule({
    classes: ['RMSNorm'],
    becomes: 'rms-norm, quantiser',
    fields: z.object({ outgoing, normalized_shape: sizes, eps }),
    refuses: [
      otherAxis,
      {
        when: ({ normalized_shape: sizes }) => sizes.length > 1,
        reason: 'it runs over several axes',
        suggestion: `flatten them in front of it`,
      },
    ],
    layers: (module, { outgoing: scale, eps: epsilon }) => rounded(module, 'rms-norm', scale, { epsilon }, gains(module)),
  }),
  defineModule({
    classes: ['GroupNorm'],
    becomes: 'group-norm, quantiser',
    fields: z.object({ outgoing, num_groups: z.int().positive(), eps }),
    refuses: [],
    layers: (module, { outgoing: scale, num_groups: groups, eps: epsilon }) =>
      rounded(module, 'group-norm', scale, { groups, epsilon }, gains(module)),
  }),
  ...Object.entries(functions).map(([own, type]) =>
    defineModule({
      classes: [type],
      becomes: 'unary, quantiser',
      fields: z.object({ outgoing }),
      refuses: [],
      layers: (module, fields) => rounded(module, 'unary', fields.outgoing, { function: own }),
    }),
  ),
];
