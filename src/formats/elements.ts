import { BadInput } from '../errors.ts';
import { type Dtype, dtypes, type NumberArray, type Tensor } from '../numeric/tensor.ts';

/**
 * The elements of a little-endian file as an array of `dtype`; `bytes` is copied, so any alignment will do.
 * A 64-bit integer that a double cannot hold exactly is a BadInput at `where`.
 */
export function decodeElements(dtype: Dtype, bytes: Uint8Array, where: string): NumberArray {
  const { buffer } = new Uint8Array(bytes);
  if (dtype !== 'i64') return new (dtypes[dtype].array as unknown as new (buffer: ArrayBufferLike) => NumberArray)(buffer);
  return Float64Array.from(new BigInt64Array(buffer), (value, position) => {
    const double = Number(value);
    if (BigInt(double) === value) return double;
    throw new BadInput({
      where: `${where}, element ${position}`,
      found: `the integer ${value}`,
      expected: 'an integer that a double holds exactly',
      remedy: 'store a narrower integer type',
    });
  });
}

/** The elements of a tensor as little-endian bytes; an integer tensor's i64 elements must be integers (RangeError). */
export function encodeElements({ type, data }: Tensor): Uint8Array {
  if (type.dtype !== 'i64') return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return new Uint8Array(BigInt64Array.from(Array.from(data, BigInt)).buffer);
}

/** Reverses the bytes of every element of `size` bytes: big-endian to little-endian and back. */
export function swapBytes(bytes: Uint8Array, size: number): Uint8Array {
  return Uint8Array.from(bytes, (_, position) => bytes[position - (position % size) + size - 1 - (position % size)]!);
}

/** The elements of a Fortran-order (first axis fastest) array of `shape`, in row-major order. */
export function fromColumnMajor(data: NumberArray, shape: readonly number[]): NumberArray {
  const result = data.slice();
  const steps: number[] = [];
  for (let axis = 0, step = 1; axis < shape.length; step *= shape[axis]!, axis++) steps.push(step);
  const index = shape.map(() => 0);
  for (let position = 0, source = 0; position < data.length; position++) {
    result[position] = data[source]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += steps[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      source -= steps[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return result;
}
