import { BadInput } from '../errors.ts';
import { type Dtype, dtypes, elements, type Tensor } from '../numeric/tensor.ts';
import { decodeElements, encodeElements, fromColumnMajor, swapBytes } from './elements.ts';

/** NumPy's name of each dtype (https://numpy.org/doc/stable/reference/arrays.interface.html), without the byte order. */
const descriptors: Readonly<Record<Dtype, string>> = {
  i8: 'i1',
  u8: 'u1',
  i16: 'i2',
  u16: 'u2',
  i32: 'i4',
  u32: 'u4',
  i64: 'i8',
  f32: 'f4',
  f64: 'f8',
};

const readable: ReadonlyMap<string, Dtype> = new Map([
  ...Object.entries(descriptors).map(([dtype, code]) => [code, dtype as Dtype] as const),
  ['b1', 'u8'],
]);

const magic = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59]; // \x93NUMPY

/** The three entries of the header, a Python dictionary such as {'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }. */
const descriptorEntry = /'descr'\s*:\s*(?:'([^']*)'|(\[.*?\]))/;
const orderEntry = /'fortran_order'\s*:\s*(True|False)/;
const shapeEntry = /'shape'\s*:\s*\(\s*((?:\d+L?\s*(?:,\s*\d+L?\s*)*,?)?)\s*\)/;

/** Spare room that NumPy leaves for the first axis to grow in place. */
const growthDigits = 21;

/**
 * The tensor in a .npy file of format version 1 to 3 (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html),
 * row-major and in this machine's byte order whatever the file's are; booleans become u8. `where` names the file.
 * Anything else (truncated, malformed, complex, text, pickled objects) is a BadInput.
 */
export function parseNpy(bytes: Uint8Array, where: string): Tensor {
  const refuse = (found: string, expected: string, remedy = 'save the array again with numpy.save'): never => {
    throw new BadInput({ where, found, expected, remedy });
  };
  if (magic.some((byte, position) => bytes[position] !== byte)) refuse('no NumPy signature at its start', 'a .npy file');
  const version = bytes[6] ?? refuse('a file that ends inside its signature', 'a .npy file');
  if (version < 1 || version > 3) refuse(`.npy format version ${version}`, 'version 1, 2 or 3');
  const start = version === 1 ? 10 : 12;
  if (bytes.length < start) refuse('a file that ends before its header', 'a .npy file');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true));
  if (bytes.length < end) refuse(`${bytes.length} bytes`, `a header that ends at byte ${end}`);

  const header = new TextDecoder(version === 3 ? 'utf-8' : 'latin1').decode(bytes.subarray(start, end));
  const [, descriptor, fields] =
    descriptorEntry.exec(header) ?? refuse('a header without descr', 'one with descr, fortran_order and shape');
  const [, order] = orderEntry.exec(header) ?? refuse('a header without fortran_order', 'one with descr, fortran_order and shape');
  const [, sizes] = shapeEntry.exec(header) ?? refuse('a header without a shape', 'one with descr, fortran_order and shape');
  if (descriptor?.includes('O'))
    refuse('an array of pickled Python objects', 'an array of numbers', 'convert it with array.astype(numpy.float32) and save it again');
  const code = descriptor?.replace(/^[<>|=]/, '') ?? '';
  const dtype =
    readable.get(code) ??
    refuse(
      `elements of type ${descriptor ?? fields}`,
      `one of ${[...readable.keys()].join(', ')}`,
      'convert it with array.astype and save it again',
    );

  const shape = (sizes?.match(/\d+/g) ?? []).map(Number);
  const payload = bytes.subarray(end);
  const expected = elements(shape) * dtypes[dtype].bytes;
  if (payload.length !== expected) refuse(`${payload.length} bytes of data`, `${expected} for ${dtype}[${shape.join(',')}]`);
  const ordered = descriptor?.startsWith('>') ? swapBytes(payload, dtypes[dtype].bytes) : payload;
  const data = decodeElements(dtype, ordered, where);
  return { type: { dtype, shape }, data: order === 'True' ? fromColumnMajor(data, shape) : data };
}

/** The name of a dtype with its byte order: `<f4`. */
export const npyDescriptor = (dtype: Dtype): string => `${dtypes[dtype].bytes === 1 ? '|' : '<'}${descriptors[dtype]}`;

/** What stands in front of the elements: version 1 (2 where the shape is very long), padded to a multiple of 64 bytes. */
export function printNpyHeader(descriptor: string, shape: readonly number[]): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const spare = shape.length === 0 ? 0 : growthDigits - String(shape[0]).length;
  const entries = `{'descr': '${descriptor}', 'fortran_order': False, 'shape': ${tuple}, }${' '.repeat(spare)}`;
  const version = entries.length < 65400 ? 1 : 2;
  const start = version === 1 ? 10 : 12;
  const header = `${entries.padEnd(64 * (Math.floor((start + entries.length + 1) / 64) + 1) - start - 1)}\n`;
  const bytes = new Uint8Array(start + header.length);
  bytes.set([...magic, version, 0]);
  new DataView(bytes.buffer).setUint32(8, header.length, true); // version 1 has two bytes here: the header overwrites the others
  bytes.set(new TextEncoder().encode(header), start);
  return bytes;
}

/** The bytes that numpy.save writes for this tensor: little-endian, row-major. */
export function printNpy(tensor: Tensor): Uint8Array {
  const header = printNpyHeader(npyDescriptor(tensor.type.dtype), tensor.type.shape);
  const payload = encodeElements(tensor);
  const bytes = new Uint8Array(header.length + payload.length);
  bytes.set(header);
  bytes.set(payload, header.length);
  return bytes;
}
