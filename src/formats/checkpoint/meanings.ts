import { elementTypes, storageTypes } from './element-type.ts';
import type { Meanings } from './pickle.ts';
import { malformed } from './source.ts';
import { describeValue, isKind, type Opaque, type Storage, type StoredTensor, type Value } from './value.ts';

type Rule = (parameters: readonly Value[], where: string) => Value;

const opaque = (name: string): Opaque => ({ kind: 'opaque', name });
const isCount = (value: Value | undefined): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

function countsOf(value: Value | undefined, what: string, where: string): readonly number[] {
  const items: readonly Value[] = isKind(value, 'tuple') || isKind(value, 'list') ? value.items : [value!];
  if (items.every(isCount)) return items;
  throw malformed(where, `${describeValue(value)} as the ${what} of a tensor`, 'a tuple of counts');
}

/** _rebuild_tensor(storage, offset, shape, strides): a view of a storage. What it views may be something that we do not read. */
function rebuildTensor([storage, offset, shape, strides]: readonly Value[], where: string, type?: Value): Value {
  if (isKind(storage, 'opaque')) return storage;
  if (!isKind(storage, 'storage')) throw malformed(where, `a tensor over ${describeValue(storage)}`, 'a storage');
  const name = isKind(type, 'global') ? type.name : undefined;
  const elementType = name === undefined ? storage.type : elementTypes.get(name);
  if (elementType === undefined) return opaque(name ?? 'torch.UntypedStorage');
  const sizes = countsOf(shape, 'shape', where);
  const steps = countsOf(strides, 'strides', where);
  if (!isCount(offset) || sizes.length !== steps.length)
    throw malformed(where, 'a tensor whose offset or strides do not fit', 'one stride for each axis');
  const tensor: StoredTensor = { kind: 'tensor', storage, type: elementType, shape: sizes, strides: steps, offset };
  return tensor;
}

const dict = (): Value => ({ kind: 'dict', entries: new Map() });

/** An OrderedDict of protocol 0 or of Python 2 gets its entries as a list of pairs. */
function orderedDict([pairs]: readonly Value[]): Value {
  const entries = new Map<Value, Value>();
  for (const pair of isKind(pairs, 'list') ? pairs.items : []) {
    if ((isKind(pair, 'list') || isKind(pair, 'tuple')) && pair.items.length === 2) entries.set(pair.items[0]!, pair.items[1]!);
  }
  return { kind: 'dict', entries };
}

/** The functions that make a tensor of a storage or of another tensor. */
const rebuilding: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['torch._utils._rebuild_tensor', (parameters, where) => rebuildTensor(parameters, where)],
  ['torch._utils._rebuild_tensor_v2', (parameters, where) => rebuildTensor(parameters, where)],
  ['torch._utils._rebuild_tensor_v3', (parameters, where) => rebuildTensor(parameters, where, parameters[6])],
  ['torch._utils._rebuild_parameter', ([data = opaque('torch.nn.Parameter')]) => data],
  ['torch._utils._rebuild_parameter_with_state', ([data = opaque('torch.nn.Parameter')]) => data],
]);

/** A subclass of Tensor names one of these, and its parameters. */
const rebuildFromType: Rule = ([rebuild, , parameters], where) =>
  isKind(rebuild, 'global') && isKind(parameters, 'tuple')
    ? (rebuilding.get(rebuild.name)?.(parameters.items, where) ?? opaque(rebuild.name))
    : opaque('torch._tensor._rebuild_from_type_v2');

/** All names that mean something: each only puts data together. Everything else is opaque. */
const rules: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ...rebuilding,
  ['torch._tensor._rebuild_from_type_v2', rebuildFromType],
  ['collections.OrderedDict', orderedDict],
  ['collections.defaultdict', dict],
  ['torch.Size', ([sizes = opaque('torch.Size')]) => sizes],
]);

const untyped: ReadonlySet<string> = new Set(['torch.storage.UntypedStorage', 'torch.UntypedStorage']);

/**
 * ('storage', class, key, device, count[, view]): the device says where the elements were, which is nothing to us. Old files write ('module',
 * class, ...) in front of a whole module.
 */
function storageOf(id: Value, where: string): Value {
  if (!isKind(id, 'tuple')) throw malformed(where, `${describeValue(id)} as a persistent id`, 'a tuple');
  const [tag, storageClass, key, , count, view] = id.items;
  if (tag === 'module') return storageClass ?? opaque('torch.nn.Module');
  const name = isKind(storageClass, 'global') ? storageClass.name : '';
  if (tag !== 'storage' || name === '' || typeof key !== 'string' || !isCount(count)) {
    throw malformed(where, 'a persistent id that names no storage', 'class, key, device and count of a storage');
  }
  const type = storageTypes.get(name);
  if (type === undefined && !untyped.has(name)) return opaque(name);
  const size = type?.bytes ?? 1;
  const storage: Storage = { kind: 'storage', key, type, start: 0, bytes: count * size };
  if (!isKind(view, 'tuple')) return storage;
  const [, first, length] = view.items;
  if (!isCount(first) || !isCount(length)) throw malformed(where, 'a view of a storage without its place', 'offset and count');
  return { ...storage, start: first * size, bytes: length * size };
}

/** What the names and persistent ids of PyTorch's checkpoints mean. */
export const torchMeanings = (where: string): Meanings => ({
  call: (name, parameters) => rules.get(name)?.(parameters, where),
  persistent: (id) => storageOf(id, where),
});
