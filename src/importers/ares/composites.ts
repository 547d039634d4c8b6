import * as z from 'zod';
import { type AnyModule, defineModule } from '../module.ts';
import { attention, crossAttention } from './attention.ts';
import { int8 } from './build.ts';
import { depthwise } from './causal.ts';
import type { Composite } from './composite.ts';
import { embedding, patchEmbed, spectrum } from './embeddings.ts';
import { mambaBlock, mambaWrapper, ssm } from './mamba.ts';
import { positional } from './positional.ts';

/** The composites of the format; of those that end in the same layer the larger one stands first. */
export const known = [
  attention,
  crossAttention,
  patchEmbed,
  spectrum,
  embedding,
  mambaWrapper,
  mambaBlock,
  ssm,
  depthwise,
  positional,
] as unknown as readonly Composite[];

/** Each as a type that is read: its layers, and the rounding of their result. */
export const composites: readonly AnyModule[] = known.map((composite) =>
  defineModule({
    classes: [composite.type],
    becomes: 'a graph of small layers, quantiser',
    fields: z.object({ outgoing: z.number().positive() }).and(composite.fields),
    refuses: [],
    layers: ({ name, inputs: [input = ''], inputShapes: [shape = []], tensors }, fields) => {
      const layers = composite.expand({ name, input, shape }, fields, tensors);
      return [...layers, int8(name, layers.at(-1)!.name, fields.outgoing)];
    },
  }),
);
