import { type Tensor, tensor } from '../../../numeric/tensor.ts';
import type { Site } from '../../kernel.ts';
import { line } from '../behind.ts';
import { bitsOf } from '../byte-rounding.ts';
import type { Preparation } from '../contracted.ts';
import { fill, packed } from '../digits.ts';
import { chooseLoop, type LoopShape, pixelsBeside } from '../loop-tiling.ts';
import type { GemminiMachine } from '../machine.ts';
import { type RoundedImage, roundedImageOf } from '../rounded-image.ts';
import { initialSums, roundingFields, sharedMultiplierOf, thresholdsOfSums } from '../rounded-sums.ts';
import { defineRoutine, type RoutineWork, routineWork } from '../routine.ts';
import { type Offsets, sharedOffsetsOf } from '../scaler/offsets.ts';
import { typeAfter } from '../sums.ts';

/**
 * A convolution and a rounding to 8 bits with one multiplier, unrolled by the hardware: LOOP_CONV_WS. The array turns the image, so that channels lie
 * side by side, and leaves the sums in its accumulator, from which they are read out twice, as those of other convolutions. Then it turns the bytes:
 * kernels/gemmini/looped.h. Only for firmware of one generation, which has these commands.
 */
export const convolutionLoop = defineRoutine({
  name: 'gemmini-convolution-loop',
  file: 'looped',
  function: 'bw_gemmini_round_looped',
  work,
});

/** Cycles of the core for a byte that it compares, and for one that it rounds again; for one that it makes signed, and of the array for one that it turns. */
const [compared, repaired, shifted, turned] = [1.2, 90, 2.2, 0.35];

function work(site: Site, machine: GemminiMachine): RoutineWork | undefined {
  const { dim, scratchpad, ownFirmware, generation } = machine.gemmini;
  const rounded = ownFirmware && scratchpad.banks >= 4 ? roundedImageOf(site, dim) : undefined;
  const layer = rounded && layerOf(site, rounded);
  if (!layer || layer.width > scratchpad.rows - line) return undefined;
  const multiplier = sharedMultiplierOf(rounded, site);
  const thresholds = multiplier && thresholdsOfSums(rounded, rounded.image, site);
  const offsets = thresholds && sharedOffsetsOf(thresholds, rounded.relu, multiplier);
  if (!offsets) return undefined;
  const once = offsets.more.every((more) => more === 0);
  const each = once && rounded.lacking === 0 ? 0 : compared + repaired * Math.min(1, offsets.differing);
  const tile = chooseLoop(layer, { each, twice: !once }, machine.gemmini);
  if (!tile) return undefined;

  const { channels, height, width, above, before, outputs, rows, columns, stride, kernelRows, kernelColumns } = layer;
  const [pixel, across] = [channels, outputs].map((size) => Math.ceil(size / dim) * dim) as [number, number];
  const [borderHeight, borderWidth] = [rows * stride + kernelRows - 1, columns * stride + kernelColumns - 1];
  const pixels = borderHeight * borderWidth * pixel;
  const sums = tile.rows * columns * tile.outputs;
  const preparations = signed(rounded, channels * height * width);
  const { shape, operands, constants } = roundingFields(rounded, offsets);
  return routineWork(
    site,
    {
      ...{ taken: rounded.taken, rows: outputs, preparations },
      shape: {
        ...shape,
        ...{ channels, height, width, border_height: borderHeight, border_width: borderWidth, above, before, pixel },
        ...{ kernel_rows: kernelRows, kernel_columns: kernelColumns, stride, outputs, rows, columns, weight_stride: across },
        ...{ tile_rows: tile.rows, tile_outputs: tile.outputs, tile_channels: tile.channels },
        ...{ beside: pixelsBeside(layer, machine.gemmini), newer: Number(generation !== '2023-02') },
        ...{ scale: bitsOf(offsets.multipliers[0]!), once: Number(once), dim_bits: Math.log2(dim), bank: scratchpad.rows },
      },
      operands: { image: preparations.length > 0 ? 0 : rounded.image.operand, ...operands },
      constants: { ...constants, ...constantsOf(rounded, offsets, pixel, across, dim) },
      buffers: { pixels, low: 2 * sums, ...(once ? {} : { high: sums, whole: 4 * sums }) },
      types: { whole: 'int32_t' },
      cycles: tile.cycles + turned * pixels,
    },
    machine,
  );
}

/** A convolution in two axes, all of whose outputs have all channels, and steps of the same size along both. */
interface Layer extends LoopShape {
  readonly height: number;
  readonly width: number;
  /** The border over the image, and left of it. */
  readonly above: number;
  readonly before: number;
}

function layerOf(site: Site, { image: { operand, kernel, groups, outputs, depth } }: RoundedImage): Layer | undefined {
  const { stride, padding } = site.step.stages[0]!.attributes as { readonly [name: string]: readonly number[] };
  const { shape } = site.types.get(operand)!;
  if (shape.length !== 4 || groups !== 1 || stride![0] !== stride![1]) return undefined;
  const [height, width] = shape.slice(2) as [number, number];
  const [rows, columns] = typeAfter(site, 1).shape.slice(2) as [number, number];
  return {
    ...{ channels: depth, height, width, above: padding![0]!, before: padding![1]!, outputs, rows, columns },
    ...{ kernelRows: kernel[0], kernelColumns: kernel[1], stride: stride![0]! },
  };
}

/** What the core does where the image is unsigned. */
function signed({ image: { operand, offset } }: RoundedImage, count: number): Preparation[] {
  const shift = { function: 'bw_gemmini_shift', numbers: { count, offset }, operand, results: [count], cyclesPerByte: shifted };
  return offset === 0 ? [] : [shift];
}

/** By fields of kernels/gemmini/looped.h's bw_gemmini_looped_operands: outputs and channels to whole blocks. */
function constantsOf(
  rounded: RoundedImage,
  { first, more }: Offsets,
  pixel: number,
  across: number,
  dim: number,
): { readonly [field: string]: Tensor } {
  const { weights, outputs, depth, offset, kernel } = rounded.image;
  const places = kernel[0] * kernel[1];
  const turned = tensor({ dtype: 'i8', shape: [places, pixel, across] });
  for (let output = 0, index = 0; output < outputs; output++)
    for (let channel = 0; channel < depth; channel++)
      for (let place = 0; place < places; place++, index++) turned.data[(place * pixel + channel) * across + output] = weights.data[index]!;
  const whole = (values: ArrayLike<number>): Tensor =>
    tensor(
      { dtype: 'i32', shape: [across] },
      Array.from({ length: across }, (_, output) => values[output] ?? 0),
    );
  return {
    weights: turned,
    identity: packed(
      Array.from({ length: dim }, (_, row) => new Int8Array(dim).fill(1, row, row + 1)),
      dim,
    ),
    border: fill(-offset, line),
    initial: whole(initialSums(rounded, rounded.image, { first })),
    more: whole(more),
  };
}
