import { elements, type Tensor, type TensorType } from '../../../numeric/tensor.ts';
import { convolution as convolutionOperator } from '../../../operators/convolution/convolution.ts';
import { defineKernel, type Site } from '../../kernel.ts';
import { sourcesOf } from '../../portable.ts';
import type { Contracted, Preparation, Term } from '../contracted.ts';
import { fill, packed, padded, rowsOfSum } from '../digits.ts';
import { emitArrayWork } from '../emit.ts';
import type { GemminiMachine } from '../machine.ts';
import { arraySources } from '../sources.ts';
import { type ArrayWork, arrayWork } from '../work.ts';

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

/**
 * Weights times image, one term for each row of the kernel. The array copies the image once for each column of the kernel, with its border; so
 * the inputs of all outputs lie one behind the other, for the next row of the kernel further on, and the sums come out in the order of the
 * result. The image stays in the array, the weights stream. Groups are groups of the product, and so are several images.
 */
export const convolution = defineKernel<GemminiMachine, ArrayWork>({
  name: 'gemmini-convolution',

  *works(site, machine) {
    const contracted = contractedOf(site, machine);
    if (contracted) yield arrayWork(site, contracted, machine);
  },

  cycles: ({ cycles }) => cycles,
  sources: ({ rest }) => [...arraySources, ...sourcesOf(rest.segments)],
  emit: emitArrayWork,
});

function contractedOf({ step, types, program, operators }: Site, { gemmini: { dim } }: GemminiMachine): Contracted | undefined {
  const [call] = step.stages;
  if (call?.operator !== convolutionOperator.name) return undefined;
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
  const rows = outputs / groups;
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
    results: [channels * kernelWidth * plane],
    cyclesPerByte: copyCycles,
  };
  const preparations = [...(first ? [first] : []), ...(pointwise ? [] : [copies])];

  const leftStride = padded(depth * kernelWidth);
  const matrix = `${step.name} weights for the array`;
  const terms = Array.from({ length: kernelHeight }, (_, u): Term => {
    const row = Math.floor(u / stride[0]);
    return {
      left: { base: matrix, offset: u * outputs * leftStride, stride: leftStride, group: images > 1 ? 0 : rows * leftStride },
      right: {
        base: preparations.length === 0 ? operand : preparations.length - 1,
        offset: ((u % stride[0]) * planeRows + row) * outWidth,
        stride: plane,
        group: depth * kernelWidth * plane,
      },
      depth: depth * kernelWidth,
    };
  });
  const correction = offset === 0 ? undefined : correctionOf(step.name, constant, { group: images > 1 ? 0 : rows, columns, offset });
  return {
    rows,
    columns,
    products: [[...terms, ...(correction?.terms ?? [])]],
    preparations,
    constants: new Map([[matrix, packed(streams(constant, kernelHeight, kernelWidth), leftStride)], ...(correction?.constants ?? [])]),
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

/** For each row of the kernel and each output, the weights of all channels, each channel's columns side by side. */
function streams({ type, data }: Tensor, height: number, width: number): number[][] {
  const [outputs, depth] = type.shape as [number, number];
  return Array.from({ length: height * outputs }, (_, row) => {
    const [u, output] = [Math.floor(row / outputs), row % outputs];
    return Array.from(
      { length: depth * width },
      (_, k) => data[((output * depth + Math.floor(k / width)) * height + u) * width + (k % width)]!,
    );
  });
}

/** The image less its offset, and what that takes away: a row of -offset times so many columns more of the weights. */
function correctionOf(
  name: string,
  { type, data }: Tensor,
  { group, columns, offset }: { readonly group: number; readonly columns: number; readonly offset: number },
): { readonly terms: readonly Term[]; readonly constants: ReadonlyMap<string, Tensor> } {
  const [outputs] = type.shape as [number];
  const inner = elements(type.shape) / outputs;
  const sums = Array.from({ length: outputs }, () => 0);
  for (let index = 0; index < data.length; index++) sums[Math.floor(index / inner)]! -= data[index]!;
  const digits = rowsOfSum(sums);
  if (digits.length === 0) return { terms: [], constants: new Map() };
  const [left, right] = [`${name} sums of weights`, `${name} filling`];
  const stride = padded(digits.length);
  const transposed = sums.map((_, output) => digits.map((row) => row[output]!));
  const term: Term = { left: { base: left, stride, group: group * stride }, right: { base: right, stride: 0 }, depth: digits.length };
  return {
    terms: [term],
    constants: new Map([
      [left, packed(transposed, stride)],
      [right, fill(-offset, columns)],
    ]),
  };
}
