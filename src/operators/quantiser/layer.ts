import * as z from 'zod';
import { roundHalfEven } from '../../numeric/rounding.ts';
import { defineLayer, type Lowering, type Meaning, type Quantisation } from '../layer.ts';
import { largest, quantisedMeaning } from '../meaning.ts';
import { real } from '../real.ts';

/** Names for the values of one layer: the last call bears the layer's name, those before it a number. */
const nameOf = (layer: string, index: number, count: number): string => (index === count ? layer : `${layer}~${index + 1}`);

/** real / scale, rounded and clamped: everything that is pending takes part in one rounding, and what only moves elements follows it. */
export function quantise(name: string, x: Meaning, to: Quantisation, lowering: Lowering): Meaning {
  const { pending } = x;
  const first = nameOf(name, 0, pending.length);
  let rounded =
    x.source === undefined
      ? (x.round ?? lowering.style.requantise)(first, { ...x, pending: [] }, to, lowering)
      : lowering.input(first, x.source, x.shape, { ...to, lo: Math.max(to.lo, roundHalfEven(x.floor / to.scale)) });
  pending.forEach(({ call }, index) => {
    rounded = lowering.call(nameOf(name, index + 1, pending.length), { ...call, operands: [rounded.value] });
  });
  return quantisedMeaning(rounded.value, rounded.type, to.scale, largest(to));
}

export const quantiserLayer = defineLayer({
  kind: 'quantiser',
  attributes: z.object({ scale: z.number().positive(), lo: z.int(), hi: z.int() }),
  required: [],
  optional: [],
  arity: [1, 1],
  shape: (_, [input]) => input!,
  lower: ({ name, attributes }, [x], to) => quantise(name, x, attributes, to),
  real: ({ attributes: { scale, lo, hi } }, [x]) =>
    real(
      x.shape,
      (position) => Math.min(Math.max(roundHalfEven(x.values[position]! / scale), lo), hi) * scale,
      (position) => Math.abs(x.values[position]!),
    ),
  unrounded: (_, [x]) => x,
});
