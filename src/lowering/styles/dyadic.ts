import { type Dyadic, dyadicConstants, dyadicMeanConstants } from '../../numeric/dyadic.ts';
import { extent } from '../../numeric/extent.ts';
import { dtypes, type Tensor, tensor } from '../../numeric/tensor.ts';
import type { Lowering, Meaning, Quantisation, Style, Term } from '../../operators/layer.ts';
import { channelsOf, foldCounts, perChannel, uniformCount } from '../../operators/meaning.ts';
import { dyadic as dyadicOperator } from '../../operators/requantise/dyadic.ts';
import { dyadicMean } from '../../operators/requantise/dyadic-mean.ts';
import { dyadicSum } from '../../operators/requantise/dyadic-sum.ts';
import { nonlinear } from './nonlinear.ts';
import { bitsOf, cannotRound, clampOf } from './target.ts';

type Requantise = Style['requantise'];

/** The constants of every channel; BadInput where a channel cannot be rounded exactly enough. */
function channelConstants(name: string, { terms, offset }: Meaning, to: Quantisation): Dyadic[] {
  const channels = channelsOf(offset, ...terms.flatMap(({ scale, limit }) => [scale, limit]));
  const columns = terms.map(({ scale, limit }) => ({ scale: perChannel(scale, channels), limit: perChannel(limit, channels) }));
  const found = perChannel(offset, channels).map((bias, c) => {
    const ratios = columns.map(({ scale, limit }) => ({ ratio: scale[c]! / to.scale, limit: limit[c]! }));
    const constants = dyadicConstants(ratios, bias / to.scale, bitsOf(to));
    if (constants.inexact) throw cannotRound(name, c, ratios[0]!.ratio);
    return constants;
  });
  const same = found.every(
    ({ bias, exponent, multipliers }) =>
      bias === found[0]!.bias && exponent === found[0]!.exponent && multipliers.every((m, index) => m === found[0]!.multipliers[index]),
  );
  return same ? found.slice(0, 1) : found;
}

/** The accumulator of a convolution leads, so that the rounding joins its pipe. */
const leading = (terms: readonly Term[]): Term[] => terms.toSorted((a, b) => dtypes[b.type.dtype].bytes - dtypes[a.type.dtype].bytes);

/** A sum of terms, each with its channel's multiplier, rounded once. */
const linear: Requantise = (name, from, to, lowering) => {
  const terms = leading(from.terms);
  const constants = channelConstants(name, { ...from, terms: terms as unknown as Meaning['terms'] }, to);
  const [first, ...others] = terms.map((term) => term.value);
  const put = (role: string, content: Tensor) => lowering.constant(`${name}.${role}`, content);
  const vector = (dtype: 'i32' | 'i64' | 'u8', values: readonly number[]) => tensor({ dtype, shape: [values.length] }, values);
  const many = others.length > 0;
  const multipliers = constants.flatMap((constant) => constant.multipliers);
  const shape = [constants.length, terms.length];
  const operands = [
    first!,
    put('M', many ? tensor({ dtype: 'i64', shape }, multipliers) : vector('i32', multipliers)),
    put(
      'B',
      vector(
        'i64',
        constants.map((constant) => constant.bias),
      ),
    ),
    put(
      'E',
      vector(
        'u8',
        constants.map((constant) => constant.exponent),
      ),
    ),
    ...others,
  ];
  const attributes = { axis: from.axis, ...clampOf(from, to) };
  return lowering.call(name, { operator: many ? dyadicSum.name : dyadicOperator.name, operands, attributes });
};

/** A pool's sum by its count: one exact division. */
const mean: Requantise = (name, from, to, lowering) => {
  const [term] = from.terms;
  const counts = from.counts!;
  const ratio = term.scale[0]! / to.scale;
  const { multiplier, exponent } = dyadicMeanConstants(ratio, term.limit[0]!, extent(counts.data).high);
  if (multiplier === 0) throw cannotRound(name, 0, ratio);
  const operands = [term.value, lowering.constant(`${name}.counts`, counts)];
  return lowering.call(name, { operator: dyadicMean.name, operands, attributes: { M: multiplier, E: exponent, ...clampOf(from, to) } });
};

const isPlainMean = ({ terms, offset }: Meaning): boolean =>
  terms.length === 1 && terms[0].scale.length === 1 && offset.every((entry) => entry === 0);

/** Any meaning, rounded by integers alone (docs/numbers.md, Requantisation). */
export function requantiseDyadic(name: string, from: Meaning, to: Quantisation, lowering: Lowering): ReturnType<Requantise> {
  if (from.unary !== undefined) return nonlinear(name, foldCounts(name, from), to, lowering, linear);
  if (from.counts && (isPlainMean(from) || uniformCount(from) === undefined)) return mean(name, from, to, lowering);
  return linear(name, foldCounts(name, from), to, lowering);
}

export const dyadic: Style = { name: 'dyadic', requantise: requantiseDyadic };
