import type { ElementType } from './element-type.ts';

/** What a pickle holds, as far as we understand it; nothing in it was ever executed. */
export type Value = null | boolean | number | bigint | string | Uint8Array | List | Tuple | Dict | Global | Opaque | Storage | StoredTensor;

export interface List {
  readonly kind: 'list';
  readonly items: Value[];
}
export interface Tuple {
  readonly kind: 'tuple';
  readonly items: readonly Value[];
}
/** A dict or an OrderedDict. */
export interface Dict {
  readonly kind: 'dict';
  readonly entries: Map<Value, Value>;
}
/** A class or a function of Python by its name: `collections.OrderedDict`. */
export interface Global {
  readonly kind: 'global';
  readonly name: string;
}
/** What something that is not on the list of allowed names would have made. It is carried along, and refused only where it is needed. */
export interface Opaque {
  readonly kind: 'opaque';
  readonly name: string;
}
/** Elements that lie in the file under a key; several tensors may be views of one. */
export interface Storage {
  readonly kind: 'storage';
  readonly key: string;
  /** Absent for bytes that get their type from the tensor. */
  readonly type: ElementType | undefined;
  /** Its first byte among those of the key, and how many bytes it has. */
  readonly start: number;
  readonly bytes: number;
}
/** A view of a storage; shape, strides and offset count elements. */
export interface StoredTensor {
  readonly kind: 'tensor';
  readonly storage: Storage;
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
}

export type Kind = Extract<Value, { readonly kind: string }>['kind'];
type OfKind<K extends Kind> = Extract<Value, { readonly kind: K }>;

export const isKind = <K extends Kind>(value: Value | undefined, kind: K): value is OfKind<K> =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;

/** What a value is, for a message: `a list`, `a argparse.Namespace`. */
export function describeValue(value: Value | undefined): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'None';
  if (value instanceof Uint8Array) return 'bytes';
  if (typeof value !== 'object') return typeof value === 'string' ? 'a text' : `the ${typeof value} ${value}`;
  if (value.kind === 'opaque') return `an object of ${value.name}`;
  return value.kind === 'global' ? `the Python name ${value.name}` : `a ${value.kind}`;
}
