import { along, elements } from '../../../numeric/tensor.ts';
import { concat } from '../../../operators/concat/concat.ts';
import { residual as residualOperator } from '../../../operators/ivit/quantise/residual.ts';
import type { ClampAttributes } from '../../../operators/requantise/channels.ts';
import type { Piece } from '../../../program/pipe.ts';
import type { PortableCall } from '../../portable.ts';
import { endsInHalf, exactUpTo } from './doubles.ts';
import type { Fused, Fusion, Surroundings } from './fusion.ts';

/** Operand, identity and result. */
const types: ReadonlySet<string> = new Set(['i8_i8_i8', 'i8_i16_i16', 'i16_i8_i16', 'i16_i16_i16']);
/** Products below this leave their sum with 1.5 * 2^52 room. */
const most = 2 ** 50;

/** I-ViT's addition of an identity, also to two tensors one behind the other. */
export const residual: Fusion = {
  name: 'residual',
  fuse(calls, surroundings) {
    const [first, second] = calls;
    if (first?.operator === residualOperator.name) return added([first.operands[0]!], first, 1, surroundings);
    const joined = first?.operator === concat.name && second?.operator === residualOperator.name ? contiguous(first) : undefined;
    return joined && added(joined, second!, 2, surroundings);
  },
};

/** Two tensors of the result's type that lie one behind the other in it. */
function contiguous({ operands, attributes, result }: PortableCall): readonly Piece[] | undefined {
  const alike = operands.every(({ type }) => type.dtype === result.type.dtype);
  return operands.length === 2 && alike && along(result.type.shape, attributes['axis'] as number).outer === 1 ? operands : undefined;
}

function added(parts: readonly Piece[], call: PortableCall, taken: number, { known }: Surroundings): Fused | undefined {
  const [x, terms, identity] = call.operands as [Piece, Piece, Piece];
  const factors = known(terms.value).constant?.data;
  const named = [x, identity, call.result].map(({ type }) => type.dtype).join('_');
  const counts = parts.map(({ type }) => elements(type.shape));
  if (factors?.length !== 2 || !types.has(named) || elements(identity.type.shape) !== elements(x.type.shape)) return undefined;
  const limits = [x, identity].map(({ value }) => Math.max(-known(value).range.low, known(value).range.high));
  const fits = limits.every((limit, term) => limit <= exactUpTo(factors[term]!) && limit * Math.abs(factors[term]!) < most);
  if (!fits) return undefined;

  const { lo, hi } = call.attributes as unknown as ClampAttributes;
  const halves = endsInHalf(limits[1]!, factors[1]!) ? 1 : 0;
  const functions = [
    {
      function: `bw_rocket_residual_${named}`,
      arguments: [
        { struct: 'bw_rocket_residual', fields: { first: counts[0]!, second: counts[1] ?? 0, lo, hi, halves } },
        { operand: 0 },
        { operand: counts.length - 1 },
        { operand: counts.length },
        { operand: counts.length + 1 },
        { result: true },
      ] as const,
    },
  ];
  return { taken, call: { ...call, operands: [...parts, identity, terms], functions, source: 'rocket/residual.c', over: parts.length } };
}
