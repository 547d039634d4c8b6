import * as z from 'zod';
import { BadInput } from '../../errors.ts';
import { dyadicConstants } from '../../numeric/dyadic.ts';
import { exponentialTable } from '../../numeric/exponential.ts';
import { frexp, roundHalfEven } from '../../numeric/rounding.ts';
import { type Tensor, tensor } from '../../numeric/tensor.ts';
import { defineLayer, type Lowering, type Meaning, type Real } from '../layer.ts';
import { accumulatorMeaning, quantised } from '../meaning.ts';
import { quantise } from '../quantiser/layer.ts';
import { narrowing, scanShape, selectiveScan } from './selective-scan.ts';
import { softplus, softplusBits, softplusTable } from './softplus.ts';

const attributes = z.object({
  /** Real number of one step of the state: the largest of the calibration / 2^24. */
  stateScale: z.number().positive(),
  /** Bits of dt * x beyond a step of the state: as many as leave 8 times its largest below 2^31. */
  inputBits: z.int().min(6).max(30),
});

/** dt before its softplus is no further from 0 than this; beyond it the step is dt itself, or 0. */
const widest = 127 * 2 ** softplusBits.from;

/** The rates of decay as 31-bit integers with one exponent. */
function ratesOf({ type, data }: Tensor): { readonly decay: number; readonly rates: Tensor } {
  const largest = Math.max(...data);
  if (!(Math.min(...data) >= 0) || largest <= 0 || largest >= 2 ** 30) {
    throw new RangeError(`rates of decay from ${Math.min(...data)} to ${largest}, not from 0 to 2^30`);
  }
  const decay = Math.min(31 - frexp(largest).exponent, 62);
  const integers = Array.from(data, (rate) => Math.min(roundHalfEven(rate * 2 ** decay), 2 ** 31 - 1));
  return { decay, rates: tensor({ dtype: 'i32', shape: type.shape }, integers) };
}

/** The positive steps in 2^-24: dt as a fixed-point number, whatever stands in front of it, and its softplus. */
function stepsOf(name: string, dt: Meaning, to: Lowering): string {
  const fixed = quantise(`${name}~dt`, dt, { scale: 2 ** -softplusBits.from, lo: -widest, hi: widest }, to);
  const operands = [fixed.terms[0].value, to.constant(`${name}.softplus`, softplusTable)];
  return to.call(`${name}~steps`, { operator: softplus.name, operands, attributes: {} }).value;
}

/**
 * The scan of Mamba: x and dt [batch, tokens, channels], b and c [batch, tokens, states] give y_t = sum over the states of c_t * h_t + D * x_t,
 * h_t = exp(-s_t * A) * h_(t-1) + s_t * x_t * b_t, s = softplus(dt). A is [channels, states] and above 0, D [channels]; no quantiser stands behind dt.
 */
export const selectiveScanLayer = defineLayer({
  kind: 'selective-scan',
  attributes,
  required: ['A', 'D'],
  optional: [],
  arity: [4, 4],
  shape({ tensors: { A, D } }, [x, dt, b, c]) {
    if (D!.data.length !== x!.at(-1)) throw new RangeError(`${D!.data.length} factors of the input do not fit [${x!.join(', ')}]`);
    return scanShape(x!, dt!, b!, c!, A!.type.shape);
  },

  lower({ name, attributes: { stateScale, inputBits }, tensors: { A, D } }, [first, dt, ...others], to): Meaning {
    const [x, b, c] = [first, ...others].map((input) => quantised(name, input, to).term);
    const { decay, rates } = ratesOf(A!);
    const ratio = (x!.scale[0]! * b!.scale[0]! * 2 ** (inputBits - softplusBits.to)) / stateScale;
    const limit = 2 ** 31 * Math.max(x!.limit[0]!, 128);
    const { multipliers, exponent } = dyadicConstants([{ ratio, limit }], 0, 32);
    if (multipliers[0]! < 2 ** 16 || exponent < 1) {
      throw new BadInput({
        where: `layer ${name}`,
        found: `a state in steps of ${stateScale} for inputs in steps of ${x!.scale[0]! * b!.scale[0]!}`,
        expected: 'a ratio that a multiplier and a shift of 64-bit integers stand for',
        remedy: 'calibrate the scan and the quantisers in front of it again',
      });
    }
    const { value, type } = to.call(`${name}~states`, {
      operator: selectiveScan.name,
      operands: [
        stepsOf(name, dt!, to),
        ...[x!, b!, c!].map((term) => term.value),
        to.constant(`${name}.rates`, rates),
        to.constant(`${name}.exponentials`, exponentialTable),
      ],
      attributes: { decay, M: multipliers[0]!, E: exponent, fraction: inputBits },
    });
    const scale = [stateScale * c!.scale[0]! * 2 ** narrowing(A!.type.shape[1]!)];
    const meaning = accumulatorMeaning({ value, type, scale, limit: [2 ** 31] }, 2);
    const passed = { ...x!, scale: Array.from(D!.data, (factor) => factor * x!.scale[0]!) };
    return { ...meaning, terms: [meaning.terms[0], passed] };
  },

  real({ tensors: { A, D } }, [x, ...others]): Real {
    const [dt, b, c] = others as [Real, Real, Real];
    const [batch = 1, tokens = 1, channels = 1] = x.shape;
    const states = A!.type.shape[1]!;
    const found = { shape: x.shape, values: new Float64Array(x.values.length), bracket: new Float64Array(x.values.length) };
    for (let each = 0; each < batch * channels; each++) {
      const [block, channel] = [Math.floor(each / channels), each % channels];
      const rates = A!.data.subarray(channel * states, (channel + 1) * states);
      const [h, sizes] = [new Float64Array(states), new Float64Array(states)];
      for (let row = block * tokens; row < (block + 1) * tokens; row++) {
        const at = row * channels + channel;
        const step = Math.max(dt.values[at]!, 0) + Math.log1p(Math.exp(-Math.abs(dt.values[at]!)));
        found.values[at] = D!.data[channel]! * x.values[at]!;
        found.bracket[at] = Math.abs(D!.data[channel]!) * x.bracket[at]!;
        for (let n = 0; n < states; n++) {
          const [decay, place] = [Math.exp(-step * rates[n]!), row * states + n];
          h[n] = decay * h[n]! + step * x.values[at]! * b.values[place]!;
          sizes[n] = decay * sizes[n]! + (step + dt.bracket[at]!) * x.bracket[at]! * b.bracket[place]!;
          found.values[at]! += c.values[place]! * h[n]!;
          found.bracket[at]! += c.bracket[place]! * sizes[n]!;
        }
      }
    }
    return found;
  },
});
