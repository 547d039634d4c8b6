import { elements, type Tensor, type TensorType } from '../../numeric/tensor.ts';
import { convolution } from '../../operators/convolution/convolution.ts';
import type { Site } from '../kernel.ts';
import type { Preparation } from './contracted.ts';
import { padded } from './digits.ts';

interface Attributes {
  /** Of one or two axes. */
  readonly stride: readonly number[];
  /** Before the axes, then behind them. */
  readonly padding: readonly number[];
  readonly groups: number;
}

/** Of kernels/gemmini/product.h's bw_gemmini_split, by its names. */
interface Split {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly row_step: number;
  readonly stride: number;
  readonly phases: number;
  readonly offset: number;
}

/** Two axes of one: a row is an image of height 1. */
const inPlane = (sizes: readonly number[], missing: number): readonly [number, number] => [sizes.at(-2) ?? missing, sizes.at(-1)!];

/** Cycles for a byte that the core makes signed, eight at a time, or puts with others, and for one that the array copies. */
const [shiftCycles, splitCycles, copyCycles] = [1.5, 4, 0.3];

/** A convolution's image as the array is given it: rows of all positions of the result, for each channel and each column of the kernel. */
export interface Image {
  /** A value of the Program by its name, or what is prepared by its number. */
  readonly base: string | number;
  readonly preparations: readonly Preparation[];
  /** Elements from row to row. */
  readonly plane: number;
  /** Where the inputs of each row of the kernel begin in every row. */
  readonly taps: readonly number[];
  /** What is missing in every element. */
  readonly offset: number;
  readonly weights: Tensor;
  readonly operand: string;
  readonly images: number;
  readonly groups: number;
  /** Channels of the result, and of the image that each of them needs. */
  readonly outputs: number;
  readonly depth: number;
  readonly kernel: readonly [height: number, width: number];
  /** Positions of the result. */
  readonly columns: number;
}

/** The image of the convolution that leads a step; undefined where there is none that the array takes. */
export function imageOf({ step, types, program, operators }: Site, dim: number): Image | undefined {
  const [call] = step.stages;
  if (call?.operator !== convolution.name) return undefined;
  const [operand, weights] = call.operands as [string, string];
  const x = types.get(operand)!;
  const constant = program.constants.get(weights);
  const offset = { i8: 0, u8: 128 }[x.dtype as string];
  const attributes = call.attributes as unknown as Attributes;
  const { groups, padding } = attributes;
  const images = x.shape[0]!;
  if (constant === undefined || offset === undefined || (images > 1 && groups > 1)) return undefined;

  const stride = inPlane(attributes.stride, 1);
  const [padTop, padLeft] = inPlane(padding.slice(0, padding.length / 2), 0);
  const [outputs, depth] = constant.type.shape as [number, number];
  const [kernelHeight, kernelWidth] = inPlane(constant.type.shape.slice(2), 1);
  const [height, width] = inPlane(x.shape.slice(2), 1);
  const result = operators.get(call.operator)!.result(call.attributes, [x, constant.type]);
  const [outHeight, outWidth] = inPlane(result.shape.slice(2), 1);
  const columns = outHeight * outWidth;
  const pointwise = kernelHeight === 1 && kernelWidth === 1 && padding.every((size) => size === 0);
  const parts = padLeft === 0 ? Math.min(stride[1], kernelWidth) : stride[1];
  const channels = images * x.shape[1]!;

  const phases = Math.min(stride[0], kernelHeight);
  const planeRows = outHeight + Math.floor((kernelHeight - 1) / stride[0]);
  const plane = pointwise ? columns : padded(phases * planeRows * outWidth);
  const first = firstPass(
    x,
    { channels, height, width, row_step: pointwise ? stride[0] : 1, stride: stride[1], phases: parts, offset },
    operand,
  );
  const copies: Preparation = {
    function: 'bw_gemmini_begin_columns',
    begins: true,
    struct: {
      type: 'bw_gemmini_columns',
      fields: {
        ...{ channels, height, width, kernel_width: kernelWidth },
        ...{ stride_height: stride[0], stride_width: stride[1], pad_top: padTop, pad_left: padLeft },
        ...{ split: parts, phases, rows: planeRows, columns: outWidth, plane, offset, dim_bits: Math.log2(dim) },
      },
    },
    operand: first ? 0 : operand,
    results: [channels * kernelWidth * plane + 64],
    cyclesPerByte: copyCycles,
  };
  const preparations = [...(first ? [first] : []), ...(pointwise ? [] : [copies])];

  const taps = Array.from({ length: kernelHeight }, (_, u) => ((u % stride[0]) * planeRows + Math.floor(u / stride[0])) * outWidth);
  return {
    ...{ base: preparations.length === 0 ? operand : preparations.length - 1, preparations, plane, taps, offset },
    ...{ weights: constant, operand, images, groups, outputs, depth, kernel: [kernelHeight, kernelWidth], columns },
  };
}

/** What the core does before the array copies: it makes bytes signed, and takes columns apart that are not next to each other. */
function firstPass({ dtype, shape }: TensorType, split: Split, operand: string): Preparation | undefined {
  const { channels, height, width, row_step, stride, phases, offset } = split;
  if (stride === 1 && row_step === 1) {
    const count = elements(shape);
    const shift = { function: 'bw_gemmini_shift', numbers: { count, offset }, operand, results: [count], cyclesPerByte: shiftCycles };
    return offset === 0 ? undefined : shift;
  }
  const struct = { type: 'bw_gemmini_split', fields: { ...split } };
  const results = [channels * Math.ceil(height / row_step) * phases * Math.ceil(width / stride)];
  return { function: `bw_gemmini_split_${dtype}`, struct, operand, results, cyclesPerByte: splitCycles };
}
