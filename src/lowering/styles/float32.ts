import { clamp, f32, roundHalfEven } from '../../numeric/rounding.ts';
import { tensor } from '../../numeric/tensor.ts';
import type { Meaning, Quantisation, Style } from '../../operators/layer.ts';
import { channelsOf, perChannel } from '../../operators/meaning.ts';
import { bias, float32 as float32Operator } from '../../operators/requantise/float32.ts';
import { requantiseDyadic } from './dyadic.ts';
import { bitsOf, clampOf } from './target.ts';

/** The bias in steps of the accumulator. Beyond what saturates the result it is cut, so that it fits 32 bits. */
function integerBias(offset: number, scale: number, limit: number, to: Quantisation): number {
  if (offset === 0 || scale === 0) return 0;
  const saturated = limit + ((2 ** bitsOf(to) + 1) * to.scale) / Math.abs(scale);
  return roundHalfEven(clamp(offset / scale, -saturated, saturated));
}

const isAccumulator = ({ terms, counts, unary }: Meaning): boolean =>
  terms.length === 1 && counts === undefined && unary === undefined && terms[0].type.dtype === 'i32';

/**
 * What Gemmini's accumulator scaler computes, for the accumulators of convolutions and linear layers: an integer bias, one float32 multiply.
 * Sums, pools and nonlinearities have the dyadic form in this style too, and so have results of more than 16 bits and an accumulator whose bias
 * exceeds 32.
 */
export const float32: Style = {
  name: 'float32',
  requantise(name, from, to, lowering) {
    const [term] = from.terms;
    const channels = channelsOf(term.scale, from.offset, term.limit);
    const scales = perChannel(term.scale, channels);
    const limits = perChannel(term.limit, channels);
    const biases = perChannel(from.offset, channels).map((offset, c) => integerBias(offset, scales[c]!, limits[c]!, to));
    const fits = biases.every(
      (entry, c) => Math.abs(entry) + limits[c]! < 2 ** 31 && (scales[c] !== 0 || from.offset.every((b) => b === 0)),
    );
    if (!isAccumulator(from) || !fits || bitsOf(to) > 16) return requantiseDyadic(name, from, to, lowering);
    const scale = lowering.constant(
      `${name}.m`,
      tensor(
        { dtype: 'f32', shape: [term.scale.length] },
        term.scale.map((s) => f32(s / to.scale)),
      ),
    );
    let { value } = term;
    if (biases.some((entry) => entry !== 0)) {
      const constant = lowering.constant(`${name}.b`, tensor({ dtype: 'i32', shape: [channels] }, biases));
      ({ value } = lowering.call(`${name}~1`, { operator: bias.name, operands: [value, constant], attributes: { axis: from.axis } }));
    }
    return lowering.call(name, {
      operator: float32Operator.name,
      operands: [value, scale],
      attributes: { axis: from.axis, ...clampOf(from, to) },
    });
  },
};
