import * as z from 'zod';
import { elements, type Shape } from '../../numeric/tensor.ts';
import { defineLayer } from '../layer.ts';
import { layerNorm } from '../layer-norm/layer-norm.ts';
import { quantised } from '../meaning.ts';
import { checkGains, lowerNorm, normReal } from '../norms.ts';

const lengthOf = (shape: Shape, groups: number): number => elements(shape.slice(1)) / groups;

/** torch.nn.GroupNorm: each group of channels (axis 1) with all their positions is one row; gamma and beta of each channel. */
export const groupNormLayer = defineLayer({
  kind: 'group-norm',
  attributes: z.object({ groups: z.int().positive(), epsilon: z.number().nonnegative() }),
  required: [],
  optional: ['gamma', 'beta'],
  arity: [1, 1],
  shape({ attributes: { groups }, tensors }, [x]) {
    const channels = x![1] ?? 0;
    if (channels === 0 || channels % groups !== 0) throw new RangeError(`${groups} groups do not fit [${x!.join(', ')}]`);
    checkGains(channels, tensors);
    return x!;
  },

  lower({ name, attributes: { groups, epsilon }, tensors: { gamma, beta } }, [x], to) {
    const { term } = quantised(name, x, to);
    const length = lengthOf(term.type.shape, groups);
    return lowerNorm(name, term, { operator: layerNorm, length, epsilon, axis: 1, gamma, beta }, to);
  },

  real({ attributes: { groups, epsilon }, tensors: { gamma, beta } }, [x]) {
    const inner = elements(x.shape.slice(2));
    const norm = { length: lengthOf(x.shape, groups), epsilon, gamma, beta, centred: true };
    return normReal(x, norm, (position) => Math.floor(position / inner) % x.shape[1]!);
  },
});
