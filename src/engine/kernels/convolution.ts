import type { NumberArray } from '../../numeric/tensor.ts';
import { type Grid, gridOf, type Shape, shapeOf, tapPlaces } from './grid.ts';
import { type EngineCall, structFields, type VectorKernel } from './kernel.ts';

const tileRows = 4;

/** Channels in pairs: int16 [groups][outputs/4][steps][4][2], and where each step reads. */
function packChannelPairs(shape: Shape, grid: Grid, weights: NumberArray): { readonly packed: Int16Array; readonly offsets: Int32Array } {
  const { groups, channels, outputs } = shape;
  const places = tapPlaces(shape, grid);
  const taps = places.length;
  const pairs = Math.ceil(channels / 2);
  const tiles = Math.ceil(outputs / tileRows);
  const packed = new Int16Array(groups * tiles * pairs * taps * tileRows * 2);
  for (let output = 0; output < groups * outputs; output++) {
    const inGroup = output % outputs;
    const tile = Math.floor(output / outputs) * tiles + Math.floor(inGroup / tileRows);
    for (let c = 0; c < channels; c++) {
      for (let tap = 0; tap < taps; tap++) {
        const step = (tile * pairs + (c >> 1)) * taps + tap;
        packed[(step * tileRows + (inGroup % tileRows)) * 2 + (c & 1)] = weights[(output * channels + c) * taps + tap]!;
      }
    }
  }
  const offsets = Int32Array.from({ length: pairs * taps }, (_, step) => {
    return 2 * (Math.floor(step / taps) * grid.phases * grid.plane + places[step % taps]!);
  });
  return { packed, offsets };
}

/** Taps in pairs: int16 [groups][outputs][steps][2], and where each tap reads; the odd one is paired with itself, weighted 0. */
function packTapPairs(shape: Shape, grid: Grid, weights: NumberArray): { readonly packed: Int16Array; readonly offsets: Int32Array } {
  const places = tapPlaces(shape, grid);
  const taps = places.length;
  const even = taps + (taps % 2);
  const filters = shape.groups * shape.outputs;
  const packed = new Int16Array(filters * even);
  for (let filter = 0; filter < filters; filter++) {
    for (let tap = 0; tap < taps; tap++) packed[filter * even + tap] = weights[filter * taps + tap]!;
  }
  return { packed, offsets: Int32Array.from({ length: even }, (_, tap) => places[tap] ?? places[0]!) };
}

function callOf(
  name: string,
  grid: Grid,
  weights: { readonly packed: Int16Array; readonly offsets: Int32Array },
  how: { steps: number; scratch: number },
): EngineCall {
  return {
    function: name,
    arguments: [
      { struct: 'bw_simd_window', fields: { ...grid.window, steps: how.steps } },
      { operand: 0 },
      { packed: weights.packed },
      { packed: weights.offsets },
      { scratch: how.scratch },
      { result: true },
    ],
  };
}

/** Constant weights on 8-bit images, one function for each dtype of the image. */
const onImages =
  (
    functions: { readonly [portable: string]: string },
    make: (name: string, shape: Shape, weights: NumberArray) => EngineCall | undefined,
  ): VectorKernel =>
  ({ call, operands }) => {
    const name = functions[call.function];
    const weights = operands[1]?.constant;
    const fields = structFields(call, 'bw_convolution');
    return name && weights && fields ? make(name, shapeOf(fields), weights.data) : undefined;
  };

export const convolution = onImages(
  { bw_convolution_i8: 'bw_packed_convolution_i8', bw_convolution_u8: 'bw_packed_convolution_u8' },
  (name, shape, weights) => {
    const grid = gridOf(shape);
    const packing = packChannelPairs(shape, grid, weights);
    const scratch = 4 * Math.ceil(shape.channels / 2) * grid.phases * grid.plane + 4 * tileRows * grid.block;
    return callOf(name, grid, packing, { steps: packing.offsets.length, scratch });
  },
);

export const depthwise = onImages(
  { bw_convolution_i8: 'bw_packed_depthwise_i8', bw_convolution_u8: 'bw_packed_depthwise_u8' },
  (name, shape, weights) => {
    if (shape.channels !== 1 || shape.groups === 1) return undefined;
    const grid = gridOf(shape);
    const packing = packTapPairs(shape, grid, weights);
    const scratch = 2 * (grid.phases * grid.plane + 1) + 4 * grid.block;
    return callOf(name, grid, packing, { steps: packing.offsets.length / 2, scratch });
  },
);
