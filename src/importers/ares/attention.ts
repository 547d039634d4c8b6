import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import { clamp, roundHalfEven } from '../../numeric/rounding.ts';
import { type Tensor, tensor } from '../../numeric/tensor.ts';
import { int8, layer } from './build.ts';
import type { Composite, Parts, Place, Tensors } from './composite.ts';
import { collectWeights, projected, projection, projectionFields } from './projection.ts';

const scale = z.number().positive();
const projections = ['q', 'k', 'v', 'out'] as const;
const common = projectionFields(...projections).extend({
  num_heads: z.int().positive(),
  /** Fewer heads of keys and values, each for several of the queries. */
  n_kv_heads: z.int().positive().optional(),
  softmax_scale: scale.optional(),
  q_scale_output: scale,
  k_scale_output: scale,
  v_scale_output: scale,
  out_scale_output: scale.optional(),
  /** Bitwright's own: the scales of scores, of probabilities in u8, of the context and of rotated queries and keys, where the model rounds them. */
  score_scale: scale.optional(),
  probability_scale: scale.optional(),
  context_scale: scale.optional(),
  q_rotated_scale: scale.optional(),
  k_rotated_scale: scale.optional(),
});
type Common = z.infer<typeof common>;

const selfFields = common.extend({ pool_sequence: z.enum(['mean', 'flat', 'none']).default('mean'), use_rope: z.boolean().default(false) });
const crossFields = common.extend({ query_scale: scale });
type Self = z.infer<typeof selfFields>;
type Cross = z.infer<typeof crossFields>;

/** The rotation's tables in Q22; those of the format are in Q15. */
const tables = (['cos', 'sin'] as const).map((name) => ({ name, fine: `rope_${name}`, coarse: `rope_${name}_q15` }));
const rotation = (tensors: Tensors): Tensors =>
  Object.fromEntries(
    tables.flatMap(({ name, fine, coarse }) => {
      const [given, rounded] = [tensors[fine], tensors[coarse]];
      const table =
        given ??
        (rounded &&
          tensor(
            { dtype: 'i32', shape: rounded.type.shape },
            Array.from(rounded.data, (q) => q * 2 ** 7),
          ));
      return table ? [[name, table]] : [];
    }),
  );
const coarse = ({ type, data }: Tensor): Tensor =>
  tensor(
    { dtype: 'i16', shape: type.shape },
    Array.from(data, (q) => clamp(roundHalfEven(q / 2 ** 7), -32768, 32767)),
  );

/**
 * Heads of [..., tokens, D]: projections, each head's softmax of q * k^T * softmax_scale, its sum of values, and a projection of all heads. `queries`
 * is what they are projected from, and how many there are.
 */
function attend(
  { name, input, shape }: Place,
  own: Common,
  tensors: Tensors,
  { queries, count, rotated }: { readonly queries: string; readonly count: number; readonly rotated: boolean },
): readonly Layer[] {
  const [lead, tokens, width] = [shape.slice(0, -2), shape.at(-2)!, shape.at(-1)!];
  const size = width / own.num_heads;
  const { num_heads: all, n_kv_heads: shared = all } = own;
  if (!Number.isInteger(size) || all % shared !== 0) throw new RangeError(`${width} features for ${all} heads, ${shared} of them keys'`);
  const axes = lead.map((_, axis) => axis);
  const last = lead.length;
  const turn = [...axes, last + 1, last, last + 2];
  const heads = (part: string, source: string, rows: number, groups: number): readonly Layer[] => [
    ...projection(name, part, source, own, tensors),
    layer(`${name}.${part}.rows`, 'reshape', [`${name}.${part}`], { shape: [...lead, rows, groups, size] }),
    layer(`${name}.${part}.heads`, 'permute', [`${name}.${part}.rows`], { axes: turn }),
  ];
  const repeat = (part: string, from: string): readonly Layer[] =>
    all === shared ? [] : [layer(`${name}.${part}.repeated`, 'repeat', [from], { axis: last, count: all / shared })];
  const rotate = (part: string, to: number): readonly Layer[] => [
    layer(`${name}.${part}.rope`, 'rope', [`${name}.${part}.heads`], { interleaved: true }, rotation(tensors)),
    int8(`${name}.${part}.rotated`, `${name}.${part}.rope`, to),
  ];
  const ready = (part: string): string => `${name}.${part}.${rotated ? 'rotated' : 'heads'}`;
  const scores = layer(`${name}.scores`, 'scalar-multiply', [`${name}.products`], { factor: own.softmax_scale ?? 1 / Math.sqrt(size) });
  const roundedScores = own.score_scale === undefined ? [] : [int8(`${name}.scores.quant`, scores.name, own.score_scale)];
  const shares = layer(`${name}.shares`, 'softmax', [roundedScores.at(-1)?.name ?? scores.name]);
  const roundedShares =
    own.probability_scale === undefined
      ? []
      : [layer(`${name}.shares.quant`, 'quantiser', [shares.name], { scale: own.probability_scale, lo: 0, hi: 255 })];
  return [
    ...heads('q', queries, count, all),
    ...heads('k', input, tokens, shared),
    ...heads('v', input, tokens, shared),
    ...(rotated
      ? [...rotate('q', own.q_rotated_scale ?? own.q_scale_output), ...rotate('k', own.k_rotated_scale ?? own.k_scale_output)]
      : []),
    ...repeat('k', ready('k')),
    ...repeat('v', `${name}.v.heads`),
    layer(`${name}.k.turned`, 'permute', [all === shared ? ready('k') : `${name}.k.repeated`], {
      axes: [...axes, last, last + 2, last + 1],
    }),
    layer(`${name}.products`, 'matmul', [ready('q'), `${name}.k.turned`]),
    scores,
    ...roundedScores,
    shares,
    ...roundedShares,
    layer(`${name}.mixed`, 'matmul', [roundedShares.at(-1)?.name ?? shares.name, `${name}.v.${all === shared ? 'heads' : 'repeated'}`]),
    int8(`${name}.mixed.quant`, `${name}.mixed`, own.context_scale ?? own.v_scale_output),
    layer(`${name}.context.heads`, 'permute', [`${name}.mixed.quant`], { axes: turn }),
    layer(`${name}.context`, 'reshape', [`${name}.context.heads`], { shape: [...lead, count, width] }),
    projected(name, 'out', `${name}.context`, own, tensors),
  ];
}

/** What stands behind self-attention: [batch, tokens, D] stays, or becomes a mean or a long row. */
function pooled({ name, shape }: Place, last: Layer, { pool_sequence, out_scale_output }: Self): readonly Layer[] {
  const [, tokens = 1, width = 1] = shape;
  if (pool_sequence === 'none') return [];
  if (pool_sequence === 'flat') return [layer(`${name}.flat`, 'reshape', [last.name], { shape: [1, tokens * width] })];
  const rounded = int8(`${name}.out`, last.name, out_scale_output ?? 1);
  return [rounded, layer(`${name}.mean`, 'mean', [rounded.name], { axes: [1], keep: false })];
}

function collect(parts: Parts) {
  const weights = collectWeights(parts, Object.fromEntries(projections.map((part) => [part, `${part}.linear`])));
  const [heads = 1, size = 1] = (parts.find('q.rows')!.attributes['shape'] as readonly number[]).slice(-2);
  const [shared = 1] = (parts.find('k.rows')!.attributes['shape'] as readonly number[]).slice(-2);
  const fields = {
    embed_dim: parts.shape.at(-1),
    num_heads: heads,
    ...(shared !== heads && { n_kv_heads: shared }),
    head_dim: size,
    softmax_scale: parts.number('scores', 'factor'),
    ...weights.fields,
    q_scale_output: parts.number('q', 'scale'),
    k_scale_output: parts.number('k', 'scale'),
    v_scale_output: parts.number('v', 'scale'),
    score_scale: parts.number('scores.quant', 'scale'),
    probability_scale: parts.number('shares.quant', 'scale'),
    context_scale: parts.number('mixed.quant', 'scale'),
  };
  return { fields, tensors: weights.tensors };
}

const anyAttention = {
  ...Object.fromEntries(projections.map((part) => [`${part}_scale_weight`, 1])),
  ...{ num_heads: 1, q_scale_output: 1, k_scale_output: 1, v_scale_output: 1, score_scale: 1, probability_scale: 1 },
} as Common;
/** Each head with keys and values of its own, or several with the same. */
const anyHeads: readonly Common[] = [anyAttention, { ...anyAttention, num_heads: 2, n_kv_heads: 1 }];

/** ARES rounds neither scores nor probabilities to a scale of their own, and the context at that of the values. */
export const attention: Composite<Self> = {
  type: 'MultiheadSelfAttention',
  fields: selfFields,
  structures: anyHeads.flatMap((heads) => [false, true].map((use_rope): Self => ({ ...heads, pool_sequence: 'none', use_rope }))),
  expand(place, own, tensors) {
    const layers = attend(place, own, tensors, { queries: place.input, count: place.shape.at(-2)!, rotated: own.use_rope });
    return [...layers, ...pooled(place, layers.at(-1)!, own)];
  },
  collect(parts) {
    const { fields, tensors } = collect(parts);
    const own = { ...fields, sequence_length: parts.shape.at(-2), pool_sequence: 'none', use_rope: false };
    if (!parts.find('q.rope')) return { fields: own, tensors };
    const rotations = tables.flatMap(({ name, fine, coarse: rough }) => {
      const table = parts.tensor('q.rope', name)!;
      return [
        [fine, table],
        [rough, coarse(table)],
      ] as const;
    });
    const scales = { q_rotated_scale: parts.number('q.rotated', 'scale'), k_rotated_scale: parts.number('k.rotated', 'scale') };
    return { fields: { ...own, use_rope: true, ...scales }, tensors: { ...tensors, ...Object.fromEntries(rotations) } };
  },
};

/** Queries that were learned, and keys and values of the input. */
export const crossAttention: Composite<Cross> = {
  type: 'CrossAttention',
  fields: crossFields,
  structures: anyHeads.map((heads) => ({ ...heads, query_scale: 1 })),
  expand(place, own, tensors) {
    const { query_embed: embed } = tensors;
    const { shape = [1, 1, 1] } = embed?.type ?? {};
    const value = embed && tensor({ dtype: 'i8', shape: [...place.shape.slice(0, -2).map(() => 1), ...shape.slice(-2)] }, embed.data);
    const queries = layer(`${place.name}.queries`, 'constant', [], { scale: own.query_scale }, value ? { value } : {});
    return [queries, ...attend(place, own, tensors, { queries: queries.name, count: shape.at(-2)!, rotated: false })];
  },
  collect(parts) {
    const { fields, tensors } = collect(parts);
    const value = parts.tensor('queries', 'value')!;
    const sizes = { num_queries: value.type.shape.at(-2), kv_len: parts.shape.at(-2), query_scale: parts.number('queries', 'scale') };
    return { fields: { ...fields, ...sizes }, tensors: { ...tensors, query_embed: value } };
  },
};
