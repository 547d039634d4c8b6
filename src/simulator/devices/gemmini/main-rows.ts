import type { Load, Store } from './arithmetic.ts';
import { isAccumulator, isFull } from './operands.ts';

/** Rows of the main memory that a transfer reads or writes: the offset of each, and how long they are. */
export interface MainRows {
  readonly offsets: readonly number[];
  readonly bytes: number;
}

const evenly = (first: number, count: number, stride: number): number[] => Array.from({ length: count }, (_, row) => first + row * stride);

/** None, where a load has zeros. */
export function rowsRead({ from, operand, configuration }: Load): MainRows {
  const { local, rows, cols } = operand;
  const { stride, shrunk } = configuration;
  const bytes = cols * (isAccumulator(local) && !shrunk ? 4 : 1);
  return { offsets: from === undefined ? [] : evenly(from, rows, stride), bytes };
}

/** Where a store pools, each of its windows is a row. */
export function rowsWritten({ to, operand, configuration }: Store): MainRows {
  const { local, rows, cols } = operand;
  const { stride, pooling } = configuration;
  if (pooling === undefined) return { offsets: evenly(to, rows, stride), bytes: cols * (isAccumulator(local) && isFull(local) ? 4 : 1) };
  const { outDim, pooledRows, pooledCols } = pooling;
  const offsets = evenly(to, pooledRows, outDim * stride).flatMap((first) => evenly(first, pooledCols, stride));
  return { offsets, bytes: cols };
}

/** A copy of rows, one behind the other. */
export function gather(memory: Uint8Array, { offsets, bytes }: MainRows): Uint8Array {
  const copy = new Uint8Array(offsets.length * bytes);
  for (const [row, offset] of offsets.entries()) copy.set(memory.subarray(offset, offset + bytes), row * bytes);
  return copy;
}

/** Puts such a copy into place. */
export function scatter(memory: Uint8Array, { offsets, bytes }: MainRows, copy: Uint8Array): void {
  for (const [row, offset] of offsets.entries()) memory.set(copy.subarray(row * bytes, (row + 1) * bytes), offset);
}
