import * as z from 'zod';
import type { Shape, Tensor, TensorType } from '../numeric/tensor.ts';
import type { Cut, KernelCall, Slicing } from '../program/operator.ts';

/** Attributes of an operator that moves a window over the last one or two axes of [N, C, W] or [N, C, H, W]. */
export const spatial = z.array(z.int().positive()).min(1).max(2);
/** Border before and after: [left, right] or [top, left, bottom, right]. */
export const border = z.array(z.int().nonnegative()).min(2).max(4);

/** A window over an image. One spatial axis counts as an image of height 1. Field order is that of the C struct bw_window. */
export interface Window {
  readonly batch: number;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly kernelHeight: number;
  readonly kernelWidth: number;
  readonly strideHeight: number;
  readonly strideWidth: number;
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
}

export interface WindowAttributes {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
}

/** floor((size + before + after - kernel) / stride) + 1, or with ceil as PyTorch does: no window starts in the border behind the input. */
function positions(size: number, kernel: number, stride: number, before: number, after: number, ceil = false): number {
  const span = size + before + after - kernel;
  const count = (ceil ? Math.ceil(span / stride) : Math.floor(span / stride)) + 1;
  return ceil && (count - 1) * stride >= size + before ? count - 1 : count;
}

/** The sizes of the last axes of a window's result; a RangeError when the window does not fit. */
export function windowSizes(shape: Shape, { kernel, stride, padding }: WindowAttributes, ceil = false): number[] {
  const axes = kernel.length;
  if (shape.length !== axes + 2 || stride.length !== axes || padding.length !== 2 * axes) {
    throw new RangeError(`a window of ${axes} axes does not fit a tensor of shape [${shape.join(', ')}]`);
  }
  return kernel.map((size, axis) => {
    const count = positions(shape[axis + 2]!, size, stride[axis]!, padding[axis]!, padding[axis + axes]!, ceil);
    if (count < 1) throw new RangeError(`a window of [${kernel.join(', ')}] does not fit into [${shape.join(', ')}]`);
    return count;
  });
}

export function windowOf(shape: Shape, { kernel, stride, padding }: WindowAttributes, out: readonly number[]): Window {
  const flat = kernel.length === 1;
  const [batch = 1, channels = 1, ...sizes] = shape;
  const pair = (values: readonly number[], first: number): [number, number] => (flat ? [first, values[0]!] : [values[0]!, values[1]!]);
  const [height, width] = pair(sizes, 1);
  const [kernelHeight, kernelWidth] = pair(kernel, 1);
  const [strideHeight, strideWidth] = pair(stride, 1);
  const [top, left] = pair(padding, 0);
  const [outHeight, outWidth] = pair(out, 1);
  return { batch, channels, height, width, kernelHeight, kernelWidth, strideHeight, strideWidth, top, left, outHeight, outWidth };
}

/** The window's fields as those of a C struct. */
export const windowFields = (window: Window): { readonly [name: string]: number } => ({
  batch: window.batch,
  channels: window.channels,
  height: window.height,
  width: window.width,
  kernel_height: window.kernelHeight,
  kernel_width: window.kernelWidth,
  stride_height: window.strideHeight,
  stride_width: window.strideWidth,
  pad_top: window.top,
  pad_left: window.left,
  out_height: window.outHeight,
  out_width: window.outWidth,
});

/** Calls `visit` with the position in `x` of every element of channel `c` that the window at (i, j) covers, and with its place (u, v) in the window. */
export function overWindow(
  w: Window,
  n: number,
  c: number,
  i: number,
  j: number,
  visit: (position: number, u: number, v: number) => void,
): void {
  const plane = (n * w.channels + c) * w.height * w.width;
  for (let u = 0; u < w.kernelHeight; u++) {
    const row = i * w.strideHeight + u - w.top;
    if (row < 0 || row >= w.height) continue;
    for (let v = 0; v < w.kernelWidth; v++) {
      const column = j * w.strideWidth + v - w.left;
      if (column >= 0 && column < w.width) visit(plane + row * w.width + column, u, v);
    }
  }
}

/** Fills `result` of shape [N, C, out height, out width] with `value` at each of its positions, in row-major order. */
export function fillWindows(
  result: Tensor,
  w: Window,
  channels: number,
  value: (n: number, c: number, i: number, j: number) => number,
): void {
  let position = 0;
  for (let n = 0; n < w.batch; n++)
    for (let c = 0; c < channels; c++)
      for (let i = 0; i < w.outHeight; i++) for (let j = 0; j < w.outWidth; j++) result.data[position++] = value(n, c, i, j);
}

/** Reduces every window of `x` to one element of `y`: `start`, combined with each element that the window covers. */
export function reduceWindows(
  attributes: WindowAttributes,
  x: Tensor,
  y: Tensor,
  start: number,
  combine: (value: number, element: number) => number,
): void {
  const window = windowOf(x.type.shape, attributes, outSizes(y.type));
  fillWindows(y, window, window.channels, (n, c, i, j) => {
    let value = start;
    overWindow(window, n, c, i, j, (position) => {
      value = combine(value, x.data[position]!);
    });
    return value;
  });
}

/** The call of the C function `name` for the dtype of `x`, which takes a bw_window. */
export const windowCall = (name: string, attributes: WindowAttributes, x: TensorType, result: TensorType): readonly KernelCall[] => [
  {
    function: `${name}_${x.dtype}`,
    arguments: [
      { struct: 'bw_window', fields: windowFields(windowOf(x.shape, attributes, outSizes(result))) },
      { operand: 0 },
      { result: true },
    ],
  },
];

/** Operators that work on each channel by itself fall into channels. */
export function sliceChannels<A extends Slicing['attributes']>(attributes: A, x: TensorType, input: Cut | null): Slicing | undefined {
  const cut = input ?? { axis: 1, count: x.shape[1] ?? 1 };
  return cut.axis === 1 && x.shape[0] === 1 ? { cut, operands: [1], attributes } : undefined;
}

export const outSizes = (result: TensorType): readonly number[] => result.shape.slice(2);
