import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { parseSafetensors } from '../../../src/formats/safetensors.ts';
import { ProgramBuilder } from '../../../src/lowering/builder.ts';
import { fusePipes } from '../../../src/lowering/fuse.ts';
import { dyadic } from '../../../src/lowering/styles/dyadic.ts';
import type { Attributes } from '../../../src/numeric/attributes.ts';
import { extent } from '../../../src/numeric/extent.ts';
import { f32 } from '../../../src/numeric/rounding.ts';
import { narrowest, type Tensor, tensor } from '../../../src/numeric/tensor.ts';
import { operators } from '../../../src/operators/index.ts';
import type { Meaning } from '../../../src/operators/layer.ts';
import { layers } from '../../../src/operators/layers.ts';
import { accumulatorMeaning } from '../../../src/operators/meaning.ts';
import type { Program } from '../../../src/program/program.ts';
import { quantiseInput } from '../../../src/program/quantise.ts';

interface Described {
  readonly case: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** One recorded call of a module of I-ViT, lowered as the only layer of a Program. */
export interface ModuleCase {
  readonly name: string;
  readonly program: Program;
  readonly inputs: ReadonlyMap<string, Tensor>;
  readonly expected: ArrayLike<number>;
  /** The scale that lowering gives the result, and the module's own. */
  readonly scale: readonly number[];
  readonly expectedScale: ArrayLike<number>;
}

/** What a case offers: its tensors by the name of the field. */
class Fields {
  readonly #tensors: ReadonlyMap<string, Tensor>;
  readonly #prefix: string;

  constructor(tensors: ReadonlyMap<string, Tensor>, prefix: string) {
    this.#tensors = tensors;
    this.#prefix = prefix;
  }

  has = (field: string): boolean => this.#tensors.has(`${this.#prefix}.${field}`);
  get = (field: string): Tensor => this.#tensors.get(`${this.#prefix}.${field}`)!;
  scale = (field: string): number => this.get(field).data[0]!;
  as = (dtype: 'i8' | 'i32' | 'f32', field: string): Tensor =>
    tensor({ dtype, shape: this.get(field).type.shape }, Array.from(this.get(field).data));
}

type Attempt = {
  readonly kind: string;
  readonly attributes: Attributes;
  readonly tensors?: { readonly [role: string]: Tensor };
  readonly reads: readonly string[];
};

const expandedMask = (fields: Fields): Tensor => {
  const [windows = 1] = fields.get('x_int').type.shape;
  const mask = fields.get('mask');
  const [rows = 1, columns = 1] = mask.type.shape.slice(-2);
  return tensor({ dtype: 'f32', shape: [windows, rows, columns] }, Array.from({ length: windows }, () => [...mask.data]).flat());
};

/** The layer that each module becomes, and the fields that it reads. */
const layersOf: Readonly<Record<string, (fields: Fields, params: Described['params']) => Attempt>> = {
  quantact: (fields, { mode, bits }) => ({
    kind: 'ivit-quantise',
    attributes: { bits: bits as number, scale: fields.scale('out_scale') },
    reads: { input: ['x_float'], requant: ['x'], residual: ['x', 'identity'] }[mode as string]!,
  }),
  quantlinear: (fields) => ({
    kind: 'ivit-linear',
    attributes: {},
    tensors: weights(fields),
    reads: ['x'],
  }),
  quantconv2d: (fields, { stride, padding }) => ({
    kind: 'ivit-convolution',
    attributes: { stride: [stride as number, stride as number], padding: new Array(4).fill(padding), groups: 1 },
    tensors: weights(fields),
    reads: ['x'],
  }),
  quantmatmul: (_, { b_transposed: transpose }) => ({
    kind: 'ivit-matmul',
    attributes: { transpose: transpose as boolean, factor: 1 },
    reads: ['a', 'b'],
  }),
  intsoftmax: (fields, { output_bit: bits }) => ({
    kind: 'ivit-softmax',
    attributes: { bits: bits as number },
    tensors: fields.has('mask') ? { mask: expandedMask(fields) } : {},
    reads: ['x'],
  }),
  intgelu: () => ({ kind: 'ivit-gelu', attributes: {}, reads: ['x'] }),
  intlayernorm: (fields) => ({
    kind: 'ivit-layer-norm',
    attributes: {},
    tensors: { bias: fields.as('f32', 'bias_int'), scale: fields.get('out_scale') },
    reads: ['x'],
  }),
};

const weights = (fields: Fields) => ({
  weights: fields.as('i8', 'weight_int'),
  scales: fields.get('weight_scale'),
  ...(fields.has('bias_int') && { bias: fields.as('i32', 'bias_int') }),
});

/** A module's input as the Program's: integers that no type holds become a constant. */
function place(field: string, fields: Fields, builder: ProgramBuilder, inputs: Map<string, Tensor>): Meaning {
  if (field === 'x_float') {
    const { type, data } = fields.get(field);
    inputs.set('', { type, data });
    return { ...accumulatorMeaning({ value: 'image', type, scale: [1], limit: [Infinity] }, 1), source: 'image' };
  }
  const integers = fields.get(`${field}_int`);
  const scale = Array.from(fields.get(`${field}_scale`).data, f32);
  const { low, high } = extent(integers.data);
  const dtype = narrowest(Math.min(low, -1), high);
  const { shape } = integers.type;
  const limit = [Math.max(-low, high)];
  if (dtype === undefined) {
    const held = tensor({ dtype: 'f32', shape }, Array.from(integers.data));
    return accumulatorMeaning({ value: builder.constant(field, held), type: held.type, scale, limit }, shape.length - 1);
  }
  const { value, type } = builder.input(field, field, shape, { scale: 1, lo: Math.min(low, -1), hi: high });
  inputs.set(field, tensor(type, Array.from(integers.data)));
  return accumulatorMeaning({ value, type, scale, limit }, shape.length - 1);
}

function moduleCase(module: string, described: Described, tensors: ReadonlyMap<string, Tensor>, fuse: boolean): ModuleCase {
  const name = `${module} ${described.case}`;
  const fields = new Fields(tensors, described.case);
  const attempt = layersOf[module]!(fields, described.params);
  const builder = new ProgramBuilder(dyadic, operators);
  const inputs = new Map<string, Tensor>();
  const [first, ...others] = attempt.reads.map((field) => place(field, fields, builder, inputs));
  const layer = layers.get(attempt.kind)!;
  const context = { name: 'y', attributes: layer.attributes.parse(attempt.attributes), tensors: attempt.tensors ?? {} };
  layer.shape(
    context,
    [first!, ...others].map(({ shape }) => shape),
  );
  const { terms } = layer.lower(context, [first!, ...others], builder);
  const program = fusePipes(builder.graph(name, [terms[0].value]), fuse, operators);
  const image = inputs.get('');
  return {
    name,
    program,
    inputs: image ? new Map([['y', quantiseInput(program.inputs.get('y')!, image.data)]]) : inputs,
    expected: fields.get('out_int').data,
    scale: terms[0].scale,
    expectedScale: fields.get('out_scale').data,
  };
}

/** Every recorded case of every module in a folder, whose tensors may be compressed. */
export function moduleCases(folder: string, fuse = true): readonly ModuleCase[] {
  const described = readdirSync(folder).filter((name) => name.endsWith('.json'));
  return described.flatMap((file) => {
    const { module, cases } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { module: string; cases: readonly Described[] };
    const packed = readdirSync(folder).includes(`${module}.safetensors.gz`);
    const path = join(folder, `${module}.safetensors${packed ? '.gz' : ''}`);
    const bytes = readFileSync(path);
    const { tensors } = parseSafetensors(packed ? gunzipSync(bytes) : bytes, path);
    return cases.map((each) => moduleCase(module, each, tensors, fuse));
  });
}

/** How many elements of a result are not the module's own. */
export const mismatches = (found: ArrayLike<number>, expected: ArrayLike<number>): number =>
  found.length === expected.length ? Array.from(found).filter((value, at) => value !== expected[at]).length : expected.length;

/** The result of a case among the tensors of a run: an input of the network is its own result. */
const resultOf = ({ program, inputs }: ModuleCase, results: ReadonlyMap<string, Tensor>): ArrayLike<number> => {
  const [name = ''] = program.outputs;
  return (results.get(name) ?? inputs.get(name))!.data;
};

/** The cases of which a run's results are not the module's own, in words. */
export const differences = (cases: readonly ModuleCase[], results: readonly ReadonlyMap<string, Tensor>[]): string[] =>
  cases.flatMap((each, index) => {
    const count = mismatches(resultOf(each, results[index]!), each.expected);
    return count > 0 ? [`${each.name}: ${count} of ${each.expected.length}`] : [];
  });
