import type { AresOutput } from '../../src/importers/ares/write.ts';
import { elements, type Shape, type Tensor, tensor } from '../../src/numeric/tensor.ts';

/** A fixed source of 32-bit integers (xorshift32, Marsaglia 2003): the same network on every machine, without training. */
export function xorshift(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

type Pair = readonly [number, number];
const pairOf = (size: number | Pair): Pair => (typeof size === 'number' ? [size, size] : size);
const out = (size: number, kernel: number, stride: number, padding: number): number =>
  Math.floor((size + 2 * padding - kernel) / stride) + 1;

export interface AresModel {
  readonly name: string;
  readonly inputs: readonly Shape[];
  readonly layers: readonly AresOutput[];
}

/** Chooses a scale near the one that is wanted. */
export type Snap = (wanted: number) => number;

/** Scales as training gives them. */
export const irregular: Snap = Math.fround;
/** Scales in simple ratios: sums and products then fall on ties, exactly or but for the float arithmetic of a formula. */
export const powersOfTwo: Snap = (wanted) => 2 ** Math.round(Math.log2(wanted));
export const smallRatios: Snap = (wanted) => {
  const unit = 0.2 * 2 ** Math.floor(Math.log2(wanted));
  return Math.fround(unit * Math.round(wanted / unit));
};

interface Value {
  readonly shape: Shape;
  /** Undefined for floats. */
  readonly scale?: number;
  /** About the mean of the squares, so that weights and scales can be chosen without running the network. */
  readonly power: number;
}

/** How many standard deviations of a value int8 holds: some elements saturate, most do not. */
const deviations = 3;

/**
 * A network as an ARES directory holds it, layer by layer in the order of execution. Weights are uniform in -127..127 with a scale that makes the
 * variance of the result about 1; activation scales are irregular float32 numbers around the deviations that int8 shall hold.
 */
export class AresBuilder {
  readonly layers: AresOutput[] = [];
  readonly inputs: readonly Shape[];
  readonly #values = new Map<string, Value>();
  readonly #next: () => number;
  readonly #snap: Snap;
  #last: Value;

  constructor(seed: number, inputs: readonly Shape[], snap: Snap = irregular) {
    this.#next = xorshift(seed);
    this.#snap = snap;
    this.inputs = inputs.map((shape) => [1, ...shape]);
    this.#last = { shape: this.inputs[0]!, power: 1 };
  }

  /** What the next layer reads: a network input by its number, or an earlier layer where the format would read another one. */
  from(source: number | string): this {
    this.#last = typeof source === 'number' ? { shape: this.inputs[source]!, power: 1 } : this.#values.get(source)!;
    return this;
  }

  quant(name: string, like?: string): this {
    const scale = like === undefined ? this.#scale() : this.#values.get(like)!.scale!;
    return this.#push(name, 'QuantIdentity', { scale }, { ...this.#last, scale });
  }

  relu(name: string): this {
    const scale = this.#scale();
    return this.#push(name, 'QuantReLU', { scale }, { ...this.#last, scale, power: this.#last.power / 2 });
  }

  conv(name: string, outputs: number, kernel: number | Pair, stride: number | Pair = 1, padding: number | Pair = 0): this {
    const [channels, height, width] = this.#image();
    const [sizes, strides, border] = [pairOf(kernel), pairOf(stride), pairOf(padding)];
    const shape = [1, outputs, out(height, sizes[0], strides[0], border[0]), out(width, sizes[1], strides[1], border[1])];
    const fields = { in_channels: channels, out_channels: outputs, kernel_size: sizes, stride: strides, padding: border, groups: 1 };
    return this.#weighted(name, 'QuantConv2d', fields, [outputs, channels, ...sizes], { shape, power: 1 });
  }

  /** A linear layer; one that is not the last records the scale of its result. */
  linear(name: string, outputs: number, { last = false } = {}): this {
    const depth = this.#last.shape.at(-1)!;
    const shape = [...this.#last.shape.slice(0, -1), outputs];
    const scale = last ? {} : { scale: this.#scale(1) };
    const recorded = last ? {} : { scale_output: scale.scale! };
    const fields = { in_features: depth, out_features: outputs, ...recorded };
    return this.#weighted(name, 'QuantLinear', fields, [outputs, depth], { shape, power: 1, ...scale });
  }

  maxPool(name: string, size: number | Pair): this {
    const [height, width] = pairOf(size);
    return this.#pool(name, 'MaxPool2d', [height, width], 1 + Math.log2(height * width) / 2);
  }

  averagePool(name: string, size: number | Pair): this {
    return this.#pool(name, 'AvgPool2d', pairOf(size), 1 / 2);
  }

  globalPool(name: string): this {
    return this.#push(
      name,
      'GlobalAvgPool',
      { output_size: 1 },
      {
        ...this.#last,
        shape: [1, this.#image()[0], 1, 1],
        power: this.#last.power / 2,
      },
    );
  }

  /** A border of zeros: left, right, top, bottom. */
  pad(name: string, left: number, right: number, top = 0, bottom = 0): this {
    const [channels, height, width] = this.#image();
    const shape = [1, channels, top + height + bottom, left + width + right];
    return this.#push(name, 'ZeroPad2d', { padding: [left, right, top, bottom] }, { ...this.#last, shape });
  }

  flatten(name: string): this {
    return this.#push(name, 'Flatten', { start_dim: 1 }, { ...this.#last, shape: [1, elements(this.#last.shape)] });
  }

  /** Behind a map of rows: [1, C, L] to [1, C, size]. */
  adaptivePool(name: string, size: number): this {
    const shape = [...this.#last.shape.slice(0, 2), size];
    return this.#push(name, 'AdaptiveAvgPool1d', { output_size: size }, { ...this.#last, shape, power: this.#last.power / 2 });
  }

  mean(name: string, dim: number, keepdim: boolean): this {
    const scale = this.#scale(this.#last.power / 4);
    const shape = keepdim ? this.#last.shape.with(dim, 1) : this.#last.shape.toSpliced(dim, 1);
    const fields = { dim, keepdim, scale_input: this.#last.scale, scale_output: scale };
    return this.#push(name, 'Mean', fields, { shape, scale, power: this.#last.power / 4 });
  }

  /** Over the last axis; the quantiser behind it gives the scale. */
  norm(name: string, type: 'LayerNorm' | 'RMSNorm'): this {
    const size = this.#last.shape.at(-1)!;
    const numbers = (base: number) => Float32Array.from({ length: size }, () => base + ((this.#next() >>> 8) / 2 ** 23 - 1) / 4);
    const vector = (base: number) => tensor({ dtype: 'f32', shape: [size] }, numbers(base));
    const tensors = { gamma: vector(1), ...(type === 'LayerNorm' && { beta: vector(0) }) };
    const fields = { normalized_shape: [size], eps: 1e-5, scale_input: this.#last.scale };
    return this.#push(name, type, fields, { ...this.#last, power: 1 }, tensors);
  }

  gelu(name: string): this {
    const power = this.#last.power / 2;
    const scale = this.#scale(power);
    return this.#push(name, 'GELU', { scale_input: this.#last.scale, scale_output: scale }, { ...this.#last, scale, power });
  }

  /** Of [1, channels, steps]. */
  causal(name: string, size: number): this {
    const [, channels = 1] = this.#last.shape;
    const scale = this.#scale(1);
    const fields = { channels, kernel_size: size, causal: true, scale_output: scale };
    return this.#weighted(name, 'Conv1dDepthwise', fields, [channels, size], { shape: this.#last.shape, power: 1, scale });
  }

  silu(name: string): this {
    const scale = this.#scale(this.#last.power / 2);
    const power = this.#last.power / 2;
    return this.#push(name, 'SiLU', { scale_input: this.#last.scale, scale_output: scale }, { ...this.#last, scale, power });
  }

  permute(name: string, ...dims: readonly number[]): this {
    return this.#push(name, 'Permute', { dims }, { ...this.#last, shape: dims.map((axis) => this.#last.shape[axis]!) });
  }

  reshape(name: string, ...shape: Shape): this {
    return this.#push(name, 'Reshape', { shape }, { ...this.#last, shape });
  }

  squeeze(name: string, dim: number): this {
    return this.#push(name, 'Squeeze', { dim }, { ...this.#last, shape: this.#last.shape.toSpliced(dim, 1) });
  }

  add(name: string, first: string, second: string): this {
    const terms = [this.#values.get(first)!, this.#values.get(second)!] as const;
    const power = terms[0].power + terms[1].power;
    const scale = this.#scale(power);
    return this.#push(name, 'Add', { inputs: [first, second], scale_output: scale }, { ...terms[0], scale, power });
  }

  concat(name: string, ...inputs: readonly string[]): this {
    const power = Math.max(...inputs.map((input) => this.#values.get(input)!.power));
    const scale = this.#scale(power);
    const shapes = inputs.map((input) => this.#values.get(input)!.shape);
    const channels = shapes.map(([, size = 0]) => size);
    const shape = [1, channels.reduce((sum, size) => sum + size, 0), ...shapes[0]!.slice(2)];
    return this.#push(name, 'Concatenate', { inputs, dim: 1, channels_per_input: channels, scale_output: scale }, { shape, scale, power });
  }

  build(name: string): AresModel {
    return { name, inputs: this.inputs, layers: this.layers };
  }

  /** A float32 number from 0.75 to 1.25 times what holds the deviations of a value of this power. */
  #scale(power = this.#last.power): number {
    return this.#snap(((deviations * Math.sqrt(power)) / 127) * (0.75 + (this.#next() >>> 8) / 2 ** 25));
  }

  #image(): [number, number, number] {
    const [, channels = 1, height = 1, width = 1] = this.#last.shape;
    return [channels, height, width];
  }

  #integers(shape: Shape): Tensor {
    return tensor(
      { dtype: 'i8', shape },
      Int8Array.from({ length: elements(shape) }, () => ((this.#next() >>> 8) % 255) - 127),
    );
  }

  #weighted(name: string, type: string, fields: object, shape: Shape, value: Value): this {
    const depth = elements(shape.slice(1));
    const gain = Math.sqrt(3 / depth / this.#last.power) / 127;
    const scale = this.#snap(gain * (0.8 + (this.#next() >>> 8) / 2 ** 25));
    const bias = Float32Array.from({ length: shape[0]! }, () => ((this.#next() >>> 8) / 2 ** 23 - 1) / 8);
    const tensors = { weights: this.#integers(shape), bias: tensor({ dtype: 'f32', shape: [shape[0]!] }, bias) };
    const own = { scale_input: this.#last.scale, ...fields, scale_weight: scale, weight_bit_width: 8 };
    return this.#push(name, type, own, value, tensors);
  }

  #pool(name: string, type: string, kernel: Pair, gain: number): this {
    const [channels, height, width] = this.#image();
    const shape = [1, channels, out(height, kernel[0], kernel[0], 0), out(width, kernel[1], kernel[1], 0)];
    return this.#push(
      name,
      type,
      { kernel_size: kernel, stride: kernel, padding: [0, 0] },
      { ...this.#last, shape, power: gain * this.#last.power },
    );
  }

  #push(name: string, type: string, fields: object, value: Value, tensors: AresOutput['tensors'] = {}): this {
    this.layers.push({ name, type, fields: fields as AresOutput['fields'], tensors, outputShape: value.shape });
    this.#values.set(name, value);
    this.#last = value;
    return this;
  }
}
