import * as z from 'zod';
import type { Layer } from '../../network/network.ts';
import { type Tensor, tensor } from '../../numeric/tensor.ts';
import { int8, layer } from './build.ts';
import { causal, kernelsOf } from './causal.ts';
import { type Composite, type Fields, ones, type Parts, type Place, type Tensors } from './composite.ts';
import { collectWeights, projected, projection, projectionFields, weightsOf } from './projection.ts';

const scale = z.number().positive();
/** Those of Bitwright's own are the scales of what ARES holds in 15 bits whatever its values are. */
const scanFields = projectionFields('x_proj', 'dt_proj').extend({
  d_inner: z.int().positive(),
  d_state: z.int().positive(),
  dt_rank: z.int().positive(),
  dt_scale: scale,
  b_scale: scale,
  c_scale: scale,
  state_scale: scale,
  input_bits: z.int().positive(),
});
const blockFields = scanFields.extend({
  ...projectionFields('in_proj', 'conv1d', 'out_proj').shape,
  kernel_size: z.int().positive(),
  in_proj_scale_output: scale,
  silu_scale_output: scale,
  ssm_scale_output: scale,
  gate_scale: scale,
  product_scale: scale,
});
type Scan = z.infer<typeof scanFields>;
type Block = z.infer<typeof blockFields>;

const slice = (name: string, input: string, start: number, size: number): Layer =>
  layer(name, 'slice', [input], { axis: 2, start, size, step: 1 });

/** The selective scan of x [1, tokens, d_inner], with the projections that make its steps, its inputs' and its outputs' factors. */
function scan({ name, input }: Place, own: Scan, tensors: Tensors): readonly Layer[] {
  const { d_state: states, dt_rank: rank } = own;
  const { A_log: logarithms, A = logarithms && turned(logarithms, Math.exp), D } = tensors;
  const parts = projected(name, 'x_proj', input, own, tensors);
  return [
    parts,
    slice(`${name}.dt.slice`, parts.name, 0, rank),
    slice(`${name}.b.slice`, parts.name, rank, states),
    slice(`${name}.c.slice`, parts.name, rank + states, states),
    int8(`${name}.dt`, `${name}.dt.slice`, own.dt_scale),
    int8(`${name}.b`, `${name}.b.slice`, own.b_scale),
    int8(`${name}.c`, `${name}.c.slice`, own.c_scale),
    projected(name, 'dt_proj', `${name}.dt`, own, tensors),
    layer(
      `${name}.scan`,
      'selective-scan',
      [input, `${name}.dt_proj.linear`, `${name}.b`, `${name}.c`],
      { stateScale: own.state_scale, inputBits: own.input_bits },
      { ...(A && { A }), ...(D && { D }) },
    ),
  ];
}

/** What a matrix becomes, number by number in float32, with its columns as rows. */
function turned({ type: { shape }, data }: Tensor, each: (value: number) => number): Tensor {
  const [rows = 1, columns = 1] = shape;
  const at = (k: number): number => each(data[(k % rows) * columns + Math.floor(k / rows)]!);
  return tensor(
    { dtype: 'f32', shape: [columns, rows] },
    Array.from(data, (_, k) => at(k)),
  );
}

function collectScan(parts: Parts): { readonly fields: Record<string, unknown>; readonly tensors: Record<string, Tensor> } {
  const { fields, tensors } = collectWeights(parts, { x_proj: 'x_proj.linear', dt_proj: 'dt_proj.linear' });
  const [A, D] = [parts.tensor('scan', 'A')!, parts.tensor('scan', 'D')!];
  const [channels, states] = A.type.shape;
  return {
    fields: {
      d_inner: channels,
      d_state: states,
      dt_rank: parts.number('dt.slice', 'size'),
      ...fields,
      dt_scale: parts.number('dt', 'scale'),
      b_scale: parts.number('b', 'scale'),
      c_scale: parts.number('c', 'scale'),
      state_scale: parts.number('scan', 'stateScale'),
      input_bits: parts.number('scan', 'inputBits'),
    },
    tensors: { ...tensors, A_log: turned(A, Math.log), A, D },
  };
}

/** A Mamba block: a projection in two halves, a causal convolution and a scan of one, gated by the other, and a projection back. */
function block({ name, input, shape }: Place, own: Block, tensors: Tensors): readonly Layer[] {
  const inner = own.d_inner;
  return [
    ...projection(name, 'in_proj', input, own, tensors),
    slice(`${name}.x`, `${name}.in_proj`, 0, inner),
    slice(`${name}.z`, `${name}.in_proj`, inner, inner),
    layer(`${name}.x.turned`, 'permute', [`${name}.x`], { axes: [0, 2, 1] }),
    ...causal(`${name}.conv1d`, `${name}.x.turned`, own.kernel_size, own.conv1d_scale_weight, weightsOf('conv1d', tensors)),
    layer(`${name}.silu`, 'unary', [`${name}.conv1d.convolution`], { function: 'silu' }),
    layer(`${name}.silu.turned`, 'permute', [`${name}.silu`], { axes: [0, 2, 1] }),
    int8(`${name}.silu.quant`, `${name}.silu.turned`, own.silu_scale_output),
    ...scan({ name, input: `${name}.silu.quant`, shape }, own, tensors),
    int8(`${name}.ssm`, `${name}.scan`, own.ssm_scale_output),
    layer(`${name}.gate`, 'unary', [`${name}.z`], { function: 'silu' }),
    int8(`${name}.gate.quant`, `${name}.gate`, own.gate_scale),
    layer(`${name}.product`, 'multiply', [`${name}.ssm`, `${name}.gate.quant`]),
    int8(`${name}.product.quant`, `${name}.product`, own.product_scale),
    projected(name, 'out_proj', `${name}.product.quant`, own, tensors),
  ];
}

function collectBlock(parts: Parts): { readonly fields: Record<string, unknown>; readonly tensors: Record<string, Tensor> } {
  const own = collectScan(parts);
  const { fields, tensors } = collectWeights(parts, {
    in_proj: 'in_proj.linear',
    conv1d: 'conv1d.convolution',
    out_proj: 'out_proj.linear',
  });
  const kernels = kernelsOf(tensors['conv1d.weights']!);
  return {
    fields: {
      d_model: parts.shape.at(-1),
      kernel_size: kernels.type.shape[1],
      ...fields,
      in_proj_scale_output: parts.number('in_proj', 'scale'),
      silu_scale_output: parts.number('silu.quant', 'scale'),
      ...own.fields,
      ssm_scale_output: parts.number('ssm', 'scale'),
      gate_scale: parts.number('gate.quant', 'scale'),
      product_scale: parts.number('product.quant', 'scale'),
    },
    tensors: { ...tensors, 'conv1d.weights': kernels, ...own.tensors },
  };
}

export const ssm: Composite<Scan> = {
  type: 'SSM',
  fields: scanFields,
  structures: [ones(scanFields)],
  expand: scan,
  collect: collectScan,
};

export const mambaBlock: Composite<Block> = {
  type: 'MambaBlock',
  fields: blockFields,
  structures: [ones(blockFields)],
  expand: block,
  collect: collectBlock,
};

const directions = { fwd: 'fwd_', rev: 'rev_' } as const;
const prefixed = <T>(prefix: string, entries: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(Object.entries(entries).map(([key, value]) => [`${prefix}${key}`, value]));
const unprefixed = <T>(prefix: string, entries: Readonly<Record<string, T>>): Record<string, T> =>
  Object.fromEntries(
    Object.entries(entries).flatMap(([key, value]) => (key.startsWith(prefix) ? [[key.slice(prefix.length), value]] : [])),
  );

const directed = (prefix: string) => z.object(prefixed(prefix, { ...blockFields.shape, scale_output: scale }));
const wrapperFields = directed('fwd_')
  .extend(directed('rev_').shape)
  .extend({ bidirectional_strategy: z.literal('add').default('add') });
type Wrapper = z.infer<typeof wrapperFields>;

/** A Mamba block forwards, one over the tokens in reverse order, and their sum. */
export const mambaWrapper: Composite<Wrapper> = {
  type: 'MambaWrapper',
  fields: wrapperFields,
  structures: [ones(wrapperFields)],
  expand({ name, input, shape }, own, tensors) {
    const way = (direction: keyof typeof directions, from: string): readonly Layer[] => {
      const prefix = directions[direction];
      const fields = unprefixed(prefix, own as Fields) as unknown as Block & { readonly scale_output: number };
      const layers = block({ name: `${name}.${direction}`, input: from, shape }, fields, unprefixed(prefix, tensors));
      return [...layers, int8(`${name}.${direction}`, layers.at(-1)!.name, fields.scale_output)];
    };
    return [
      ...way('fwd', input),
      layer(`${name}.reversed`, 'flip', [input], { axes: [1] }),
      ...way('rev', `${name}.reversed`),
      layer(`${name}.back`, 'flip', [`${name}.rev`], { axes: [1] }),
      layer(`${name}.sum`, 'add', [`${name}.fwd`, `${name}.back`]),
    ];
  },
  collect(parts) {
    const ways = Object.entries(directions).map(([direction, prefix]) => {
      const { fields, tensors } = collectBlock(within(parts, direction));
      return {
        fields: prefixed(prefix, { ...fields, scale_output: parts.number(direction, 'scale') }),
        tensors: prefixed(prefix, tensors),
      };
    });
    return {
      fields: { ...Object.assign({}, ...ways.map(({ fields }) => fields)), bidirectional_strategy: 'add' },
      tensors: Object.assign({}, ...ways.map(({ tensors }) => tensors)),
    };
  },
};

const within = (parts: Parts, prefix: string): Parts => ({
  shape: parts.shape,
  find: (part) => parts.find(`${prefix}.${part}`),
  number: (part, attribute) => parts.number(`${prefix}.${part}`, attribute),
  tensor: (part, role) => parts.tensor(`${prefix}.${part}`, role),
});
