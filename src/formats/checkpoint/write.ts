import { type Dtype, strides, type Tensor } from '../../numeric/tensor.ts';
import { encodeElements } from '../elements.ts';
import { PickleWriter } from './pickle-write.ts';
import { printZip } from './zip-write.ts';

/** The class of PyTorch's storage for each dtype that it has one for. */
const storages: Readonly<Partial<Record<Dtype, string>>> = {
  f32: 'FloatStorage',
  f64: 'DoubleStorage',
  i8: 'CharStorage',
  u8: 'ByteStorage',
  i16: 'ShortStorage',
  i32: 'IntStorage',
  i64: 'LongStorage',
};

/**
 * The bytes of a checkpoint that torch.load reads: the tensors as an OrderedDict in the ZIP container, all on the CPU. u16 and u32 have no storage
 * class in PyTorch, and are a RangeError.
 */
export function printCheckpoint(tensors: ReadonlyMap<string, Tensor>): Uint8Array {
  const pickle = new PickleWriter().raw('\x80\x02').global('collections', 'OrderedDict').raw(')R(');
  const entries: (readonly [string, Uint8Array])[] = [];
  for (const [name, tensor] of tensors) {
    const { dtype, shape } = tensor.type;
    const storage = storages[dtype];
    if (storage === undefined) throw new RangeError(`tensor ${name}: PyTorch has no storage of ${dtype}`);
    const key = String(entries.length);
    pickle.text(name).global('torch._utils', '_rebuild_tensor_v2').raw('((').text('storage').global('torch', storage);
    pickle.text(key).text('cpu').count(tensor.data.length).raw('tQ').count(0).counts(shape).counts(strides(shape));
    pickle.raw('\x89').global('collections', 'OrderedDict').raw(')RtR');
    entries.push([`archive/data/${key}`, encodeElements(tensor)]);
  }
  const text = (value: string): Uint8Array => new TextEncoder().encode(value);
  return printZip([
    ['archive/data.pkl', pickle.raw('u.').bytes()],
    ['archive/byteorder', text('little')],
    ...entries,
    ['archive/version', text('3\n')],
  ]);
}
