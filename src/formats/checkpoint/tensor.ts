import { strides as denseStrides, elements, forEachIndex, sameShape, type Tensor, tensor } from '../../numeric/tensor.ts';
import { swapBytes } from '../elements.ts';
import { type ByteSource, malformed } from './source.ts';
import type { StoredTensor } from './value.ts';
import type { Extent } from './zip.ts';

/** Where the storages lie in the file, by key. */
export interface Storages {
  readonly source: ByteSource;
  readonly bigEndian: boolean;
  readonly extents: ReadonlyMap<string, Extent>;
}

/** A view that repeats its elements may be as large as this. */
const mostRepeated = 1 << 24;
/** A tensor is read as a whole; ViT-large's largest has 16 MB. */
const mostBytes = 2 ** 31;

/** Reads the elements of a stored tensor, and no others of its file, as a dense row-major one. `where` names file and tensor. */
export async function readTensor(
  { storage, type, shape, strides, offset }: StoredTensor,
  { source, bigEndian, extents }: Storages,
  where: string,
): Promise<Tensor> {
  const count = elements(shape);
  if (shape.includes(0)) return tensor({ dtype: type.dtype, shape });
  const extent = extents.get(storage.key);
  if (!extent) throw malformed(where, `no storage ${storage.key}`, 'one');
  const last = shape.reduce((sum, size, axis) => sum + (size - 1) * strides[axis]!, offset);
  const held = Math.floor(Math.min(storage.bytes, extent.bytes - storage.start) / type.bytes);
  if (!(last < held)) throw malformed(where, `element ${last} of a storage of ${held}`, 'one that the storage has');
  if (count > last + 1 - offset && count > mostRepeated)
    throw malformed(where, `${count} elements out of ${last + 1 - offset}`, 'a tensor that is stored');
  if ((last + 1 - offset) * type.bytes > mostBytes) throw malformed(where, `${last + 1 - offset} elements`, `at most ${mostBytes} bytes`);
  const raw = await source.read(extent.offset + storage.start + offset * type.bytes, (last + 1 - offset) * type.bytes);
  const data = type.decode(bigEndian ? swapBytes(raw, type.bytes) : raw, where);
  if (sameShape(denseStrides(shape), strides) || count === 1) return tensor({ dtype: type.dtype, shape }, data);
  const result = tensor({ dtype: type.dtype, shape });
  forEachIndex(shape, (index, position) => {
    result.data[position] = data[index.reduce((sum, at, axis) => sum + at * strides[axis]!, 0)]!;
  });
  return result;
}
