import { createHash } from 'node:crypto';
import { elements, type Tensor, tensor } from '../numeric/tensor.ts';
import type { Store } from '../numeric/text.ts';
import { encodeElements } from './elements.ts';

/** A Store in memory, and what was put into it by its hash: what is written beside a text. */
export interface TensorStore extends Store {
  readonly tensors: ReadonlyMap<string, Tensor>;
}

const hashDigits = 24;

/** SHA-256 of dtype and little-endian elements: equal data have one name whatever their shape. */
export function hashOf(value: Tensor): string {
  const hash = createHash('sha256').update(value.type.dtype).update(encodeElements(value));
  return `sha256:${hash.digest('hex').slice(0, hashDigits)}`;
}

export function tensorStore(known: ReadonlyMap<string, Tensor> = new Map()): TensorStore {
  const tensors = new Map(known);
  return {
    tensors,
    put(value) {
      const hash = hashOf(value);
      tensors.set(hash, value);
      return hash;
    },
    get(hash, type) {
      const found = tensors.get(hash);
      if (found?.type.dtype !== type.dtype || found.data.length !== elements(type.shape)) return undefined;
      return tensor(type, found.data);
    },
  };
}
