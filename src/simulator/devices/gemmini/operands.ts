/** Bits `last` to `first` of a register, at most 32 of them and within one half of it. */
export const field = (low: number, high: number, last: number, first: number): number => {
  const word = first >= 32 ? high : low;
  return (word >>> (first & 31)) & (2 ** (last - first + 1) - 1);
};

const float = new DataView(new ArrayBuffer(4));
export function floatOf(bits: number): number {
  float.setInt32(0, bits);
  return float.getFloat32(0);
}

/** No local address: an operand that is not there, a result that nobody wants. */
export const nowhere = -1;
export const isAccumulator = (local: number): boolean => local < 0;
export const accumulates = (local: number): boolean => (local & 0x4000_0000) !== 0;
export const isFull = (local: number): boolean => (local & 0x2000_0000) !== 0;

/** Local addresses, as commands have them. */
export const accumulatorAddress = (row: number, accumulate: boolean, full = false): number =>
  row | 0x8000_0000 | (accumulate ? 0x4000_0000 : 0) | (full ? 0x2000_0000 : 0) | 0;

/** A matrix in a local memory: the operand word has rows in the bits 63 to 48, columns in 47 to 32, and the local address below. */
export interface Operand {
  readonly local: number;
  readonly rows: number;
  readonly cols: number;
}
export type Writable<T> = { -readonly [field in keyof T]: T[field] };
export const noOperand = (): Writable<Operand> => ({ local: nowhere, rows: 0, cols: 0 });
export function setOperand(into: Writable<Operand>, local: number, rows: number, cols: number): void {
  into.local = local;
  into.rows = rows;
  into.cols = cols;
}
export function readOperand(into: Writable<Operand>, low: number, high: number): void {
  into.local = low | 0;
  into.rows = high >>> 16;
  into.cols = high & 0xffff;
}

/** The functions of commands. */
export const functs = {
  configure: 0,
  load2: 1,
  load: 2,
  store: 3,
  computePreloaded: 4,
  computeAccumulated: 5,
  preload: 6,
  flush: 7,
  loopMatmul: 8,
  loopMatmulBounds: 9,
  loopMatmulAddressesAB: 10,
  loopMatmulAddressesDC: 11,
  loopMatmulStridesAB: 12,
  loopMatmulStridesDC: 13,
  load3: 14,
  loopConvolution: 15,
  loopConvolution1: 16,
  loopConvolution2: 17,
  loopConvolution3: 18,
  loopConvolution4: 19,
  loopConvolution5: 20,
  loopConvolution6: 21,
  counter: 126,
} as const;
