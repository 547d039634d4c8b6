import * as z from 'zod';
import { defineLayer } from '../layer.ts';
import { quantised } from '../meaning.ts';
import { checkGains, lowerNorm, normReal } from '../norms.ts';
import { rmsNorm } from './rms-norm.ts';

/** torch.nn.RMSNorm over the last axis: x / sqrt(mean of x^2 + epsilon) * gamma. */
export const rmsNormLayer = defineLayer({
  kind: 'rms-norm',
  attributes: z.object({ epsilon: z.number().nonnegative() }),
  required: [],
  optional: ['gamma'],
  arity: [1, 1],
  shape({ tensors }, [x]) {
    checkGains(x!.at(-1)!, tensors);
    return x!;
  },

  lower({ name, attributes: { epsilon }, tensors: { gamma } }, [x], to) {
    const { term } = quantised(name, x, to);
    const axis = term.type.shape.length - 1;
    return lowerNorm(name, term, { operator: rmsNorm, length: term.type.shape[axis]!, epsilon, axis, gamma }, to);
  },

  real({ attributes: { epsilon }, tensors: { gamma } }, [x]) {
    const length = x.shape.at(-1)!;
    return normReal(x, { length, epsilon, gamma, centred: false }, (position) => position % length);
  },
});
