import * as z from 'zod';
import { roundHalfEven } from '../../numeric/rounding.ts';
import { elements, type Tensor, tensor } from '../../numeric/tensor.ts';
import { defineOperator } from '../../program/operator.ts';
import { clampedType } from '../requantise/channels.ts';
import { forEachBin, spectrumShape } from './rfft.ts';
import { sliceSpectrum, spectrumNeeds } from './spectrum.ts';

/**
 * The angles (k - 1/2) * to up to pi at which a phase becomes k, k from 1 to `most`, as i32 [count, 2]: cosine and sine in 2^-30. A RangeError
 * where even the first is beyond pi.
 * @param to real number of one step of the phase
 */
export function turns(most: number, to: number): Tensor {
  const count = Math.min(most, Math.floor(Math.PI / to + 0.5));
  if (count < 1) throw new RangeError(`a phase in steps of ${to}, all of which round to 0`);
  const angles = Array.from({ length: count }, (_, index) => (index + 0.5) * to);
  return tensor(
    { dtype: 'i32', shape: [count, 2] },
    angles.flatMap((angle) => [Math.cos(angle), Math.sin(angle)]).map((value) => roundHalfEven(2 ** 30 * value)),
  );
}

export const phase = defineOperator({
  name: 'phase',
  formula:
    'y = clamp(k, negated where im < 0), k = number of turns before the first with |im| * cos - re * sin < 0, 0 where re = im = 0; re = x[..., 0, :], im = x[..., 1, :], the turns ascending, in 2^-30',
  operands: ['spectrum', 'turns'],
  attributes: z.object({ lo: z.int().nonpositive(), hi: z.int().nonnegative() }),
  epilogue: true,

  result({ lo, hi }, [spectrum, { shape }]) {
    if (shape[1] !== 2) throw new RangeError(`[${shape.join(', ')}] are no cosines and sines`);
    return clampedType({ lo, hi }, spectrumShape(spectrum.shape));
  },

  range({ lo, hi }, [spectrum, { type, range }]) {
    const [part, turn] = [spectrum, { range }].map((known) => Math.max(-known.range.low, known.range.high)) as [number, number];
    if (2 * part * turn >= 2 ** 63) throw new RangeError('a cross product can overflow');
    const count = type.shape[0]!;
    return { low: Math.max(lo, -count), high: Math.min(hi, count) };
  },

  slice: sliceSpectrum,
  needs: spectrumNeeds,

  kernel: ({ lo, hi }, [spectrum, { shape }], result) => [
    {
      function: `bw_phase_${result.dtype}`,
      arguments: [
        {
          struct: 'bw_phase',
          fields: { rows: elements(spectrum.shape.slice(0, -2)), bins: spectrum.shape.at(-1)!, count: shape[0]!, lo, hi },
        },
        { operand: 0 },
        { operand: 1 },
        { result: true },
      ],
    },
  ],

  evaluate({ lo, hi }, [spectrum, turning], y) {
    const angles = Array.from({ length: turning.type.shape[0]! }, (_, k) => [turning.data[2 * k]!, turning.data[2 * k + 1]!].map(BigInt));
    forEachBin(spectrum, (re, im, position) => {
      const beyond = angles.findIndex(([cos, sin]) => BigInt(Math.abs(im)) * cos! < BigInt(re) * sin!);
      const turned = re === 0 && im === 0 ? 0 : beyond < 0 ? angles.length : beyond;
      y.data[position] = Math.min(Math.max(im < 0 ? 0 - turned : turned, lo), hi);
    });
  },
});
