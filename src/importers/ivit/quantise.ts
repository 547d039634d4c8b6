import { clamp, f32, roundHalfEven } from '../../numeric/rounding.ts';
import { type NumberArray, type Tensor, tensor } from '../../numeric/tensor.ts';

/** The least scale that I-ViT uses: the epsilon of float32. */
const leastScale = 2 ** -23;

/** max(f32(max(-low, high) / (2^(bits-1) - 1)), 2^-23): the scale of a symmetric quantiser over a range. */
const scaleOfRange = (low: number, high: number, bits: number): number =>
  Math.max(f32(Math.max(-low, high) / (2 ** (bits - 1) - 1)), leastScale);

/** clamp(rne(f32(f32(1 / s) * x))): it multiplies by the reciprocal, which differs from a division once in some 200,000 values. */
export function quantise(x: number, scale: number, bits: number): number {
  const limit = 2 ** (bits - 1);
  return clamp(roundHalfEven(f32(f32(1 / scale) * x)), -limit, limit - 1);
}

/** The int8 weights of a float matrix or filter bank [outputs, ...], with a scale for each output. */
export function quantiseWeights({ type: { shape }, data }: Tensor): { readonly weights: Tensor; readonly scales: Tensor } {
  const [outputs = 0] = shape;
  const size = data.length / outputs;
  const weights = tensor({ dtype: 'i8', shape });
  const scales = tensor({ dtype: 'f32', shape: [outputs] });
  for (let o = 0; o < outputs; o++) {
    const row = data.subarray(o * size, (o + 1) * size);
    const { low, high } = rangeOf(row);
    const scale = scaleOfRange(low, high, 8);
    scales.data[o] = scale;
    quantiseRow(row, scale, weights.data.subarray(o * size, (o + 1) * size));
  }
  return { weights, scales };
}

/** Added to a number below 2^51 and taken off again, it leaves the number rounded half to even: a double has no digits behind the point there. */
const rounder = 1.5 * 2 ** 52;

/** quantise() to 8 bits of hundreds of millions of weights. */
function quantiseRow(row: NumberArray, scale: number, result: NumberArray): void {
  const reciprocal = f32(1 / scale);
  for (let at = 0; at < row.length; at++) {
    const rounded = f32(reciprocal * row[at]!) + rounder - rounder;
    result[at] = clamp(rounded, -128, 127);
  }
}

function rangeOf(values: NumberArray): { readonly low: number; readonly high: number } {
  let low = Infinity;
  let high = -Infinity;
  for (let at = 0; at < values.length; at++) {
    const value = values[at]!;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

/** The bias in steps of the accumulator, whose scale is f32(weight scale * input scale). Integers of float64: int32 is for the caller to check. */
export function quantiseBias({ type: { shape }, data }: Tensor, scales: Tensor, inputScale: number): Tensor {
  const bias = Float64Array.from(data, (value, o) => quantise(value, f32(scales.data[o]! * inputScale), 32));
  return tensor({ dtype: 'f64', shape }, bias);
}

/** IntLayerNorm's constants: scale = f32(g0 * gamma), bias = floor(f32(f32(beta / gamma) / g0)), g0 = f32(f32(sqrt(C)) * 2^-30). */
export function layerNormConstants(gamma: Tensor, beta: Tensor): { readonly scale: Tensor; readonly bias: Tensor } {
  const channels = gamma.data.length;
  const unit = f32(f32(Math.sqrt(channels)) * 2 ** -30);
  const scale = Float32Array.from(gamma.data, (weight) => f32(unit * weight));
  const bias = Float32Array.from(beta.data, (value, c) => Math.floor(f32(f32(value / gamma.data[c]!) / unit)));
  const type = { dtype: 'f32', shape: [channels] } as const;
  return { scale: tensor(type, scale), bias: tensor(type, bias) };
}
