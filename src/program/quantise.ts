import { clamp, f32, roundHalfEven } from '../numeric/rounding.ts';
import { type NumberArray, type Tensor, tensor } from '../numeric/tensor.ts';
import type { ProgramInput } from './program.ts';

/** An input as the host quantises it (ProgramInput). The values are float32; NaN becomes 0. */
export function quantiseInput({ type, scale, lo, hi, reciprocal }: ProgramInput, values: NumberArray): Tensor {
  const result = tensor(type);
  if (values.length !== result.data.length) throw new RangeError(`expected ${result.data.length} values, found ${values.length}`);
  const step = f32(scale);
  const inverse = f32(1 / step);
  for (let i = 0; i < values.length; i++) {
    const quotient = reciprocal ? f32(f32(values[i]!) * inverse) : f32(f32(values[i]!) / step);
    result.data[i] = Number.isNaN(quotient) ? 0 : clamp(roundHalfEven(clamp(quotient, lo - 1, hi + 1)), lo, hi);
  }
  return result;
}
