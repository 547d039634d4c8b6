import type { Command } from '../../riscv/accelerator.ts';
import { field, functs } from './operands.ts';

/** The operands of the commands of a convolution, by name. Sizes in elements, addresses of memory. */
const names = [
  'batch',
  'inRows',
  'inCols',
  'inChannels',
  'outChannels',
  'outRows',
  'outCols',
  'poolOutRows',
  'poolOutCols',
  'stride',
  'kernel',
  'poolSize',
  'poolStride',
  'batches',
  'pooledRows',
  'pooledCols',
  'pooledChannels',
  'kernelRows',
  'kernelCols',
  'kernelChannels',
  'leftPad',
  'rightPad',
  'upperPad',
  'lowerPad',
  'poolLeftPad',
  'poolUpperPad',
  'rows',
  'cols',
  'dilation',
  'inStride',
  'weightStride',
  'outStride',
  'weights',
  'output',
  'bias',
  'input',
] as const;
export type LoopConvolution = { readonly [name in (typeof names)[number]]: number };

export const initialConvolution = Object.fromEntries(names.map((name) => [name, 0])) as LoopConvolution;

/** The convolution after one of its commands; both registers have four fields of 16 bits, some of which newer hardware divides. */
export function configureConvolution(loop: LoopConvolution, command: Command, newer: boolean): LoopConvolution {
  const { funct, rs1, rs1High, rs2, rs2High } = command;
  const first = (last: number, from: number): number => field(rs1, rs1High, last, from);
  const second = (last: number, from: number): number => field(rs2, rs2High, last, from);
  switch (funct) {
    case functs.loopConvolution1: {
      const [inRows, inChannels, outChannels] = [first(31, 16), first(47, 32), first(63, 48)];
      const common = { ...loop, batch: first(15, 0), inRows, inChannels, outChannels, outRows: second(15, 0), poolOutRows: second(31, 16) };
      if (newer) return { ...common, outCols: second(47, 32), stride: second(55, 48) };
      const square = { inCols: inRows, outCols: common.outRows, poolOutCols: common.poolOutRows };
      return { ...common, ...square, stride: second(47, 32), inStride: inChannels, weightStride: outChannels, outStride: outChannels };
    }
    case functs.loopConvolution2: {
      const [pooledRows, pooledCols, pooledChannels] = [second(47, 32), second(31, 16), second(15, 0)];
      const common = { ...loop, kernel: first(63, 48), batches: second(63, 48), pooledRows, pooledCols, pooledChannels };
      return newer
        ? { ...common, poolOutCols: first(47, 32), poolSize: first(31, 16), poolStride: first(15, 8) }
        : { ...common, poolSize: first(47, 32), poolStride: first(31, 16) };
    }
    case functs.loopConvolution3: {
      const [kernelRows, kernelCols, kernelChannels, leftPad] = [first(63, 48), first(47, 32), first(31, 16), first(15, 0)];
      const common = { ...loop, kernelRows, kernelCols, kernelChannels, leftPad, rightPad: second(63, 48), upperPad: second(47, 32) };
      return newer
        ? { ...common, lowerPad: second(31, 24), poolLeftPad: second(23, 16), inCols: second(15, 0) }
        : { ...common, lowerPad: second(31, 16), poolLeftPad: second(15, 0) };
    }
    case functs.loopConvolution4: {
      const common = { ...loop, rows: first(63, 48), cols: second(15, 0) };
      if (!newer) return { ...common, poolUpperPad: first(31, 16), dilation: second(31, 16) };
      const strides = { inStride: second(63, 48), weightStride: second(47, 32), outStride: second(31, 16) };
      return { ...common, ...strides, poolUpperPad: first(28, 21), dilation: first(7, 0) };
    }
    case functs.loopConvolution5:
      return { ...loop, weights: rs1 >>> 0, output: rs2 >>> 0 };
    default:
      return { ...loop, bias: rs1 >>> 0, input: rs2 >>> 0 };
  }
}

/** What the command that runs a convolution says. */
export interface ConvolutionFlags {
  readonly noBias: boolean;
  readonly rotated: boolean;
  readonly outputRowsFirst: boolean;
  readonly weightsChannelFirst: boolean;
  readonly weightsSwapped: boolean;
  readonly inputChannelFirst: boolean;
  readonly depthwise: boolean;
  readonly pixels: number;
  readonly pooled: boolean;
  readonly downsampled: boolean;
  readonly inputDilated: boolean;
  readonly relu: boolean;
  readonly halfA: number;
  readonly halfB: number;
}

export function flagsOf({ rs1, rs2 }: Command, newer: boolean): ConvolutionFlags {
  const bit = (word: number, at: number): boolean => ((word >> at) & 1) === 1;
  return {
    noBias: bit(rs1, 0),
    rotated: bit(rs1, 1),
    outputRowsFirst: bit(rs1, 2),
    weightsChannelFirst: bit(rs1, 3),
    weightsSwapped: bit(rs1, 4),
    inputChannelFirst: bit(rs1, 5),
    depthwise: bit(rs1, 6),
    pixels: Math.max(1, field(rs1, 0, 15, 8)),
    pooled: !bit(rs2, 0),
    downsampled: bit(rs2, 1),
    inputDilated: bit(rs2, 2),
    relu: field(rs2, 0, 4, 3) === 1,
    halfA: newer ? field(rs1, 0, 19, 18) : 0,
    halfB: newer ? field(rs1, 0, 17, 16) : 0,
  };
}
