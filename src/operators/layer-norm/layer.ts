import * as z from 'zod';
import { elements, type Shape } from '../../numeric/tensor.ts';
import { defineLayer } from '../layer.ts';
import { move, quantised } from '../meaning.ts';
import { checkGains, lowerNorm, normReal } from '../norms.ts';
import { reshape } from '../reshape/reshape.ts';
import { layerNorm } from './layer-norm.ts';

const lengthOf = (shape: Shape, axes: number): number => elements(shape.slice(-axes));

/** torch.nn.LayerNorm over the last `axes` axes: (x - mean) / sqrt(variance + epsilon) * gamma + beta. */
export const layerNormLayer = defineLayer({
  kind: 'layer-norm',
  attributes: z.object({ axes: z.int().positive(), epsilon: z.number().nonnegative() }),
  required: [],
  optional: ['gamma', 'beta'],
  arity: [1, 1],
  shape({ attributes: { axes }, tensors }, [x]) {
    if (axes > x!.length) throw new RangeError(`a norm over ${axes} axes does not fit [${x!.join(', ')}]`);
    checkGains(lengthOf(x!, axes), tensors);
    return x!;
  },

  /** Several axes become one before, for gamma to run along, and several again behind the rounding. */
  lower({ name, attributes: { axes, epsilon }, tensors: { gamma, beta } }, [x], to) {
    const { meaning, term } = quantised(name, x, to);
    const { shape } = term.type;
    const length = lengthOf(shape, axes);
    const axis = shape.length - axes;
    const norm = { operator: layerNorm, length, epsilon, axis, gamma, beta };
    if (axes === 1) return lowerNorm(name, term, norm, to);
    const reshaped = (to: Shape) => ({ operator: reshape.name, operands: [], attributes: { shape: to } });
    const rows = move(`${name}~rows`, meaning, reshaped([...shape.slice(0, axis), length]), 'any', to);
    return { ...lowerNorm(name, rows.terms[0], norm, to), pending: [{ call: reshaped(shape), commutes: 'any' }] };
  },

  real({ attributes: { axes, epsilon }, tensors: { gamma, beta } }, [x]) {
    const length = lengthOf(x.shape, axes);
    return normReal(x, { length, epsilon, gamma, beta, centred: true }, (position) => position % length);
  },
});
