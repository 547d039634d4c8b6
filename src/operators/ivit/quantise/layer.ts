import * as z from 'zod';
import { clamp, f32 } from '../../../numeric/rounding.ts';
import { type Dtype, tensor } from '../../../numeric/tensor.ts';
import type { Call } from '../../../program/program.ts';
import { defineLayer, type Lowering, type Meaning, type Quantisation, type Term } from '../../layer.ts';
import { channelsOf, perChannel } from '../../meaning.ts';
import { alwaysRecovered, dyadicMultiplier, quantised } from '../dyadic.ts';
import { constantMeaning, scaled, termOf } from '../lowered.ts';
import { noReals } from '../reals.ts';
import { recover } from './recover.ts';
import { requantise } from './requantise.ts';
import { checkIdentity, residual } from './residual.ts';

const attributes = z.object({ bits: z.union([z.literal(8), z.literal(16)]), scale: z.number().positive() });

const limitsOf = ({ bits, scale }: z.infer<typeof attributes>): Quantisation => ({
  scale: f32(scale),
  lo: -(2 ** (bits - 1)),
  hi: 2 ** (bits - 1) - 1,
});

/** A call whose first operand is the call before it. */
type Following = Call;

const vector = (name: string, dtype: Dtype, shape: readonly number[], values: readonly number[], to: Lowering): string =>
  to.constant(name, tensor({ dtype, shape }, values));

/** Whether the integers are so small that the float32 between two modules holds them exactly enough. */
const needsRecovery = ({ type, limit }: Term): boolean => type.dtype === 'f32' || limit.some((most) => most >= alwaysRecovered);

/** Brings back the integers of a term from their float32 product with the scale, where that can change them. */
const recovery = (name: string, term: Term, axis: number, to: Lowering): Following[] =>
  needsRecovery(term)
    ? [{ operator: recover.name, operands: [vector(`${name}.s`, 'f32', [term.scale.length], term.scale, to)], attributes: { axis } }]
    : [];

/** Runs calls one behind the other; the last one bears the layer's name, those before it a number. */
function run(name: string, first: string, calls: readonly Following[], to: Lowering): ReturnType<Lowering['call']> {
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
function requantised(name: string, x: Meaning, { scale: z, lo, hi }: Quantisation, to: Lowering): ReturnType<Lowering['call']> {
  const term = termOf(name, x);
  const { axis } = x;
  const multipliers = term.scale.map((s) => dyadicMultiplier(s, z));
  const m = vector(`${name}.m`, 'f64', [multipliers.length], multipliers, to);
  const calls = [
    ...recovery(name, term, axis, to),
    { operator: requantise.name, operands: [m], attributes: { axis, lo, hi } },
    ...x.pending.map(({ call }) => call),
  ];
  return run(name, term.value, calls, to);
}

function added(
  name: string,
  x: Meaning,
  identity: Meaning,
  { scale: z, lo, hi }: Quantisation,
  to: Lowering,
): ReturnType<Lowering['call']> {
  const [own, other] = [x, identity].map((input, index) => {
    const settled = input.pending.length > 0 ? to.settle(`${name}~in${index + 1}`, input) : input;
    return { term: termOf(name, settled), axis: settled.axis };
  });
  const { axis } = own!.term.scale.length > 1 ? own! : other!;
  const second = run2(`${name}~identity`, other!, to);
  const count = channelsOf(own!.term.scale, other!.term.scale);
  const multipliers = [own!, other!].map(({ term }) => perChannel(term.scale, count).map((s) => dyadicMultiplier(s, z)));
  const pairs = multipliers[0]!.flatMap((m, c) => [m, multipliers[1]![c]!]);
  const calls = [
    ...recovery(name, own!.term, own!.axis, to),
    { operator: residual.name, operands: [vector(`${name}.m`, 'f64', [count, 2], pairs, to), second], attributes: { axis, lo, hi } },
  ];
  return run(name, own!.term.value, calls, to);
}

/** The identity's value, recovered where it must be. */
function run2(name: string, { term, axis }: { readonly term: Term; readonly axis: number }, to: Lowering): string {
  const calls = recovery(name, term, axis, to);
  return calls.length > 0 ? run(name, term.value, calls, to).value : term.value;
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
    const limits = limitsOf(own);
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
