import { f32 } from '../../numeric/rounding.ts';
import { dtypes, type Shape, type Tensor, tensor } from '../../numeric/tensor.ts';
import type { ModuleRecord } from '../module.ts';
import type { Parameters } from './parameters.ts';
import { layerNormConstants, quantiseBias, quantiseWeights } from './quantise.ts';

/** A value of the network: what made it, its shape, and its float32 scale where it has one for all elements. */
export interface Value {
  readonly name: string;
  readonly shape: Shape;
  readonly scale: number;
}

/** No scale, or one for each channel: nothing that reads such a value asks for it. */
const noScale = Number.NaN;

const single = (value: number): Tensor => tensor({ dtype: 'f32', shape: [1] }, Float32Array.of(value));

/** Builds the records of a network, module by module, from the parameters that lie under the modules' names. */
export class Graph {
  readonly parameters: Parameters;
  readonly records: ModuleRecord[] = [];
  /** What a user should know of this checkpoint, though it can be compiled. */
  readonly notes: string[] = [];

  constructor(parameters: Parameters) {
    this.parameters = parameters;
  }

  #add(
    name: string,
    className: string,
    inputs: readonly Value[],
    result: { readonly shape: Shape; readonly scale?: number },
    fields: ModuleRecord['fields'] = {},
    tensors: ModuleRecord['tensors'] = {},
  ): Value {
    const { shape, scale = noScale } = result;
    this.records.push({
      name,
      className,
      inputs: inputs.map((input) => input.name),
      inputShapes: inputs.map((input) => input.shape),
      shape,
      fields,
      tensors,
    });
    return { name, shape, scale };
  }

  /** A float parameter that a quantiser will round. */
  async parameter(name: string, shape: Shape): Promise<Value> {
    return this.#add(name, 'Parameter', [], { shape }, {}, { value: await this.parameters.read(name, shape) });
  }

  /** QuantAct: of an image or a parameter, of an accumulator, or of a sum with `identity`. */
  async act(name: string, bits: 8 | 16, x: Value, identity?: Value): Promise<Value> {
    const scale = await this.parameters.scale(name);
    const inputs = identity ? [x, identity] : [x];
    return this.#add(name, 'QuantAct', inputs, { shape: x.shape, scale }, { bits, scale });
  }

  async linear(name: string, x: Value, outputs: number): Promise<Value> {
    const tensors = await this.#weighted(name, 'fc_scaling_factor', [outputs, x.shape.at(-1)!], x.scale);
    return this.#add(name, 'QuantLinear', [x], { shape: [...x.shape.slice(0, -1), outputs] }, {}, tensors);
  }

  /** The patch embedding: a convolution whose stride is its kernel. */
  async patches(name: string, x: Value, weights: Shape): Promise<Value> {
    const tensors = await this.#weighted(name, 'conv_scaling_factor', weights, x.scale);
    const [outputs = 0, , ...kernel] = weights;
    const shape = [1, outputs, ...kernel.map((size, axis) => x.shape[axis + 2]! / size)];
    return this.#add(name, 'QuantConv2d', [x], { shape }, { stride: kernel, padding: [0, 0, 0, 0], groups: 1 }, tensors);
  }

  async #weighted(name: string, scaleName: string, shape: Shape, inputScale: number): Promise<ModuleRecord['tensors']> {
    const { parameters } = this;
    const { weights, scales } = quantiseWeights(await parameters.read(`${name}.weight`, shape));
    await parameters.derived(`${name}.${scaleName}`, scales);
    await parameters.derived(`${name}.weight_integer`, weights);
    if (!parameters.has(`${name}.bias`)) return { weights, scales };
    const bias = quantiseBias(await parameters.read(`${name}.bias`, [shape[0]!]), scales, inputScale);
    await parameters.derived(`${name}.bias_integer`, bias);
    const { low, high } = dtypes.i32;
    const beyond = bias.data.findIndex((value) => value < low || value >= high);
    if (beyond >= 0)
      parameters.refuse(
        `${name}.bias_integer`,
        `${bias.data[beyond]} at element ${beyond}`,
        'biases of 32 bits',
        'train with a smaller bias',
      );
    return { weights, scales, bias: tensor({ dtype: 'i32', shape: [shape[0]!] }, Int32Array.from(bias.data)) };
  }

  async norm(name: string, x: Value): Promise<Value> {
    const { parameters } = this;
    const channels = [x.shape.at(-1)!];
    const gamma = await parameters.read(`${name}.weight`, channels);
    const zero = gamma.data.indexOf(0);
    if (zero >= 0)
      parameters.refuse(
        `${name}.weight`,
        `0 at channel ${zero}, by which the bias is divided`,
        'weights other than 0',
        'write a small number such as 1e-13 there',
      );
    const { scale, bias } = layerNormConstants(gamma, await parameters.read(`${name}.bias`, channels));
    await parameters.derived(`${name}.norm_scaling_factor`, scale);
    await parameters.derived(`${name}.bias_integer`, bias);
    this.#noteDead(name, bias);
    return this.#add(name, 'IntLayerNorm', [x], { shape: x.shape }, {}, { bias, scale });
  }

  #noteDead(name: string, { data }: Tensor): void {
    const dead = Array.from(data.keys()).filter((c) => data[c]! < dtypes.i32.low || data[c]! > dtypes.i32.high);
    if (dead.length === 0) return;
    const channels = dead.length === 1 ? `channel ${dead[0]} is` : `channels ${dead.join(', ')} are`;
    this.notes.push(`${this.parameters.where}, layer ${name}: ${channels} dead (bias beyond 32 bits); the bias stays as wide as it is`);
  }

  /** QuantMatMul; `factor` multiplies its result's scale. */
  async matmul(
    name: string,
    a: Value,
    b: Value,
    { transpose, factor }: { readonly transpose: boolean; readonly factor: number },
  ): Promise<Value> {
    const scale = f32(a.scale * b.scale);
    await this.parameters.derived(`${name}.act_scaling_factor`, single(scale));
    const shape = [...a.shape.slice(0, -1), b.shape.at(transpose ? -2 : -1)!];
    return this.#add(name, 'QuantMatMul', [a, b], { shape, scale: f32(scale * f32(factor)) }, { transpose, factor: f32(factor) });
  }

  async softmax(name: string, x: Value, bits: 8 | 16, mask?: Tensor): Promise<Value> {
    const scale = 2 ** (1 - bits);
    await this.parameters.derived(`${name}.act_scaling_factor`, single(scale));
    return this.#add(name, 'IntSoftmax', [x], { shape: x.shape, scale }, { bits }, mask ? { mask } : {});
  }

  async gelu(name: string, x: Value): Promise<Value> {
    const scale = f32(x.scale * 2 ** -7);
    await this.parameters.derived(`${name}.act_scaling_factor`, single(scale));
    return this.#add(name, 'IntGELU', [x], { shape: x.shape, scale });
  }

  /** Puts the float class token in front of the tokens. */
  async classToken(name: string, x: Value): Promise<Value> {
    const [, tokens = 0, channels = 0] = x.shape;
    const token = await this.parameters.read(name, [1, 1, channels]);
    return this.#add(name, 'ClassToken', [x], { shape: [1, tokens + 1, channels] }, {}, { token });
  }

  /** Gathers a table [entries, heads] of relative position biases by an index [tokens, tokens]. */
  async positionBias(name: string, table: Value, tokens: number): Promise<Value> {
    const index = await this.parameters.read(name, [tokens, tokens]);
    const narrow = tensor({ dtype: 'i32', shape: [tokens, tokens] }, Int32Array.from(index.data));
    return this.#add(name, 'PositionBias', [table], { shape: [1, table.shape[1]!, tokens, tokens] }, {}, { index: narrow });
  }

  mean(name: string, x: Value, axis: number): Value {
    return this.#add(name, 'Mean', [x], { shape: x.shape.toSpliced(axis, 1), scale: x.scale }, { axis });
  }
  reshape(name: string, x: Value, shape: Shape): Value {
    return this.#add(name, 'reshape', [x], { shape, scale: x.scale });
  }
  permute(name: string, x: Value, axes: readonly number[]): Value {
    return this.#add(name, 'permute', [x], { shape: axes.map((axis) => x.shape[axis]!), scale: x.scale }, { axes });
  }
  /** One index of an axis, which stays. */
  pick(name: string, x: Value, axis: number, start: number): Value {
    return this.#add(name, 'slice', [x], { shape: x.shape.with(axis, 1), scale: x.scale }, { axis, start, size: 1, step: 1 });
  }
  roll(name: string, x: Value, axes: readonly number[], shift: number): Value {
    return this.#add(name, 'roll', [x], { shape: x.shape, scale: x.scale }, { axes, shifts: axes.map(() => shift) });
  }
}
