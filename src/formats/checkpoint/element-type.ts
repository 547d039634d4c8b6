import { type Dtype, dtypes, type NumberArray } from '../../numeric/tensor.ts';
import { decodeElements } from '../elements.ts';

/** A type of PyTorch's elements: how many bytes each has in the file, and what holds it exactly here. */
export interface ElementType {
  readonly name: string;
  readonly bytes: number;
  readonly dtype: Dtype;
  decode(bytes: Uint8Array, where: string): NumberArray;
}

const same = (name: string, dtype: Dtype): ElementType => ({
  name,
  bytes: dtypes[dtype].bytes,
  dtype,
  decode: (bytes, where) => decodeElements(dtype, bytes, where),
});

const words = (bytes: Uint8Array): Uint16Array => new Uint16Array(new Uint8Array(bytes).buffer);

/** binary16: 5 bits of exponent with bias 15, 10 of fraction; every value is a float32 too. */
function halfToFloat(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

const half: ElementType = {
  name: 'float16',
  bytes: 2,
  dtype: 'f32',
  decode: (bytes) => Float32Array.from(words(bytes), halfToFloat),
};

/** The upper half of a float32. */
const brainFloat: ElementType = {
  name: 'bfloat16',
  bytes: 2,
  dtype: 'f32',
  decode: (bytes) => new Float32Array(Uint32Array.from(words(bytes), (word) => word << 16).buffer),
};

/** The real types that a Tensor holds exactly. Complex, quantised, 8-bit float and unsigned 64-bit ones are none. */
const types: readonly ElementType[] = [
  same('float32', 'f32'),
  same('float64', 'f64'),
  half,
  brainFloat,
  same('int8', 'i8'),
  same('uint8', 'u8'),
  same('int16', 'i16'),
  same('uint16', 'u16'),
  same('int32', 'i32'),
  same('uint32', 'u32'),
  same('int64', 'i64'),
  { ...same('bool', 'u8'), decode: (bytes) => Uint8Array.from(bytes, (byte) => (byte ? 1 : 0)) },
];

/** By the name of the dtype object: `torch.float32`. */
export const elementTypes: ReadonlyMap<string, ElementType> = new Map(types.map((type) => [`torch.${type.name}`, type]));

const storageNames: readonly (readonly [storage: string, type: string])[] = [
  ['FloatStorage', 'float32'],
  ['DoubleStorage', 'float64'],
  ['HalfStorage', 'float16'],
  ['BFloat16Storage', 'bfloat16'],
  ['CharStorage', 'int8'],
  ['ByteStorage', 'uint8'],
  ['ShortStorage', 'int16'],
  ['IntStorage', 'int32'],
  ['LongStorage', 'int64'],
  ['BoolStorage', 'bool'],
];

/** By the name of the storage's class, which old files write with the device's module. */
export const storageTypes: ReadonlyMap<string, ElementType> = new Map(
  storageNames.flatMap(([storage, type]) =>
    ['torch', 'torch.cuda'].map((module) => [`${module}.${storage}`, elementTypes.get(`torch.${type}`)!] as const),
  ),
);
