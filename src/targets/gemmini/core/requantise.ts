import { elements } from '../../../numeric/tensor.ts';
import { channelView } from '../../../operators/requantise/channels.ts';
import { bias as biasOperator } from '../../../operators/requantise/float32.ts';
import type { PortableCall } from '../../portable.ts';
import type { Fused, Fusion, Surroundings } from './fusion.ts';
import { type Requantisation, requantisationOf } from './requantisation.ts';

const source = 'rocket/requantise.c';
const widths: ReadonlySet<string> = new Set(['i8', 'i16', 'i32']);

/** I-ViT's requantisation of integers, of sums with the bias of each image too. */
export const requantise: Fusion = {
  name: 'requantise',
  fuse(calls, surroundings) {
    return biased(calls, surroundings) ?? alone(calls, surroundings);
  },
};

const structOf = ({ shape, lo, hi }: Requantisation) => ({ struct: 'bw_channels', fields: { ...shape, lo, hi } });

function alone([call]: readonly PortableCall[], surroundings: Surroundings): Fused | undefined {
  const found = requantisationOf(call, surroundings);
  if (!found || !widths.has(found.x.type.dtype)) return undefined;
  const name = `bw_rocket_requantise_${found.x.type.dtype}_${call!.result.type.dtype}`;
  const functions = [{ function: name, arguments: [structOf(found), { operand: 0 }, { operand: 1 }, { result: true }] as const }];
  return { taken: 1, call: { ...call!, operands: [found.x, found.m], functions, source } };
}

/** A bias that is added before, where each channel has a stretch of its own. */
function biased([bias, call]: readonly PortableCall[], surroundings: Surroundings): Fused | undefined {
  const found = bias?.operator === biasOperator.name ? requantisationOf(call, surroundings) : undefined;
  if (!found || bias!.operands[0]!.type.dtype !== 'i32' || found.shape.inner === 1) return undefined;
  const [x, b] = bias!.operands;
  const { outer, channels, inner } = channelView(x!.type.shape, bias!.attributes['axis'] as number, elements(b!.type.shape));
  if (outer !== found.shape.outer || channels !== found.shape.channels || inner !== found.shape.inner) return undefined;
  const functions = [
    {
      function: `bw_rocket_bias_requantise_i32_${call!.result.type.dtype}`,
      arguments: [structOf(found), { operand: 0 }, { operand: 1 }, { operand: 2 }, { result: true }] as const,
    },
  ];
  return { taken: 2, call: { ...call!, operands: [x!, b!, found.m], functions, source } };
}
