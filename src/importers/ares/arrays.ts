import { join } from 'node:path';
import type { Dtype } from '../../numeric/tensor.ts';

/** A large array of a layer: a nested list in the JSON, and a file in weights/. */
export interface ArrayRole {
  readonly role: string;
  /** The key in the JSON. */
  readonly key: string;
  /** The end of the file's name in weights/. */
  readonly suffix: string;
  readonly dtype: Dtype;
}

const array = (role: string, suffix: string, dtype: Dtype, key = suffix): ArrayRole => ({ role, key, suffix, dtype });

const weighted = [array('weights', 'weight_int8', 'i8'), array('bias', 'bias_fp32', 'f32')];
const norm = [array('gamma', 'weight_fp32', 'f32', 'weight'), array('beta', 'bias_fp32', 'f32', 'bias')];

/** Weights and bias of a part of a composite layer. */
const part = (name: string): readonly ArrayRole[] => [
  array(`${name}.weights`, `${name}_weight_int8`, 'i8'),
  array(`${name}.bias`, `${name}_bias_fp32`, 'f32'),
];
const attention = ['q', 'k', 'v', 'out'].flatMap(part);
/** Those in Q22 are Bitwright's own. */
const rotation = ['cos', 'sin'].flatMap((name) => [
  array(`rope_${name}_q15`, `rope_${name}_q15`, 'i16'),
  array(`rope_${name}`, `rope_${name}_q22`, 'i32'),
]);
/** `A_fp32` is Bitwright's own: the logarithm in the format does not give every rate back. */
const scan = [
  ...['x_proj', 'dt_proj'].flatMap(part),
  array('A_log', 'A_log_fp32', 'f32'),
  array('A', 'A_fp32', 'f32'),
  array('D', 'D_fp32', 'f32'),
];
const mamba = [...['in_proj', 'conv1d', 'out_proj'].flatMap(part), ...scan];
const prefixed = (prefix: string, roles: readonly ArrayRole[]): readonly ArrayRole[] =>
  roles.map(({ role, suffix, dtype }) => array(`${prefix}${role}`, `${prefix}${suffix}`, dtype));

const byType: Readonly<Record<string, readonly ArrayRole[]>> = {
  LayerNorm: norm,
  RMSNorm: norm,
  GroupNorm: norm,
  MultiheadSelfAttention: [...attention, ...rotation],
  CrossAttention: [...attention, array('query_embed', 'query_embed_int8', 'i8')],
  Embedding: [...weighted, array('indices', 'indices_int32', 'i32', 'indices')],
  PatchEmbed: part('proj'),
  SSM: scan,
  MambaBlock: mamba,
  MambaWrapper: [...prefixed('fwd_', mamba), ...prefixed('rev_', mamba)],
  PositionalEmbedding: [array('value', 'int8', 'i8', 'pos_embed_int8'), array('real', 'fp32', 'f32', 'pos_embed_fp32')],
};

/** The arrays that a layer of a type can have. */
export const arrayRolesOf = (type: string): readonly ArrayRole[] => byType[type] ?? weighted;

export const weightFile = (layer: string, { suffix }: ArrayRole): string => join('weights', `${layer}_${suffix}.npy`);
