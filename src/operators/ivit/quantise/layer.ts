import * as z from 'zod';
import { BadInput } from '../../../errors.ts';
import { extent } from '../../../numeric/extent.ts';
import { clamp, f32, roundHalfEven } from '../../../numeric/rounding.ts';
import { type Dtype, narrowest, tensor } from '../../../numeric/tensor.ts';
import type { Call } from '../../../program/program.ts';
import { defineLayer, type Lowering, type Meaning, type Quantisation, type Term } from '../../layer.ts';
import { channelsOf, perChannel } from '../../meaning.ts';
import { alwaysRecovered, dyadicMultiplier, quantised } from '../dyadic.ts';
import { constantMeaning, scaled, termOf } from '../lowered.ts';
import { noReals } from '../reals.ts';
import { requantise } from './requantise.ts';
import { leastNormal, rescale } from './rescale.ts';
import { checkIdentity, residual } from './residual.ts';

const attributes = z.object({ bits: z.union([z.literal(8), z.literal(16)]), scale: z.number().positive() });

/** Between these, no product of an integer and the scale, no reciprocal of it and no exponential behind it leaves the normal floats. */
const [leastScale, greatestScale] = [2 ** -100, 2 ** 100];

function limitsOf(name: string, { bits, scale }: z.infer<typeof attributes>): Quantisation {
  if (scale < leastScale || scale > greatestScale) {
    throw new BadInput({
      where: `layer ${name}`,
      found: `a scale of ${scale.toPrecision(3)}`,
      expected: 'a scale from 2^-100 to 2^100, whose float32 products do not overflow',
      remedy: 'calibrate or train this QuantAct again',
    });
  }
  return { scale: f32(scale), lo: -(2 ** (bits - 1)), hi: 2 ** (bits - 1) - 1 };
}

const vector = (name: string, dtype: Dtype, shape: readonly number[], values: readonly number[], to: Lowering): string =>
  to.constant(name, tensor({ dtype, shape }, values));

/** Whether the integers are so small that the float32 between two modules holds them exactly enough. */
const needsRecovery = ({ type, limit }: Term): boolean => type.dtype === 'f32' || limit.some((most) => most >= alwaysRecovered);

/** The scales from which float32 brings integers back: a BadInput where one is too small for that. */
function recovery(name: string, { scale }: Term): readonly number[] {
  const channel = scale.findIndex((s) => Math.abs(s) < leastNormal);
  if (channel < 0) return scale;
  throw new BadInput({
    where: `layer ${name}`,
    found: `a scale of ${scale[channel]!.toPrecision(3)} in channel ${channel} of its input`,
    expected: 'one of at least 2^-126, which float32 holds with 24 bits',
    remedy: 'make the weight of this channel in the module in front of it larger',
  });
}

/** Runs calls one behind the other, each reading the one before it first; the last one bears the layer's name, those before it a number. */
function run(name: string, first: string, calls: readonly Call[], to: Lowering): ReturnType<Lowering['call']> {
  let value = first;
  let made: ReturnType<Lowering['call']> | undefined;
  calls.forEach((call, index) => {
    const own = index === calls.length - 1 ? name : `${name}~${index + 1}`;
    made = to.call(own, { ...call, operands: [value, ...call.operands] });
    value = made.value;
  });
  return made!;
}

/** What only moves elements follows the rounding. */
function requantised(name: string, x: Meaning, limits: Quantisation, to: Lowering): ReturnType<Lowering['call']> {
  if (x.round) return x.round(name, x, limits, to);
  const term = termOf(name, x);
  const { axis } = x;
  const { scale: z, lo, hi } = limits;
  const channels = [term.scale.length];
  const m = vector(
    `${name}.m`,
    'f64',
    channels,
    term.scale.map((s) => dyadicMultiplier(s, z)),
    to,
  );
  const rounding = needsRecovery(term)
    ? { operator: rescale.name, operands: [vector(`${name}.s`, 'f32', channels, recovery(name, term), to), m] }
    : { operator: requantise.name, operands: [m] };
  return run(name, term.value, [{ ...rounding, attributes: { axis, lo, hi } }, ...x.pending.map(({ call }) => call)], to);
}

/** A term of a sum with nothing pending, so small that the module sees its integers. */
function addend(name: string, x: Meaning, to: Lowering): Meaning {
  const settled = x.pending.length > 0 ? to.settle(`${name}~in`, x) : x;
  if (!needsRecovery(termOf(name, settled))) return settled;
  throw new BadInput({
    where: `layer ${name}`,
    found: `a sum of integers of up to ${Math.max(...settled.terms[0].limit)}`,
    expected: `integers below ${alwaysRecovered}, which float32 brings back from their products with a scale`,
    remedy: 'put an ivit-quantise layer in front of it',
  });
}

/** An identity that is known before the Program runs: its part of the sum, rounded already. Undefined where 32 bits do not hold that. */
function foldedIdentity(name: string, { constant, terms: [term] }: Meaning, z: number, to: Lowering): Meaning | undefined {
  if (!constant || !to.fuse) return undefined;
  const m = dyadicMultiplier(term.scale[0]!, z);
  const rounded = Array.from(constant.data, (q) => roundHalfEven(q * m));
  const { low, high } = extent(rounded);
  const dtype = narrowest(low, high);
  if (dtype === undefined) return undefined;
  return constantMeaning(`${name}.identity`, tensor({ dtype, shape: constant.type.shape }, rounded), z, Math.max(-low, high), to);
}

/** The sum of two requantisations, each rounded, limited once. */
function added(
  name: string,
  x: Meaning,
  identity: Meaning,
  { scale: z, lo, hi }: Quantisation,
  to: Lowering,
): ReturnType<Lowering['call']> {
  const own = addend(name, x, to);
  const other = foldedIdentity(name, identity, z, to) ?? addend(name, identity, to);
  const [scales, otherScales] = [own.terms[0].scale, other.terms[0].scale];
  const count = channelsOf(scales, otherScales);
  const [first, second] = [scales, otherScales].map((scale) => perChannel(scale, count).map((s) => dyadicMultiplier(s, z)));
  const pairs = first!.flatMap((m, c) => [m, second![c]!]);
  const operands = [own.terms[0].value, vector(`${name}.m`, 'f64', [count, 2], pairs, to), other.terms[0].value];
  const { axis } = scales.length > 1 ? own : other;
  return to.call(name, { operator: residual.name, operands, attributes: { axis, lo, hi } });
}

/**
 * QuantAct. Of a float input or parameter: its quantisation. Of quantised values or accumulators: their requantisation. Of two inputs, x and the
 * identity: the sum of both requantisations, each rounded, limited once. `scale` is a float32.
 */
export const quantiseLayer = defineLayer({
  kind: 'ivit-quantise',
  attributes,
  required: [],
  optional: [],
  arity: [1, 2],

  shape(_, [x, identity]) {
    if (identity) checkIdentity(x!, identity);
    return x!;
  },

  lower({ name, attributes: own }, [x, identity], to) {
    const limits = limitsOf(name, own);
    const { scale, lo, hi } = limits;
    if (x.source !== undefined && !identity) {
      const { value, type } = to.input(name, x.source, x.shape, { ...limits, reciprocal: true });
      return scaled(value, type, scale, -lo);
    }
    if (x.constant && x.terms[0].value === '' && !identity) {
      const integers = Array.from(x.constant.data, (value) => clamp(quantised(value, scale), lo, hi));
      return constantMeaning(name, tensor({ dtype: own.bits === 8 ? 'i8' : 'i16', shape: x.shape }, integers), scale, -lo, to);
    }
    const { value, type } = identity ? added(name, x, identity, limits, to) : requantised(name, x, limits, to);
    return scaled(value, type, scale, -lo);
  },

  real: noReals,
});
