import { BadInput } from '../errors.ts';
import { type Dtype, dtypes, elements, type Tensor } from '../numeric/tensor.ts';
import { decodeElements, encodeElements } from './elements.ts';

/** The format's name of each dtype, in the order in which the reference implementation stores them: no tensor is misaligned. */
const names: Readonly<Record<Dtype, string>> = {
  i64: 'I64',
  f64: 'F64',
  f32: 'F32',
  u32: 'U32',
  i32: 'I32',
  u16: 'U16',
  i16: 'I16',
  i8: 'I8',
  u8: 'U8',
};
const storageOrder = Object.keys(names) as Dtype[];
const readable: ReadonlyMap<unknown, Dtype> = new Map([...storageOrder.map((dtype) => [names[dtype], dtype] as const), ['BOOL', 'u8']]);

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

interface Entry {
  readonly name: string;
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

const isSizes = (value: unknown): value is number[] =>
  Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/**
 * Parses the safetensors format (https://github.com/huggingface/safetensors#format): an 8-byte length, a JSON header, then the data.
 * Booleans become u8. `where` names the file. A file that breaks the format, or holds F16, BF16, U64 or another dtype that Tensor has not,
 * is a BadInput.
 */
export function parseSafetensors(bytes: Uint8Array, where: string): Safetensors {
  const refuse = (found: string, expected: string, at = where): never => {
    throw new BadInput({ where: at, found, expected, remedy: 'write the file again' });
  };
  if (bytes.length < 8) refuse(`${bytes.length} bytes`, 'a safetensors file, which begins with the 8-byte length of its header');
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true));
  if (length > bytes.length - 8) refuse(`${bytes.length} bytes`, `a header of ${length} bytes after the first 8`);
  const header = parseHeader(bytes.subarray(8, 8 + length)) ?? refuse('a header that is not a JSON object', 'a safetensors file');
  const { __metadata__: metadata = {}, ...described } = header;
  if (!isRecord(metadata)) return refuse('__metadata__ that is not an object', 'an object of strings');

  const payload = bytes.subarray(8 + length);
  const tensors = new Map<string, Tensor>();
  const entries = Object.entries(described).map(([name, value]): Entry => {
    const at = `${where}, tensor "${name}"`;
    if (!isRecord(value) || !isSizes(value.shape) || !isSizes(value.data_offsets) || value.data_offsets.length !== 2)
      return refuse(JSON.stringify(value), 'an object with dtype, shape and data_offsets', at);
    const [begin, end] = value.data_offsets as [number, number];
    const dtype =
      readable.get(value.dtype) ?? refuse(`dtype ${JSON.stringify(value.dtype)}`, `one of ${[...readable.keys()].join(', ')}`, at);
    const size = elements(value.shape) * dtypes[dtype].bytes;
    if (end - begin !== size) refuse(`${end - begin} bytes of data`, `${size} for ${dtype}[${value.shape.join(',')}]`, at);
    return { name, dtype, shape: value.shape, begin, end };
  });
  let covered = 0;
  for (const { name, begin, end } of [...entries].sort((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== covered)
      refuse(`data that begins at byte ${begin}`, `byte ${covered}, without gap or overlap`, `${where}, tensor "${name}"`);
    covered = end;
  }
  if (covered !== payload.length) refuse(`${payload.length} bytes of tensor data`, `${covered}, as its header says`);
  for (const { name, dtype, shape, begin, end } of entries)
    tensors.set(name, { type: { dtype, shape }, data: decodeElements(dtype, payload.subarray(begin, end), `${where}, tensor "${name}"`) });
  return { tensors, metadata: new Map(Object.entries(metadata).map(([key, value]) => [key, String(value)])) };
}

function parseHeader(bytes: Uint8Array): Record<string, unknown> | undefined {
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
    return isRecord(header) ? header : undefined;
  } catch {
    return undefined;
  }
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The same bytes for the same tensors whatever their order in the map: those of the reference implementation, metadata sorted by key. */
export function printSafetensors(tensors: ReadonlyMap<string, Tensor>, metadata: ReadonlyMap<string, string> = new Map()): Uint8Array {
  const rank = (tensor: Tensor): number => storageOrder.indexOf(tensor.type.dtype);
  const sorted = [...tensors].sort(([a, x], [b, y]) => rank(x) - rank(y) || byText(a, b));
  const payloads = sorted.map(([, tensor]) => encodeElements(tensor));
  const header: [string, unknown][] = [];
  if (metadata.size > 0) header.push(['__metadata__', Object.fromEntries([...metadata].sort(([a], [b]) => byText(a, b)))]);
  let total = 0;
  for (const [position, [name, { type }]] of sorted.entries()) {
    const begin = total;
    total += payloads[position]!.length;
    header.push([name, { dtype: names[type.dtype], shape: type.shape, data_offsets: [begin, total] }]);
  }
  const object = `{${header.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',')}}`;
  const json = new TextEncoder().encode(object);
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + total).fill(0x20, 8, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - 8), true);
  bytes.set(json, 8);
  for (let position = 0, at = start; position < payloads.length; at += payloads[position]!.length, position++)
    bytes.set(payloads[position]!, at);
  return bytes;
}
