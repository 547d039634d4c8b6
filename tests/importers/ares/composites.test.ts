import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { irregular } from '../../../models/ares/builder.ts';
import { formulas } from '../../../models/ares/formulas.ts';
import { aresNetworks } from '../../../models/ares/networks.ts';
import { runReference } from '../../../src/engine/reference.ts';
import { known } from '../../../src/importers/ares/composites.ts';
import { definitions } from '../../../src/importers/ares/definitions.ts';
import type { AresLayer } from '../../../src/importers/ares/directory.ts';
import { aresFormOf } from '../../../src/importers/ares/export.ts';
import { networkOf } from '../../../src/importers/ares/import.ts';
import { lower } from '../../../src/lowering/lower.ts';
import { ares } from '../../../src/lowering/styles/ares.ts';
import { dyadic } from '../../../src/lowering/styles/dyadic.ts';
import { clamp, f32 } from '../../../src/numeric/rounding.ts';
import { type Shape, type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { operators } from '../../../src/operators/index.ts';
import type { Style } from '../../../src/operators/layer.ts';
import { integers, random, reals } from '../../networks.ts';
import { tableOf } from '../../tables.ts';

const next = random(4);
const one = (name: string, type: string, fields: AresLayer['fields'] = {}, tensors: AresLayer['tensors'] = {}): AresLayer => ({
  name,
  type,
  fields,
  tensors,
});
const read = (shape: Shape, ...layers: readonly AresLayer[]) =>
  networkOf('directory', { file: 'network_info.json', layers }, new Map([['input', shape]]));
/** All values of one run on random integers. */
function run(network: ReturnType<typeof read>, style: Style): ReadonlyMap<string, Tensor> {
  const program = lower(network, { style, fuse: false });
  return runReference(program, new Map([...program.inputs].map(([name, { type }]) => [name, integers(next, 'i8', type.shape, -128, 127)])));
}
const bytes = (...shape: Shape): Tensor => integers(next, 'i8', shape, -127, 127);
const floats = (...shape: Shape): Tensor => tensor({ dtype: 'f32', shape }, Float32Array.from(reals(next, shape, -1, 1).data, Number));

const parts = (...names: readonly (readonly [name: string, outputs: number, inputs: number])[]) => ({
  fields: Object.fromEntries(names.map(([name]) => [`${name}_scale_weight`, 0.01])),
  tensors: Object.fromEntries(
    names.flatMap(([name, outputs, inputs]) => [
      [`${name}.weights`, bytes(outputs, inputs)],
      [`${name}.bias`, floats(outputs)],
    ]),
  ),
});

describe('composite layers as ARES writes them', () => {
  const projections = parts(['q', 8, 8], ['k', 8, 8], ['v', 8, 8], ['out', 8, 8]);
  const scales = { q_scale_output: 0.05, k_scale_output: 0.04, v_scale_output: 0.03, out_scale_output: 0.02, scale_output: 0.02 };
  const attention = { num_heads: 2, head_dim: 4, ...projections.fields, ...scales };
  const self = (fields: AresLayer['fields'], tensors: AresLayer['tensors'] = projections.tensors): ReturnType<typeof read> =>
    read(
      [1, 6, 8],
      one('q_in', 'QuantIdentity', { scale: 0.02 }),
      one('attention', 'MultiheadSelfAttention', { ...attention, ...fields }, tensors),
    );

  test('attention is products, a softmax and sums; without another word its rows become their mean', () => {
    const values = run(self({}), dyadic);
    expect(values.get('attention')!.type.shape).toEqual([1, 8]);
    const out = values.get('attention.out')!.data;
    const mean = Array.from(
      { length: 8 },
      (_, c) => Array.from({ length: 6 }, (_row, row) => out[row * 8 + c]!).reduce((a, b) => a + b) / 6,
    );
    mean.forEach((value, c) => {
      expect(Math.abs(values.get('attention')!.data[c]! - value)).toBeLessThanOrEqual(0.5);
    });
    expect(run(self({ pool_sequence: 'none' }), dyadic).get('attention')!.type.shape).toEqual([1, 6, 8]);
    expect(run(self({ pool_sequence: 'flat' }), dyadic).get('attention')!.type.shape).toEqual([1, 48]);
  });

  test('attention turns queries and keys by the tables of the format', () => {
    const quarter = (value: number): Tensor =>
      tensor(
        { dtype: 'i16', shape: [6, 2] },
        Int16Array.from({ length: 12 }, () => value),
      );
    const tables = { ...projections.tensors, rope_cos_q15: quarter(0), rope_sin_q15: quarter(32767) };
    const values = run(self({ pool_sequence: 'none', use_rope: true }, tables), dyadic);
    const [before, after] = [values.get('attention.q.heads')!.data, values.get('attention.q.rotated')!.data];
    for (let even = 0; even < before.length; even += 2) {
      expect(after[even]).toBe(clamp(-before[even + 1]!, -128, 127));
      expect(after[even + 1]).toBe(before[even]);
    }
  });

  test('heads of keys and values that several queries share are the same as these heads twice, and written as one layer', () => {
    const half = (part: string): AresLayer['tensors'] => ({
      [`${part}.weights`]: tensor({ dtype: 'i8', shape: [4, 8] }, projections.tensors[`${part}.weights`]!.data.slice(0, 32)),
      [`${part}.bias`]: tensor({ dtype: 'f32', shape: [4] }, projections.tensors[`${part}.bias`]!.data.slice(0, 4)),
    });
    const twice = (tensors: AresLayer['tensors']): AresLayer['tensors'] =>
      Object.fromEntries(
        Object.entries(tensors).map(([role, { type, data }]) => {
          const [rows = 1, ...rest] = type.shape;
          return [role, tensor({ dtype: type.dtype, shape: [2 * rows, ...rest] }, [...data, ...data].map(Number))];
        }),
      );
    const shared = { ...half('k'), ...half('v') };
    const few = lower(self({ n_kv_heads: 1 }, { ...projections.tensors, ...shared }), { style: dyadic, fuse: false });
    const many = lower(self({}, { ...projections.tensors, ...twice(shared) }), { style: dyadic, fuse: false });
    const inputs = new Map([['q_in', bytes(1, 6, 8)]]);
    expect(runReference(few, inputs).get('attention')).toEqual(runReference(many, inputs).get('attention'));
    const rounded = { score_scale: 0.1, probability_scale: 1 / 255, context_scale: 0.03, pool_sequence: 'none' };
    const network = self({ ...rounded, n_kv_heads: 1 }, { ...projections.tensors, ...shared });
    const { layers, network: again } = aresFormOf(network);
    expect(layers.at(-1)).toMatchObject({ type: 'MultiheadSelfAttention', fields: { num_heads: 2, n_kv_heads: 1 } });
    expect(again.layers).toEqual(network.layers);
  });

  test('the style of ARES refuses attention, and says why', () => {
    expect(() => run(self({}), ares)).toThrow(/layer attention.products: found a product of activations/);
  });

  test('cross attention has as many rows as learned queries', () => {
    const tensors = { ...projections.tensors, query_embed: bytes(1, 3, 8) };
    const cross = one('cross', 'CrossAttention', { ...attention, query_scale: 0.01 }, tensors);
    const values = run(read([1, 6, 8], one('q_in', 'QuantIdentity', { scale: 0.02 }), cross), dyadic);
    expect(values.get('cross')!.type.shape).toEqual([1, 3, 8]);
  });

  test('a scan without the scales of its steps is refused', () => {
    const { fields, tensors } = parts(['x_proj', 6, 8], ['dt_proj', 8, 2]);
    const scan = one('ssm', 'SSM', { d_inner: 8, d_state: 2, dt_rank: 2, scale_output: 0.1, ...fields }, tensors);
    expect(() => read([1, 6, 8], one('q_in', 'QuantIdentity', { scale: 0.02 }), scan)).toThrow(/layer ssm: found field dt_scale/);
  });

  test('a scan has the rates whose logarithms ARES writes', () => {
    const { fields, tensors } = parts(['x_proj', 6, 8], ['dt_proj', 8, 2]);
    const own = { dt_scale: 0.01, b_scale: 0.01, c_scale: 0.01, state_scale: 2 ** -24, input_bits: 8 };
    const logarithms = floats(2, 8);
    const arrays = { ...tensors, A_log: logarithms, D: floats(8) };
    const scan = one('ssm', 'SSM', { d_inner: 8, d_state: 2, dt_rank: 2, scale_output: 0.1, ...own, ...fields }, arrays);
    const network = read([1, 6, 8], one('q_in', 'QuantIdentity', { scale: 0.02 }), scan);
    const { A } = network.layers.find(({ name }) => name === 'ssm.scan')!.tensors;
    expect(A!.type.shape).toEqual([8, 2]);
    expect(A!.data[5 * 2 + 1]).toBe(f32(Math.exp(Number(logarithms.data[8 + 5]))));
    expect(run(network, dyadic).get('ssm')!.type.shape).toEqual([1, 6, 8]);
  });

  test('an array that is not there, or does not fit, is a sentence that names the layer', () => {
    const { 'k.weights': _, ...without } = projections.tensors;
    expect(() => self({}, without)).toThrow(/layer attention: found no weights of its part attention.k.linear, expected the arrays of/);
    expect(() => self({ num_heads: 3 })).toThrow(/layer attention: found .*, expected shapes that fit/);
    const rows = { weights: bytes(5, 4), indices: tensor({ dtype: 'i32', shape: [1, 1] }, Int32Array.from([5])) };
    expect(() => read([1, 1, 4], one('q_in', 'QuantIdentity', { scale: 1 }), one('rows', 'Embedding', { scale: 0.02 }, rows))).toThrow(
      /layer rows: found index 5 of 5 rows, expected shapes that fit/,
    );
  });

  test('positions are added as ARES adds them: both sides half up, their sum limited', () => {
    const [s_x, s_p, s_e] = [0.031, 0.0123, 0.0217] as const;
    const positions = one(
      'positions',
      'PositionalEmbedding',
      { scale: s_p, scale_equalizer: s_e, scale_output: s_e },
      { value: bytes(1, 16, 24) },
    );
    const network = read([1, 16, 24], one('q_in', 'QuantIdentity', { scale: s_x }), positions);
    const values = run(network, ares);
    const up = (q: number, from: number): number => clamp(Math.floor(f32(f32(q * f32(from / s_e)) + 0.5)), -128, 127);
    const expected = Array.from(values.get('q_in')!.data, (x, at) =>
      clamp(up(x, s_x) + up(positions.tensors['value']!.data[at]!, s_p), -128, 127),
    );
    expect(Array.from(values.get('positions')!.data)).toEqual(expected);
  });

  test('an embedding is the rows of its table at indices that stand in the file', () => {
    const table = bytes(5, 4);
    const embedded = (...indices: readonly number[]) => {
      const tensors = { weights: table, indices: tensor({ dtype: 'i32', shape: [1, indices.length] }, Int32Array.from(indices)) };
      const layers = [
        one('rows', 'Embedding', { scale: 0.02 }, tensors),
        one('sum', 'Add', { inputs: ['q_in', 'rows'], scale_output: 0.02 }),
      ];
      const network = read([1, indices.length, 4], one('q_in', 'QuantIdentity', { scale: 0.02 }), ...layers);
      return [ares, dyadic].map((style) => Array.from(run(network, style).get('rows')!.data));
    };
    for (const indices of [[3, 0, 0, 4, 1, 2], [0, 0, 1, 1, 2, 2, 3, 3, 4, 4], [2]]) {
      const rows = indices.flatMap((index) => [...table.data.subarray(index * 4, index * 4 + 4)]);
      expect(embedded(...indices)).toEqual([rows, rows]);
    }
  });
});

describe('the page about ARES', () => {
  const rows = tableOf('docs/ares.md', '## Formulas').map(([types = '', , matched = '', instead = '']) => ({
    types: [...types.matchAll(/`(\w+)`/g)].map(([, type]) => type!),
    matched,
    instead: [...instead.matchAll(/`([\w-]+)`/g)].map(([, name]) => name!),
  }));
  const covered = new Set(
    [formulas(1, irregular), ...Object.values(aresNetworks).map((build) => build())].flatMap(({ layers }) =>
      layers.map(({ type }) => type),
    ),
  );

  test('names for each formula that is not matched the operators to use', () => {
    const refused = rows.filter(({ matched }) => matched !== 'yes');
    expect(refused.length).toBeGreaterThan(10);
    for (const { instead, matched } of refused) {
      expect(matched).toMatch(/^no: /);
      for (const name of instead) expect([...operators.keys()]).toContain(name);
      expect(instead.length).toBeGreaterThan(0);
    }
  });

  test('says of a formula that it is matched where a test compares it with an independent reading', () => {
    const here = new Set(['PositionalEmbedding', 'Embedding']);
    const matched = rows.filter((row) => row.matched === 'yes').flatMap(({ types }) => types);
    for (const type of matched) expect(covered.has(type) || here.has(type), type).toBe(true);
  });

  test('names every composite layer', () => {
    const text = readFileSync(join(import.meta.dirname, '../../../docs/ares.md'), 'utf8');
    const [, sentence = ''] = /## Composite layers\s+(.*?) are read as/s.exec(text) ?? [];
    expect([...sentence.matchAll(/`(\w+)`/g)].map(([, type]) => type).toSorted()).toEqual(known.map(({ type }) => type).toSorted());
  });

  test('has a row for every type that is read', () => {
    const listed = new Set(rows.flatMap(({ types }) => types));
    for (const { classes } of definitions) for (const name of classes) expect(listed, name).toContain(name);
  });
});
