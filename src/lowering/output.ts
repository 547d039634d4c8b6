import { BadInput } from '../errors.ts';
import { tensor } from '../numeric/tensor.ts';
import type { Lowering, Meaning } from '../operators/layer.ts';
import { channelsOf, foldCounts, isQuantised, perChannel } from '../operators/meaning.ts';
import { dequantise } from '../operators/requantise/dequantise.ts';

/** An output of the network: the integers themselves where a quantiser made them, else floats by the formula of the final logits. */
export function lowerOutput(name: string, meaning: Meaning, to: Lowering): string {
  if (meaning.source !== undefined || meaning.unary !== undefined) {
    throw new BadInput({
      where: `output ${name}`,
      found: meaning.source !== undefined ? 'a float input of the network' : 'the result of a nonlinearity that nothing has rounded',
      expected: 'quantised values, or those of a convolution or linear layer',
      remedy: 'put a QuantIdentity behind it',
    });
  }
  if (isQuantised(meaning)) return meaning.terms[0].value;
  const single = meaning.terms.length > 1 ? to.settle(`${name}~in`, meaning) : foldCounts(name, meaning);
  const [term] = single.terms;
  const channels = channelsOf(term.scale, single.offset);
  const floats = (role: string, values: readonly number[]) =>
    to.constant(`${name}.${role}`, tensor({ dtype: 'f32', shape: [channels] }, perChannel(values, channels)));
  const call = {
    operator: dequantise.name,
    operands: [term.value, floats('scale', term.scale), floats('offset', single.offset)],
    attributes: { axis: single.axis, relu: single.floor === 0 },
  };
  const calls = [call, ...single.pending.map((pending) => pending.call)];
  const own = term.value === name ? `${name}.logits` : name; // the accumulator may bear the layer's name
  return calls.reduce((value, next, index) => {
    const operands = index === 0 ? next.operands : [value];
    return to.call(index === calls.length - 1 ? own : `${name}~${index + 1}`, { ...next, operands }).value;
  }, '');
}
