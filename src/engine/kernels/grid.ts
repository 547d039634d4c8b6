export type Fields = { readonly [name: string]: number };

/** A convolution as the struct bw_convolution has it, in one group. */
export interface Shape {
  readonly batch: number;
  readonly groups: number;
  readonly channels: number;
  readonly outputs: number;
  readonly size: readonly [number, number];
  readonly kernel: readonly [number, number];
  readonly stride: readonly [number, number];
  readonly border: readonly [number, number];
  readonly out: readonly [number, number];
}

export function shapeOf(f: Fields): Shape {
  const pair = (height: string, width: string): [number, number] => [f[height]!, f[width]!];
  const shape: Shape = {
    batch: f['batch']!,
    groups: f['groups']!,
    channels: f['channels']! / f['groups']!,
    outputs: f['outputs']! / f['groups']!,
    size: pair('height', 'width'),
    kernel: pair('kernel_height', 'kernel_width'),
    stride: pair('stride_height', 'stride_width'),
    border: pair('pad_top', 'pad_left'),
    out: pair('out_height', 'out_width'),
  };
  return isProduct(shape) ? { ...shape, size: [1, positionsOf(shape)], out: [1, positionsOf(shape)] } : shape;
}

/** Output rows are computed in blocks of about this many grid positions: four outputs' sums then fit the first-level cache. */
const blockPositions = 1024;

const positionsOf = ({ size }: Shape): number => size[0] * size[1];

/** A window of one position that skips none: the image is one long row, and no tile is cut by a row's end. */
const isProduct = (shape: Shape): boolean =>
  [...shape.kernel, ...shape.stride].every((each) => each === 1) &&
  shape.size.every((each, axis) => each === shape.out[axis]) &&
  positionsOf(shape) <= blockPositions;

/** The bordered image along one axis, in steps of the stride (kernels/simd/simd.h). */
interface Axis {
  readonly phases: number;
  /** Places that the windows reach, from the first one's start. */
  readonly reach: number;
  /** Places before the end of the data, in the longest phase and in the shortest. */
  readonly longest: number;
  readonly shortest: number;
  /** Places of border before the data, in every phase at least. */
  readonly lead: number;
  /** How far the last tap is from the first. */
  readonly taps: number;
}

function axisOf({ size, kernel, stride, border, out }: Shape, axis: 0 | 1): Axis {
  const step = stride[axis];
  const phases = Math.min(step, kernel[axis]);
  const taps = Math.floor((kernel[axis] - 1) / step);
  const end = border[axis] + size[axis];
  return {
    phases,
    taps,
    reach: out[axis] + taps,
    longest: Math.ceil(end / step),
    shortest: Math.ceil((end - (phases - 1)) / step),
    lead: Math.max(0, Math.ceil((border[axis] - (phases - 1)) / step)),
  };
}

export interface Grid {
  /** The struct bw_simd_window, but for `steps`. */
  readonly window: Fields;
  readonly pitch: number;
  readonly plane: number;
  readonly phases: number;
  readonly block: number;
}

/** The border behind a row is the border before the next one, as far as both are zeros: `pitch` counts it once. */
export function gridOf(shape: Shape): Grid {
  const down = axisOf(shape, 0);
  const right = axisOf(shape, 1);
  const [outHeight, outWidth] = shape.out;
  const pitch = Math.max(right.longest, right.reach - right.lead, outWidth);
  const blockRows = Math.min(outHeight, Math.max(1, Math.floor(blockPositions / pitch)));
  const inRows = Math.ceil(outWidth / 4);
  const through = Math.ceil(((blockRows - 1) * pitch + outWidth) / 4);
  const quads = inRows * blockRows <= through ? inRows : 0;
  const block = Math.ceil((4 * Math.max(through, inRows * blockRows)) / 16) * 16;
  const plane = Math.ceil((down.reach * pitch + right.taps + right.lead + 16) / 8) * 8;
  const bordered = [down, right].some(({ lead, shortest, reach }) => lead > 0 || shortest < reach) || shape.border.some((size) => size > 0);
  const window = {
    batch: shape.batch,
    groups: shape.groups,
    channels: shape.channels,
    height: shape.size[0],
    width: shape.size[1],
    stride_height: shape.stride[0],
    stride_width: shape.stride[1],
    pad_top: shape.border[0],
    pad_left: shape.border[1],
    phases_height: down.phases,
    phases_width: right.phases,
    pitch,
    rows: down.reach,
    plane,
    bordered: bordered ? 1 : 0,
    outputs: shape.outputs,
    out_height: outHeight,
    out_width: outWidth,
    steps: 0,
    block_rows: blockRows,
    block,
    quads,
  };
  return { window, pitch, plane, phases: down.phases * right.phases, block };
}

/** Where in one channel's grid each tap of the window reads, row by row. */
export function tapPlaces({ kernel, stride }: Shape, { pitch, plane, window }: Grid): number[] {
  const places: number[] = [];
  for (let u = 0; u < kernel[0]; u++) {
    for (let v = 0; v < kernel[1]; v++) {
      const phase = (u % stride[0]) * window['phases_width']! + (v % stride[1]);
      places.push(phase * plane + Math.floor(u / stride[0]) * pitch + Math.floor(v / stride[1]));
    }
  }
  return places;
}
