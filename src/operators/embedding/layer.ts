import * as z from 'zod';
import { BadInput } from '../../errors.ts';
import { extent } from '../../numeric/extent.ts';
import { defineLayer } from '../layer.ts';
import { largest, quantisedMeaning } from '../meaning.ts';
import { quantise } from '../quantiser/layer.ts';
import { real } from '../real.ts';
import { gather } from './gather.ts';

/** A learned row for each index. The indices are an input of the network, whole numbers from 0 to count - 1; `weights` is [count, width]. */
export const embeddingLayer = defineLayer({
  kind: 'embedding',
  attributes: z.object({}),
  required: ['weights', 'scales'],
  optional: [],
  arity: [1, 1],
  shape({ tensors: { weights, scales } }, [x]) {
    if (weights!.type.shape.length !== 2 || scales!.data.length !== 1) {
      throw new RangeError(`rows of [${weights!.type.shape.join(', ')}] with ${scales!.data.length} scales`);
    }
    return [...x!, weights!.type.shape[1]!];
  },

  lower({ name, tensors: { weights, scales } }, [x], to) {
    if (x.source === undefined) {
      throw new BadInput({
        where: `layer ${name}`,
        found: 'indices that the network computes',
        expected: 'an input of the network, whole numbers that nothing quantises',
        remedy: 'make the indices an input of the model',
      });
    }
    const indices = quantise(`${name}~indices`, x, { scale: 1, lo: 0, hi: weights!.type.shape[0]! - 1 }, to);
    const operands = [indices.terms[0].value, to.constant(`${name}.weights`, weights!)];
    const { value, type } = to.call(name, { operator: gather.name, operands, attributes: {} });
    const { low: lo, high: hi } = extent(weights!.data);
    return quantisedMeaning(value, type, scales!.data[0]!, largest({ lo, hi }));
  },

  real({ tensors: { weights, scales } }, [x]) {
    const [count = 1, width = 1] = weights!.type.shape;
    const at = (position: number): number => {
      const index = Math.min(Math.max(Math.round(x.values[Math.floor(position / width)]!), 0), count - 1);
      return weights!.data[index * width + (position % width)]! * scales!.data[0]!;
    };
    return real([...x.shape, width], at, (position) => Math.abs(at(position)));
  },
});
