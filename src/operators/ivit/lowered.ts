import { BadInput } from '../../errors.ts';
import { f32 } from '../../numeric/rounding.ts';
import type { Tensor, TensorType } from '../../numeric/tensor.ts';
import type { Lowering, Meaning, Term } from '../layer.ts';
import { accumulatorMeaning, isQuantised } from '../meaning.ts';

/** A tensor with one scale: 8 or 16 bits, or a class token that is larger. */
export const scaled = (value: string, type: TensorType, scale: number, limit: number): Meaning =>
  accumulatorMeaning({ value, type, scale: [f32(scale)], limit: [limit] }, 0);

const refuse = (layer: string, found: string, expected: string): BadInput =>
  new BadInput({ where: `layer ${layer}`, found: `${found} as its input`, expected, remedy: 'put an ivit-quantise layer in front of it' });

/** The one term of integers that stand for float32 products with their scale and nothing else; a BadInput where the layer is given others. */
export function termOf(layer: string, { terms: [term, ...others], offset, floor, unary, counts, source }: Meaning): Term {
  const plain = others.length === 0 && offset.every((entry) => entry === 0) && floor === -Infinity;
  if (plain && unary === undefined && counts === undefined && source === undefined && term.value !== '') return term;
  const found = source === undefined ? 'values that no module of I-ViT has made' : 'a float input';
  throw refuse(layer, found, 'the integers of a module of I-ViT and their scale');
}

/** The term of 8 or 16 bits with one scale that a module reads. */
export function narrowTerm(layer: string, x: Meaning, to: Lowering): Term {
  termOf(layer, x);
  const settled = to.settle(`${layer}~in`, x);
  if (isQuantised(settled)) return settled.terms[0];
  throw refuse(layer, 'values that nothing has rounded to 8 or 16 bits with one scale', 'quantised values');
}

/** The same for integers of 8 bits: what the exponentials are defined on. */
export function byteTerm(layer: string, x: Meaning, to: Lowering): Term {
  const term = narrowTerm(layer, x, to);
  if (term.type.dtype === 'i8') return term;
  throw refuse(layer, `integers of ${term.type.dtype}`, 'integers of i8');
}

/** What is said of a module whose exponentials, of about 2^n / scale, leave their integers. `least` is about the smallest scale that it can have. */
export const tooFine = (layer: string, what: string, scale: number, least: number): BadInput =>
  new BadInput({
    where: `layer ${layer}`,
    found: `a scale of ${scale.toPrecision(3)} of its input, so small that ${what}`,
    expected: `a scale of at least ${least}`,
    remedy: `calibrate or train the QuantAct in front of it again, on inputs that reach ${(127 * least).toPrecision(2)} there`,
  });

/** Integers that are known before the Program runs, as a constant of it. */
export function constantMeaning(name: string, integers: Tensor, scale: number, limit: number, to: Lowering): Meaning {
  return { ...scaled(to.constant(name, integers), integers.type, scale, limit), constant: integers };
}
