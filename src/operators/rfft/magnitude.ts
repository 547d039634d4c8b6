import * as z from 'zod';
import { fractionOf } from '../../numeric/fraction.ts';
import { elements, type Tensor, tensor } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { clampedType } from '../requantise/channels.ts';
import { forEachBin, rfftBits, spectrumShape } from './rfft.ts';
import { sliceSpectrum, spectrumNeeds } from './spectrum.ts';

const limit = 2n ** 63n - 1n;

/**
 * The least re^2 + im^2 with which a magnitude becomes k, for each k from 1: v = ((k - 1/2) * to * 2^18 / from)^2, a tie going to the even k. Exact
 * integers of 64 bits as u32 [count, 2], the high half first.
 * @param from real number of one step of the signal
 * @param to real number of one step of the magnitude
 */
export function powerThresholds(count: number, from: number, to: number): Tensor {
  const [x, y] = [fractionOf(from), fractionOf(to)];
  const thresholds = Array.from({ length: count }, (_, index) => {
    const numerator = (BigInt(2 * index + 1) * y.numerator * x.denominator * 2n ** BigInt(rfftBits - 1)) ** 2n;
    const denominator = (y.denominator * x.numerator) ** 2n;
    const isEven = index % 2 === 1; // k = index + 1
    const least = isEven ? (numerator + denominator - 1n) / denominator : numerator / denominator + 1n;
    return least < limit ? least : limit;
  });
  return tensor(
    { dtype: 'u32', shape: [count, 2] },
    thresholds.flatMap((threshold) => [Number(threshold >> 32n), Number(threshold & 0xffffffffn)]),
  );
}

export const magnitude = defineOperator({
  name: 'magnitude',
  formula: 'y = number of thresholds <= re^2 + im^2, re = x[..., 0, :], im = x[..., 1, :], the thresholds ascending',
  operands: ['spectrum', 'thresholds'],
  attributes: z.object({ hi: z.int().positive() }),
  epilogue: true,

  result({ hi }, [spectrum, thresholds]) {
    if (thresholds.shape[0] !== hi || thresholds.shape[1] !== 2)
      throw new RangeError(`[${thresholds.shape.join(', ')}] are not ${hi} thresholds`);
    return clampedType({ lo: 0, hi }, spectrumShape(spectrum.shape));
  },

  /** The power is below 2^63: 2 * 2^62 only where both parts are -2^31. */
  range({ hi }, [{ range }]) {
    if (Math.max(-range.low, range.high) ** 2 * 2 >= 2 ** 63) throw new RangeError('re^2 + im^2 can overflow');
    return { low: 0, high: hi };
  },

  slice: sliceSpectrum,
  needs: spectrumNeeds,

  kernel: ({ hi }, [spectrum], result) => [
    {
      function: `bw_magnitude_${result.dtype}`,
      arguments: [
        { name: 'rows', int: elements(spectrum.shape.slice(0, -2)) },
        { name: 'bins', int: spectrum.shape.at(-1)! },
        { name: 'count', int: hi },
        { operand: 0 },
        { operand: 1 },
        { result: true },
      ],
    },
  ],

  evaluate({ hi }, [spectrum, { data }], y) {
    const thresholds = Array.from({ length: hi }, (_, k) => (BigInt(data[2 * k]!) << 32n) + BigInt(data[2 * k + 1]!));
    forEachBin(spectrum, (re, im, position) => {
      const power = BigInt(re) ** 2n + BigInt(im) ** 2n;
      const above = thresholds.findIndex((threshold) => threshold > power);
      y.data[position] = above < 0 ? hi : above;
    });
  },
});
