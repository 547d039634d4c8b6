import { BadInput } from '../../errors.ts';
import { f32, roundHalfEven } from '../../numeric/rounding.ts';
import { type Tensor, type TensorType, tensor } from '../../numeric/tensor.ts';
import { add } from '../../operators/ares/add.ts';
import { average } from '../../operators/ares/average.ts';
import { biasedMean } from '../../operators/ares/biased-mean.ts';
import { mean } from '../../operators/ares/mean.ts';
import { norm } from '../../operators/ares/norm.ts';
import { quantise } from '../../operators/ares/quantise.ts';
import { requantise } from '../../operators/ares/requantise.ts';
import { clamp } from '../../operators/clamp/clamp.ts';
import type { AnyLayer, Lowering, Meaning, Quantisation, Style } from '../../operators/layer.ts';
import { layers } from '../../operators/layers.ts';
import { accumulatorMeaning, isQuantised, quantised } from '../../operators/meaning.ts';
import { dequantise } from '../../operators/requantise/dequantise.ts';
import { bias, float32 } from '../../operators/requantise/float32.ts';
import { layerOf } from '../settle.ts';
import { nonlinear } from './nonlinear.ts';
import { clampOf } from './target.ts';

type Round = Style['requantise'];
type Rule = AnyLayer['lower'];

const refuse = (layer: string, found: string, expected: string, remedy: string): never => {
  throw new BadInput({ where: `layer ${layerOf(layer)}`, found, expected, remedy: `${remedy}, or choose another style` });
};

const floats = (name: string, values: readonly number[], to: Lowering): string =>
  to.constant(name, tensor({ dtype: 'f32', shape: [values.length] }, values.map(f32)));

/** The meaning as one tensor of i8 and its scale. */
function eightBits(name: string, x: Meaning): { readonly value: string; readonly scale: number } {
  const [term, ...others] = x.terms;
  const stored = others.length === 0 && term.type.dtype === 'i8' && term.scale.length === 1 && x.offset.every((entry) => entry === 0);
  if (!stored || x.counts) refuse(name, 'values that nothing has rounded to 8 bits', 'int8 values', 'put a QuantIdentity in front of it');
  return { value: term.value, scale: term.scale[0]! };
}

/** acc + rne(bias / (s_x * s_w)), the quotient in float32, and s_x * s_w. */
function withBias(name: string, { terms: [term], offset, axis, unary }: Meaning, to: Lowering): { value: string; scale: number } {
  const [scale = 1, ...others] = term.scale;
  if (others.length > 0) refuse(name, 'weights with a scale per channel', 'one scale for all', 'quantise the weights per tensor');
  if (unary !== undefined) refuse(name, `${unary} of an accumulator`, 'int8 values', 'put a QuantIdentity in front of it');
  const biases = offset.map((entry) => roundHalfEven(f32(f32(entry) / f32(scale))));
  if (biases.every((entry) => entry === 0)) return { value: term.value, scale };
  const constant = to.constant(`${name}.bias`, tensor({ dtype: 'i32', shape: [biases.length] }, biases));
  const { value } = to.call(`${name}~1`, { operator: bias.name, operands: [term.value, constant], attributes: { axis } });
  return { value, scale };
}

/** clamp(rne(acc * f32(s_x * s_w / s_y))), one float32 multiply. */
const roundConvolution: Round = (name, from, to, lowering) => {
  const { value, scale } = withBias(name, from, lowering);
  const factor = floats(`${name}.m`, [scale / to.scale], lowering);
  return lowering.call(name, { operator: float32.name, operands: [value, factor], attributes: { axis: from.axis, ...clampOf(from, to) } });
};

/** Integers that keep their scale: nothing is rounded. */
const limit = (name: string, value: string, from: Meaning, to: Quantisation, lowering: Lowering) =>
  lowering.call(name, { operator: clamp.name, operands: [value], attributes: clampOf(from, to) });

/** The real numbers of a value in float32, then clamp(rne(x / s_y)). */
function throughFloats(name: string, value: string, scale: number, from: Meaning, to: Quantisation, lowering: Lowering) {
  const operands = [value, floats(`${name}.scale`, [scale], lowering), floats(`${name}.offset`, [0], lowering)];
  const real = lowering.call(`${name}~2`, { operator: dequantise.name, operands, attributes: { axis: from.axis, relu: from.floor === 0 } });
  return divide(name, real.value, from, to, lowering);
}

const divide = (name: string, value: string, from: Meaning, to: Quantisation, lowering: Lowering) =>
  lowering.call(name, { operator: quantise.name, operands: [value], attributes: { step: f32(to.scale), ...clampOf(from, to) } });

/** A linear layer that is not the last: multiplied by s_x * s_w, then divided by s_y. */
const roundLinear: Round = (name, from, to, lowering) => {
  const { value, scale } = withBias(name, from, lowering);
  return throughFloats(name, value, scale, from, to, lowering);
};

const roundRelu: Round = (name, from, to, lowering) => {
  const { value, scale } = eightBits(name, from);
  if (scale === to.scale) return limit(name, value, from, to, lowering);
  return throughFloats(name, value, scale, from, to, lowering);
};

const roundAdd: Round = (name, from, to, lowering) => {
  const terms = from.terms.map((term) => eightBits(name, { ...from, terms: [term] }));
  const [first, ...others] = terms.map(({ value }) => value);
  const scales = floats(
    `${name}.scales`,
    terms.map(({ scale }) => scale),
    lowering,
  );
  const sum = lowering.call(`${name}~1`, { operator: add.name, operands: [first!, scales, ...others], attributes: {} });
  return divide(name, sum.value, from, to, lowering);
};

/** numpy.isclose(scale, target): inputs of a concatenation with such a scale are copied. */
const isClose = (scale: number, target: number): boolean => Math.abs(scale - target) <= 1e-8 + 1e-5 * Math.abs(target);

const roundConcat: Round = (name, from, to, lowering) => {
  const [term] = from.terms;
  eightBits(name, { ...from, terms: [{ ...term, scale: [1] }] });
  const factors = term.scale.map((scale) => (isClose(scale, to.scale) ? 1 : scale / to.scale));
  const operands = [term.value, floats(`${name}.m`, factors, lowering)];
  return lowering.call(name, { operator: float32.name, operands, attributes: { axis: from.axis, ...clampOf(from, to) } });
};

const roundAverage =
  (ties: 'even' | 'up'): Round =>
  (name, from, to, lowering) => {
    const [term] = from.terms;
    const [count = 1, ...others] = from.counts?.data ?? [];
    if (others.length > 0) refuse(name, 'an average pool whose windows have different sizes', 'one divisor', 'count the padding');
    const scales = lowering.constant(`${name}.scales`, tensor({ dtype: 'f64', shape: [2] }, [term.scale[0]!, to.scale]));
    const attributes = { count, ties, ...clampOf(from, to) };
    return lowering.call(name, { operator: average.name, operands: [term.value, scales], attributes });
  };

/** The pool itself keeps the scale; a quantiser with another one rounds again. */
const roundBiasedMean: Round = (name, from, to, lowering) => {
  const [term] = from.terms;
  const same = term.scale[0] === to.scale && from.floor === -Infinity;
  const call = { operator: biasedMean.name, operands: [term.value], attributes: { count: from.counts!.data[0]! } };
  const { value, type } = lowering.call(same ? name : `${name}~1`, call);
  if (same) return { value, type };
  const pooled: Meaning = { ...accumulatorMeaning({ value, type, scale: term.scale, limit: [128] }, 0), floor: from.floor };
  return (from.floor === -Infinity ? roundAgain : roundRelu)(name, pooled, to, lowering);
};

/** A quantiser behind int8 values: half up. */
const roundAgain: Round = (name, from, to, lowering) => {
  const { value, scale } = eightBits(name, from);
  if (scale === to.scale) return limit(name, value, from, to, lowering);
  const attributes = { factor: f32(scale / to.scale), ...clampOf(from, to) };
  return lowering.call(name, { operator: requantise.name, operands: [value], attributes });
};

/** GELU is that of its approximation by tanh, whatever the model has. */
const roundTable: Round = (name, from, to, lowering) => {
  eightBits(name, from);
  const own = from.unary === 'gelu' ? { ...from, unary: 'gelu-tanh' } : from;
  return nonlinear(name, own, to, lowering, roundAgain);
};

/** The kind's own rule, and the formula by which the style rounds what it made. */
const rounded = (kind: string, round: (layer: Parameters<Rule>[0]) => Round): [string, Rule] => [
  kind,
  (layer, inputs, to) => ({ ...layers.get(kind)!.lower(layer, inputs, to), round: round(layer) }),
];

const refused = (kind: string, found: string, remedy: string): [string, Rule] => [
  kind,
  ({ name }) => refuse(name, found, 'a layer that the ares style has a formula for', remedy),
];

/** A ReLU of int8 values has a formula of its own; behind an accumulator it is part of the clamp. */
const relu: Rule = (layer, [x], to) => {
  const lowered = layers.get('relu')!.lower(layer, [x], to);
  return isQuantised(x) ? { ...lowered, round: roundRelu } : lowered;
};

/** Real numbers in float32, which the quantiser behind divides by its scale. */
const reals = (call: { readonly value: string; readonly type: TensorType }, limit: number): Meaning => ({
  ...accumulatorMeaning({ ...call, scale: [1], limit: [limit] }, 0),
  round: (name, from, to, lowering) => divide(name, call.value, from, to, lowering),
});

/** The mean of the dequantised values, as real numbers. */
const meanRule: Rule = ({ name, attributes }, [x], to) => {
  const { term } = quantised(name, x, to);
  const own = { ...attributes, scale: f32(term.scale[0]!) };
  const call = to.call(`${name}~sum`, { operator: mean.name, operands: [term.value], attributes: own });
  return reals(call, term.scale[0]! * term.limit[0]!);
};

/** A norm over the last axis in float32. */
const normRule =
  (centred: boolean): Rule =>
  ({ name, attributes, tensors: { gamma, beta } }, [x], to) => {
    const { term } = quantised(name, x, to);
    const length = term.type.shape.at(-1)!;
    const epsilon = f32(Number(attributes['epsilon']));
    if ((attributes['axes'] ?? 1) !== 1) refuse(name, 'a norm over several axes', 'one over the last axis', 'flatten them in front of it');
    if (epsilon === 0) refuse(name, 'an epsilon of 0', 'one above 0 in float32', 'set the eps of the norm');
    const gains = (role: string, values: Tensor | undefined, otherwise: number): string =>
      floats(`${name}.${role}`, values ? Array.from(values.data) : new Array<number>(length).fill(otherwise), to);
    const scales = floats(`${name}.scales`, [term.scale[0]!, epsilon], to);
    const operands = [term.value, gains('gamma', gamma, 1), gains('beta', beta, 0), scales];
    return reals(to.call(`${name}~norm`, { operator: norm.name, operands, attributes: { length, centred } }), Number.MAX_VALUE);
  };

/** Every quantiser of that system is int8, those of the network's inputs too. */
const quantiser: Rule = (layer, inputs, to) => {
  const { lo, hi } = layer.attributes;
  if (lo !== -128 || hi !== 127)
    refuse(layer.name, `a quantiser to ${lo}..${hi}`, 'int8, -128..127', 'use act_quant=Int8ActPerTensorFloat');
  return layers.get('quantiser')!.lower(layer, inputs, to);
};

/** Layers that have formulas in that system which are not copied, since they compute something else than the layer (docs/ares.md). */
const mistaken = Object.entries({
  'group-norm': 'a GroupNorm, which ARES multiplies by the scale of its input a second time',
  softmax: 'a softmax, which ARES takes of sixteen times the scores',
  matmul: 'a product of activations, which ARES has in its attention alone',
  'selective-scan': 'a selective scan, whose steps ARES makes 256 times too small in what depends on the input',
  multiply: 'a product of activations, which ARES has in its Mamba blocks alone',
  rfft: 'a Fourier transform, whose factors ARES multiplies up in 15 bits',
}).map(([kind, found]) => refused(kind, found, 'compute it exactly'));

/**
 * The formulas of ARES, layer by layer: ties to even or up, one float32 multiply here and a division there, averages in double precision.
 * What that system has no formula for is a BadInput. docs/ares.md lists them.
 */
export const ares: Style = {
  name: 'ares',
  rules: new Map<string, Rule>([
    ['quantiser', quantiser],
    ['relu', relu],
    ['mean', meanRule],
    rounded('convolution', () => roundConvolution),
    rounded('linear', () => roundLinear),
    rounded('add', () => roundAdd),
    rounded('concat', () => roundConcat),
    rounded('average-pool', () => roundAverage('even')),
    rounded('adaptive-average-pool', ({ attributes }) =>
      (attributes['output'] as readonly number[]).length === 1 ? roundBiasedMean : roundAverage('up'),
    ),
    rounded('unary', () => roundTable),
    ['layer-norm', normRule(true)],
    ['rms-norm', normRule(false)],
    refused('batch-norm', 'a BatchNorm', 'fold it into the layer in front of it before you quantise'),
    refused('trunc-average-pool', 'a truncating average pool', 'use nn.AvgPool2d'),
    ...mistaken,
  ]),
  requantise: (name, from, to, lowering) => (from.round ?? roundAgain)(name, from, to, lowering),
};
