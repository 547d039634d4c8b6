import { BadInput } from '../errors.ts';
import { dtypes, type Shape, type TensorType } from '../numeric/tensor.ts';
import type { Call } from '../program/program.ts';
import type { Lowering, Meaning, Pending, Quantisation, Style, Term } from './layer.ts';

/** Integers that stand for scale * integer and nothing else. */
export const quantisedMeaning = (value: string, type: TensorType, scale: number, limit: number): Meaning => ({
  ...accumulatorMeaning({ value, type, scale: [scale], limit: [limit] }, 0),
});

/** One term with no offset. */
export const accumulatorMeaning = (term: Term, axis: number): Meaning => ({
  terms: [term],
  shape: term.type.shape,
  axis,
  offset: [0],
  floor: -Infinity,
  pending: [],
});

/** What stands for a value that no step makes: a call that reads it is refused. */
export const unmade = '';

/**
 * Real numbers that only a quantiser makes, all at once by `round`: nothing but moves and a ReLU may stand between. `layer` is the one that they
 * are the result of.
 */
export function roundedMeaning(layer: string, shape: Shape, round: Style['requantise']): Meaning {
  const meaning = accumulatorMeaning({ value: unmade, type: { dtype: 'i32', shape }, scale: [1], limit: [1] }, 0);
  const { terms, offset } = meaning;
  return {
    ...meaning,
    round(name, from, to, lowering) {
      const changed = from.terms !== terms || from.offset !== offset || from.unary !== undefined || from.counts !== undefined;
      if (changed) throw needsQuantiser(name, `the result of ${layer}, changed before anything has rounded it,`);
      return round(name, from, to, lowering);
    },
  };
}

/** Whether the meaning is one tensor of integers times one scale, and nothing else. */
export const isScaled = (x: Meaning): x is Meaning & { readonly terms: readonly [Term] } =>
  x.terms.length === 1 &&
  x.terms[0].scale.length === 1 &&
  x.terms[0].scale[0]! > 0 &&
  x.offset.every((offset) => offset === 0) &&
  x.floor === -Infinity &&
  x.unary === undefined &&
  x.counts === undefined &&
  x.source === undefined &&
  x.pending.length === 0;

/** Whether these integers have 8 or 16 bits: what a convolution can read. An accumulator is none. */
export const isQuantised = (x: Meaning): x is Meaning & { readonly terms: readonly [Term] } =>
  isScaled(x) && dtypes[x.terms[0].type.dtype].bytes <= 2;

/** The meaning as one quantised tensor of at most 16 bits, which `layer` reads; a BadInput asks for a quantiser in front of it. */
export function quantised(layer: string, x: Meaning, to: Lowering): { readonly meaning: Meaning; readonly term: Term } {
  const settled = x.source === undefined ? to.settle(`${layer}~in`, x) : x;
  const [term] = settled.terms;
  if (settled.source !== undefined || !isQuantised(settled)) {
    throw needsQuantiser(layer, settled.source === undefined ? 'values that nothing has rounded to 8 or 16 bits' : 'a float input');
  }
  return { meaning: settled, term };
}

export const needsQuantiser = (layer: string, found: string): BadInput =>
  new BadInput({
    where: `layer ${layer}`,
    found: `${found} as its input`,
    expected: 'quantised values',
    remedy: 'put a QuantIdentity in front of it',
  });

/** A list of one entry or one per channel, as one per channel. */
export const perChannel = (values: readonly number[], channels: number): number[] =>
  Array.from({ length: channels }, (_, c) => values[values.length > 1 ? c : 0]!);

/** The common length of lists of one entry or one per channel. */
export const channelsOf = (...lists: readonly (readonly number[])[]): number => Math.max(...lists.map(({ length }) => length));

/** Combines lists of one entry or one per channel, entry by entry. */
export function zipChannels(a: readonly number[], b: readonly number[], combine: (x: number, y: number) => number): number[] {
  const channels = channelsOf(a, b);
  const right = perChannel(b, channels);
  return perChannel(a, channels).map((x, c) => combine(x, right[c]!));
}

/** The meaning moved or selected by a call: at once where the integers are stored as they are, else when they have been rounded. */
export function move(name: string, x: Meaning, call: Call, commutes: Pending['commutes'], to: Lowering): Meaning {
  if (!isQuantised(x)) return { ...x, pending: [...x.pending, { call, commutes }] };
  const [term] = x.terms;
  const { value, type } = to.call(name, { ...call, operands: [term.value] });
  return quantisedMeaning(value, type, term.scale[0]!, term.limit[0]!);
}

/** The largest |integer| that a quantisation can give. */
export const largest = ({ lo, hi }: Pick<Quantisation, 'lo' | 'hi'>): number => Math.max(Math.abs(lo), Math.abs(hi));

/** The number of addends of a pool's sum, where it is the same everywhere. */
export function uniformCount(x: Meaning): number | undefined {
  if (!x.counts) return 1;
  const [first] = x.counts.data;
  return x.counts.data.every((count) => count === first) ? first : undefined;
}

/** The same real numbers with a pool's divisor in the scale; a BadInput where positions have different divisors. */
export function foldCounts(layer: string, x: Meaning): Meaning {
  if (!x.counts) return x;
  const count = uniformCount(x);
  if (count === undefined) {
    throw new BadInput({
      where: `layer ${layer}`,
      found: 'an average pool whose windows have different sizes and no quantiser',
      expected: 'windows of one size, or a quantiser directly behind the pool',
      remedy: 'put a QuantIdentity behind the pool',
    });
  }
  const { counts: _, ...rest } = x;
  const [first, ...others] = x.terms.map((term) => ({ ...term, scale: term.scale.map((scale) => scale / count) }));
  return { ...rest, terms: [first!, ...others] };
}
