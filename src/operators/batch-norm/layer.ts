import * as z from 'zod';
import { BadInput } from '../../errors.ts';
import { defineLayer, type LayerContext } from '../layer.ts';
import { channelsOf, foldCounts, perChannel, zipChannels } from '../meaning.ts';
import { affineReal } from '../real.ts';

type Roles = 'gamma' | 'beta' | 'mean' | 'variance';
const attributes = z.object({ epsilon: z.number().nonnegative() });

/** g = gamma / sqrt(var + eps) of each channel. */
const gains = ({ attributes: { epsilon }, tensors }: LayerContext<z.infer<typeof attributes>, Roles>): number[] =>
  Array.from(tensors.gamma!.data, (gamma, c) => gamma / Math.sqrt(tensors.variance!.data[c]! + epsilon));

/** BatchNorm in eval mode is no step: it changes what the integers mean. */
export const batchNormLayer = defineLayer({
  kind: 'batch-norm',
  attributes,
  required: ['gamma', 'beta', 'mean', 'variance'],
  optional: [],
  arity: [1, 1],
  shape: (_, [input]) => input!,

  lower(layer, [input], to) {
    const { beta, mean } = layer.tensors;
    if (input.source !== undefined || input.floor !== -Infinity || input.unary !== undefined) {
      throw new BadInput({
        where: `layer ${layer.name}`,
        found: 'a BatchNorm behind a float input, a ReLU or another nonlinearity that no quantiser follows',
        expected: 'a BatchNorm directly behind a convolution, a linear layer or a quantiser',
        remedy: 'put a QuantIdentity in front of it, or use QuantReLU in the place of ReLU',
      });
    }
    const settled = foldCounts(layer.name, input.pending.length > 0 ? to.settle(`${layer.name}~in`, input) : input);
    const gain = gains(layer);
    const perTensor = channelsOf(settled.offset, ...settled.terms.map(({ scale }) => scale)) === 1;
    if (!perTensor && settled.axis !== 1) {
      throw new BadInput({
        where: `layer ${layer.name}`,
        found: `a BatchNorm along axis 1 behind channels along axis ${settled.axis}`,
        expected: 'the same axis',
        remedy: 'put a QuantIdentity between them',
      });
    }
    const [first, ...others] = settled.terms.map((term) => ({ ...term, scale: zipChannels(term.scale, gain, (s, g) => s * g) }));
    const offset = perChannel(settled.offset, gain.length).map((b, c) => (b - mean!.data[c]!) * gain[c]! + beta!.data[c]!);
    return { ...settled, terms: [first!, ...others], axis: 1, offset };
  },

  real(layer, [x]) {
    const gain = gains(layer);
    const { beta, mean } = layer.tensors;
    return affineReal(
      x,
      1,
      (c) => gain[c]!,
      (c) => beta!.data[c]! - mean!.data[c]! * gain[c]!,
      (c) => Math.abs(mean!.data[c]! * gain[c]!) + Math.abs(beta!.data[c]!),
    );
  },
});
