import type { Tensor } from '../numeric/tensor.ts';
import { PickleWriter } from './checkpoint/pickle-write.ts';
import { printZip } from './checkpoint/zip-write.ts';
import { encodeElements } from './elements.ts';
import { npyDescriptor, printNpy, printNpyHeader } from './npy.ts';

/** A .npz file, as numpy.savez writes one: a ZIP file of .npy files. It is read without pickle. */
export const printNpz = (tensors: ReadonlyMap<string, Tensor>): Uint8Array =>
  printZip(Array.from(tensors, ([name, tensor]) => [`${name}.npy`, printNpy(tensor)] as const));

/** The flags of a dtype of objects: its elements are pickled as a list. */
const objectFlags = 63;

/** numpy.dtype(name) in its own state: version, byte order, no fields, no size of its own, flags. */
function dtype(pickle: PickleWriter, descriptor: string): void {
  const [order, code] = [descriptor[0]!, descriptor.slice(1)];
  pickle.global('numpy', 'dtype').raw('(').text(code).raw('\x89\x88tR(').count(3).text(order).raw('NNN');
  const unset = 'J\xff\xff\xff\xff';
  pickle
    .raw(unset)
    .raw(unset)
    .count(code.startsWith('O') ? objectFlags : 0)
    .raw('tb');
}

/** An array in the state of numpy.ndarray: version, shape, dtype, Fortran order, then its elements, which `content` writes. */
function array(pickle: PickleWriter, shape: readonly number[], descriptor: string, content: () => void): void {
  pickle.global('numpy.core.multiarray', '_reconstruct').raw('(').global('numpy', 'ndarray').counts([0]).raw('C\x01btR(');
  pickle.count(1).counts(shape);
  dtype(pickle, descriptor);
  pickle.raw('\x89');
  content();
  pickle.raw('tb');
}

/**
 * What numpy.save writes for a dictionary of arrays: a .npy file with one pickled object, which `numpy.load(path, allow_pickle=True).item()` reads.
 * Bitwright writes such a file, and reads none.
 */
export function printNpyDictionary(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const pickle = new PickleWriter().raw('\x80\x03');
  array(pickle, [], '|O8', () => {
    pickle.raw('](}(');
    for (const [name, tensor] of tensors) {
      pickle.text(name);
      array(pickle, tensor.type.shape, npyDescriptor(tensor.type.dtype), () => pickle.content(encodeElements(tensor)));
    }
    pickle.raw('ue');
  });
  return new Uint8Array(Buffer.concat([printNpyHeader('|O', []), pickle.raw('.').bytes()]));
}
