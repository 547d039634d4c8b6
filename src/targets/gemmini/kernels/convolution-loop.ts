import { type Tensor, tensor } from '../../../numeric/tensor.ts';
import type { Site } from '../../kernel.ts';
import { line } from '../behind.ts';
import { bitsOf } from '../byte-rounding.ts';
import type { Preparation } from '../contracted.ts';
import { fill } from '../digits.ts';
import { lastOf } from '../last-rounding.ts';
import { chooseLoop, type LoopShape, pixelsBeside, rowsUnder } from '../loop-tiling.ts';
import type { GemminiMachine } from '../machine.ts';
import { type Pool, pooledBehind, windowsOf } from '../pools.ts';
import { type RoundedImage, roundedImageOf } from '../rounded-image.ts';
import { initialSums, roundingFields, sharedMultiplierOf, thresholdsOfSums } from '../rounded-sums.ts';
import { defineRoutine, type RoutineWork, routineWork } from '../routine.ts';
import { type Offsets, sharedOffsetsOf } from '../scaler/offsets.ts';
import { typeAfter } from '../sums.ts';

/**
 * A convolution and a rounding to 8 bits with one multiplier, unrolled by the hardware: LOOP_CONV_WS. The array turns the image, so that channels lie
 * side by side, and leaves the sums in its accumulator, from which they, or the greatest of windows, are read out twice, as those of other convolutions. Then it turns the bytes, and rounds once more where a rounding of bytes follows:
 * kernels/gemmini/looped.h. Only for firmware of one generation, which has these commands.
 */
export const convolutionLoop = defineRoutine({
  name: 'gemmini-convolution-loop',
  file: 'looped',
  function: 'bw_gemmini_round_looped',
  work,
});

/** Cycles of the core for a byte that it compares, and for one that it rounds again; for one that it makes signed, and of the array for one that it turns. */
const [compared, repaired, shifted, turned] = [1.8, 90, 2.2, 0.35];

function work(given: Site, machine: GemminiMachine): RoutineWork | undefined {
  const { dim, scratchpad, accumulator, ownFirmware, generation } = machine.gemmini;
  const rounded = ownFirmware && scratchpad.banks >= 4 ? roundedImageOf(given, dim) : undefined;
  const found = rounded && pooledBehind(given, rounded.taken);
  const layer = rounded && layerOf(given, rounded, dim, found?.pool);
  if (!layer || layer.width > scratchpad.rows - line) return undefined;
  const multiplier = sharedMultiplierOf(rounded, given);
  const thresholds = multiplier && thresholdsOfSums(rounded, rounded.image, given);
  const offsets = thresholds && sharedOffsetsOf(thresholds, rounded.relu, multiplier);
  if (!offsets) return undefined;
  const site = found?.pooled ?? given;
  const taken = rounded.taken + (found ? 1 : 0);
  const last = lastOf(site, taken, rounded.lacking, dim);
  if (found && last.taken < found.moved) return undefined;
  const settled = last.taken === taken ? rounded.lacking : 0;
  const once = offsets.more.every((more) => more === 0);
  const each = once && settled === 0 ? 0 : compared + repaired * Math.min(1, offsets.differing);
  const tile = chooseLoop(layer, { each, twice: !once }, machine.gemmini);
  if (!tile) return undefined;

  const { imageChannels, height, width, above, before, outputs, positionRows, positions, stride, kernelRows, kernelColumns, pool } = layer;
  const [rows, columns] = [windowsOf(positionRows, pool), windowsOf(positions, pool)];
  const [pixel, across] = [imageChannels, Math.min(outputs, layer.together)].map((size) => Math.ceil(size / dim) * dim) as [number, number];
  const [borderHeight, borderWidth] = [positionRows * stride + kernelRows - 1, positions * stride + kernelColumns - 1];
  const pixels = borderHeight * borderWidth * pixel;
  const results = tile.rows * columns * tile.outputs;
  const sums = rowsUnder(tile.rows, pool) * positions * tile.outputs;
  const preparations = signed(rounded, imageChannels * height * width);
  const { shape, operands, constants } = roundingFields(rounded, offsets);
  return routineWork(
    site,
    {
      ...{ taken: last.taken, rows: outputs, preparations },
      shape: {
        ...shape,
        ...{
          channels: imageChannels,
          apart: Number(layer.together < outputs),
          height,
          width,
          border_height: borderHeight,
          border_width: borderWidth,
          above,
          before,
          pixel,
        },
        ...{ kernel_rows: kernelRows, kernel_columns: kernelColumns, stride, outputs, rows, columns, weight_stride: across },
        ...{ positions, pool: pool.size, pool_step: pool.step },
        ...{ tile_rows: tile.rows, tile_outputs: tile.outputs, tile_channels: tile.channels },
        ...{ beside: pixelsBeside(layer, machine.gemmini), newer: Number(generation !== '2023-02') },
        ...{ scale: bitsOf(offsets.multipliers[0]!), once: Number(once), settled },
        ...{ last_scale: last.scale, last_relu: last.relu, last_lacking: last.taken === taken ? 0 : last.lacking },
        last_constant: Number(last.taken > taken),
        ...{ dim_bits: Math.log2(dim), bank: scratchpad.rows, half: (accumulator.banks * accumulator.rows) / 2 },
      },
      operands: { image: preparations.length > 0 ? 0 : rounded.image.operand, ...operands },
      constants: { ...constants, ...constantsOf(rounded, offsets, last.blocks, pixel, across, dim) },
      buffers: { pixels, low: 2 * results, ...(once ? {} : { high: results, whole: 4 * sums }) },
      types: { whole: 'int32_t' },
      cycles: tile.cycles + turned * pixels,
    },
    machine,
  );
}

/** A convolution in two axes, each of whose outputs has all channels or one of its own, and steps of the same size along both. */
interface Layer extends LoopShape {
  readonly imageChannels: number;
  readonly height: number;
  readonly width: number;
  /** The border over the image, and left of it. */
  readonly above: number;
  readonly before: number;
}

function layerOf(
  site: Site,
  { image: { operand, kernel, groups, outputs, depth } }: RoundedImage,
  dim: number,
  pool: Pool = { size: 1, step: 1 },
): Layer | undefined {
  const { stride, padding } = site.step.stages[0]!.attributes as { readonly [name: string]: readonly number[] };
  const { shape } = site.types.get(operand)!;
  if (shape.length !== 4 || stride![0] !== stride![1]) return undefined;
  const [imageChannels, channels, together] = groups === 1 ? [depth, depth, outputs] : [outputs, Math.min(dim, outputs), dim];
  const [height, width] = shape.slice(2) as [number, number];
  const [positionRows, positions] = typeAfter(site, 1).shape.slice(2) as [number, number];
  return {
    ...{ imageChannels, channels, together, outputs, positionRows, positions, pool },
    ...{ height, width, above: padding![0]!, before: padding![1]! },
    ...{ kernelRows: kernel[0], kernelColumns: kernel[1], stride: stride![0]! },
  };
}

/** What the core does where the image is unsigned. */
function signed({ image: { operand, offset } }: RoundedImage, count: number): Preparation[] {
  const shift = { function: 'bw_gemmini_shift', numbers: { count, offset }, operand, results: [count], cyclesPerByte: shifted };
  return offset === 0 ? [] : [shift];
}

/**
 * By fields of kernels/gemmini/looped.h's bw_gemmini_looped_operands: outputs and channels to whole blocks. Where each output has a channel of its own, those
 * of a block stand on the diagonal of a block of weights.
 */
function constantsOf(
  rounded: RoundedImage,
  { first, more }: Offsets,
  last: Tensor,
  pixel: number,
  across: number,
  dim: number,
): { readonly [field: string]: Tensor } {
  const { weights, outputs, groups, depth, offset, kernel } = rounded.image;
  const places = kernel[0] * kernel[1];
  const blocks = Math.ceil(outputs / dim);
  const turned = tensor({ dtype: 'i8', shape: [places, pixel, across] });
  for (let output = 0, index = 0; output < outputs; output++)
    for (let channel = 0; channel < depth; channel++)
      for (let place = 0; place < places; place++, index++) {
        const [row, column] = groups === 1 ? [channel, output] : [output, output % dim];
        turned.data[(place * pixel + row) * across + column] = weights.data[index]!;
      }
  const whole = (values: ArrayLike<number>): Tensor =>
    tensor(
      { dtype: 'i32', shape: [blocks * dim] },
      Array.from({ length: blocks * dim }, (_, output) => values[output] ?? 0),
    );
  const identity = Array.from({ length: dim }, (_, row) => new Int8Array(dim).fill(1, row, row + 1));
  return {
    weights: turned,
    blocks: tensor({ dtype: 'i8', shape: [4 * dim, dim] }, [...identity.flatMap((row) => Array.from(row)), ...(last.data as Int8Array)]),
    border: fill(-offset, line),
    initial: whole(initialSums(rounded, rounded.image, { first })),
    more: whole(more),
  };
}
