import * as z from 'zod';
import { BadInput } from '../../errors.ts';
import { sameShape } from '../../numeric/tensor.ts';
import { defineLayer, type Lowering, type Meaning } from '../layer.ts';
import { channelsOf, foldCounts, needsQuantiser, zipChannels } from '../meaning.ts';
import { real } from '../real.ts';

/** An addend with nothing on it but scale and offset. */
function addend(name: string, x: Meaning, to: Lowering): Meaning {
  if (x.source !== undefined) throw needsQuantiser(name, 'a float input');
  const settled = x.pending.length > 0 || x.floor !== -Infinity || x.unary !== undefined ? to.settle(`${name}~in`, x) : x;
  return foldCounts(name, settled);
}

/** An add only joins the terms; the quantiser behind it rounds their sum once. */
export const addLayer = defineLayer({
  kind: 'add',
  attributes: z.object({}),
  required: [],
  optional: [],
  arity: [2, 16],
  shape(_, inputs) {
    if (inputs.some((shape) => !sameShape(shape, inputs[0]!))) {
      throw new RangeError(`tensors of shapes ${inputs.map((shape) => `[${shape.join(', ')}]`).join(' and ')} do not add`);
    }
    return inputs[0]!;
  },

  lower({ name }, inputs, to) {
    return inputs
      .map((input) => addend(name, input, to))
      .reduce((x, y) => {
        const channelAxes = [x, y]
          .filter(({ terms, offset }) => channelsOf(offset, ...terms.map(({ scale }) => scale)) > 1)
          .map(({ axis }) => axis);
        if (new Set(channelAxes).size > 1) {
          throw new BadInput({
            where: `layer ${name}`,
            found: `channels along axes ${channelAxes.join(' and ')}`,
            expected: 'the same axis in both addends',
            remedy: 'put a QuantIdentity in front of each of them',
          });
        }
        return {
          terms: [...x.terms, ...y.terms],
          shape: x.shape,
          axis: channelAxes[0] ?? x.axis,
          offset: zipChannels(x.offset, y.offset, (a, b) => a + b),
          floor: -Infinity,
          pending: [],
        };
      }) as Meaning;
  },

  real: (_, inputs) =>
    real(
      inputs[0].shape,
      (position) => inputs.reduce((sum, { values }) => sum + values[position]!, 0),
      (position) => inputs.reduce((sum, { bracket }) => sum + bracket[position]!, 0),
    ),
});
