/** Integers of every width, and the floats of inputs, logits and float32-faithful operators. */
export type Dtype = 'i8' | 'u8' | 'i16' | 'u16' | 'i32' | 'u32' | 'i64' | 'f32' | 'f64';
export type Shape = readonly number[];

export interface TensorType {
  readonly dtype: Dtype;
  readonly shape: Shape;
}

export type NumberArray =
  | Int8Array<ArrayBufferLike>
  | Uint8Array<ArrayBufferLike>
  | Int16Array<ArrayBufferLike>
  | Uint16Array<ArrayBufferLike>
  | Int32Array<ArrayBufferLike>
  | Uint32Array<ArrayBufferLike>
  | Float32Array<ArrayBufferLike>
  | Float64Array<ArrayBufferLike>;

/** What one element of a dtype is: how many bytes it has in a file, what holds it in memory, which values it takes. */
interface DtypeFacts {
  readonly bytes: number;
  readonly array: new (length: number) => NumberArray;
  readonly low: number;
  readonly high: number;
}

const integer = (bits: number, signed: boolean, array: DtypeFacts['array']): DtypeFacts => ({
  bytes: bits / 8,
  array,
  low: signed ? -(2 ** (bits - 1)) : 0,
  high: 2 ** (signed ? bits - 1 : bits) - 1,
});

/** An i64 tensor holds integers that a double represents exactly, such as a 32-bit multiplier shifted to the left: never an arbitrary sum. */
export const dtypes: Readonly<Record<Dtype, DtypeFacts>> = {
  i8: integer(8, true, Int8Array),
  u8: integer(8, false, Uint8Array),
  i16: integer(16, true, Int16Array),
  u16: integer(16, false, Uint16Array),
  i32: integer(32, true, Int32Array),
  u32: integer(32, false, Uint32Array),
  i64: integer(64, true, Float64Array),
  f32: { bytes: 4, array: Float32Array, low: -Infinity, high: Infinity },
  f64: { bytes: 8, array: Float64Array, low: -Infinity, high: Infinity },
};

export const elements = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);
export const bytesOf = ({ dtype, shape }: TensorType): number => dtypes[dtype].bytes * elements(shape);
export const sameShape = (a: Shape, b: Shape): boolean => a.length === b.length && a.every((size, axis) => size === b[axis]);

/** The narrowest of i8, u8, i16, u16, i32 that holds every integer from `low` to `high`; undefined when none does. */
export function narrowest(low: number, high: number): Dtype | undefined {
  const candidates: readonly Dtype[] = ['i8', 'u8', 'i16', 'u16', 'i32'];
  return candidates.find((dtype) => dtypes[dtype].low <= low && high <= dtypes[dtype].high);
}

/** A dense row-major tensor: plain data, which survives structuredClone into a worker. */
export interface Tensor {
  readonly type: TensorType;
  readonly data: NumberArray;
}

/** A tensor of `type`, zero or holding `data`; data that does not fill the shape is a RangeError. */
export function tensor(type: TensorType, data?: NumberArray | readonly number[]): Tensor {
  const { array, low, high } = dtypes[type.dtype];
  const length = elements(type.shape);
  if (data === undefined) return { type, data: new array(length) };
  if (data.length !== length) throw new RangeError(`expected ${length} elements for [${type.shape.join(', ')}], found ${data.length}`);
  if (data instanceof array) return { type, data };
  const held = new array(length);
  held.set(data);
  const wrapped = Number.isFinite(low) ? data.findIndex((value) => value < low || value > high) : -1;
  if (wrapped >= 0) throw new RangeError(`element ${wrapped} is ${data[wrapped]}, which ${type.dtype} cannot hold`);
  return { type, data: held };
}

/** Elements between neighbours along each axis of a dense row-major shape. */
export function strides(shape: Shape): number[] {
  const result = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) result[axis] = result[axis + 1]! * shape[axis + 1]!;
  return result;
}

/** The tensor seen from one axis: `outer` blocks of `size` slices of `inner` contiguous elements each. A negative axis counts from the end. */
export function along(shape: Shape, axis: number): { readonly outer: number; readonly size: number; readonly inner: number } {
  const at = axis < 0 ? axis + shape.length : axis;
  return { outer: elements(shape.slice(0, at)), size: shape[at] ?? 1, inner: elements(shape.slice(at + 1)) };
}

/** Calls `visit` with the index of every element in row-major order; the array is reused between calls. */
export function forEachIndex(shape: Shape, visit: (index: readonly number[], position: number) => void): void {
  const index = shape.map(() => 0);
  for (let position = 0, length = elements(shape); position < length; position++) {
    visit(index, position);
    for (let axis = index.length - 1; axis >= 0 && ++index[axis]! === shape[axis]; axis--) index[axis] = 0;
  }
}

export const printType = ({ dtype, shape }: TensorType): string => `${dtype}[${shape.join(',')}]`;
