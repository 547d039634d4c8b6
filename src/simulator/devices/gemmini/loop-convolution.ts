import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { Command } from '../../riscv/accelerator.ts';
import type { LoopLoad, LoopStore, LoopTile, Places, Starts, UnrolledLoop } from './loop-matmul.ts';
import { accumulatorAddress, field, functs } from './operands.ts';

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

/** The size of the image that a convolution reads, with its padding and without. */
function imageOf(loop: LoopConvolution, { inputDilated }: ConvolutionFlags) {
  const dilated = (size: number): number => size + (loop.dilation - 1) * (size - 1);
  const halved = (size: number): number => (inputDilated ? (size + 1) >> 1 : size);
  const padded = (outputs: number, kernel: number): number => outputs * loop.stride + dilated(kernel) - 1;
  const side = (outputs: number, kernel: number, before: number, behind: number) => {
    const whole = padded(outputs, kernel);
    const inside = halved(whole - before - behind);
    return {
      inside,
      before: halved(before),
      behind: halved(behind),
      whole: inputDilated ? inside + halved(before) + halved(behind) : whole,
    };
  };
  return {
    halved,
    rows: side(loop.rows, loop.kernelRows, loop.upperPad, loop.lowerPad),
    cols: side(loop.cols, loop.kernelCols, loop.leftPad, loop.rightPad),
  };
}

/** Rows of the local memories that a convolution takes, and how far apart blocks of channels are there. */
export function footprint(loop: LoopConvolution, flags: ConvolutionFlags, dim: number) {
  const { rows, cols } = imageOf(loop, flags);
  const shift = flags.downsampled ? 1 : 0;
  const blocks = (channels: number): number => Math.ceil(channels / dim);
  const plane = (rows.whole >> shift) * (cols.whole >> shift);
  const kernel = loop.kernelRows * loop.kernelCols;
  const inputs = (flags.inputChannelFirst ? loop.kernelChannels : loop.batches) * plane;
  const weights = kernel * (flags.weightsSwapped ? loop.pooledChannels : loop.kernelChannels);
  const sums = loop.batches * loop.rows * loop.cols;
  return {
    ...{ plane, inputs, weights, sums },
    allInputs: inputs * blocks(flags.inputChannelFirst ? loop.batches : loop.kernelChannels),
    allWeights: weights * blocks(flags.weightsSwapped ? loop.kernelChannels : loop.pooledChannels),
    allSums: sums * blocks(loop.pooledChannels),
  };
}

/** Its commands have addresses and rows as they are. */
const zero = { address: 0, row: 0 };
export const convolutionStarts: Starts = { a: zero, b: zero, c: zero, d: zero };

/** Every load comes before every tile, and every tile before every store. */
const before = { k: -1, inner: 0 } as const;
const behind = { i: 0, lastJ: Number.POSITIVE_INFINITY } as const;

export function unrollConvolution(
  loop: LoopConvolution,
  flags: ConvolutionFlags,
  places: Places,
  declaration: GemminiDeclaration,
): UnrolledLoop {
  const last = { i: 0, j: 0, k: 0 };
  return {
    a: inputsOf(loop, flags, places.a, declaration),
    b: weightsOf(loop, flags, places.endOfB, declaration),
    d: biasesOf(loop, flags, places.d, declaration),
    tiles: tilesOf(loop, flags, places, declaration),
    stores: outputsOf(loop, flags, places.c, declaration),
    last,
  };
}

function biasesOf(loop: LoopConvolution, flags: ConvolutionFlags, start: number, { dim, maxBytes }: GemminiDeclaration): LoopLoad[] {
  if (loop.bias === 0) return [];
  const loads: LoopLoad[] = [];
  const { sums } = footprint(loop, flags, dim);
  const step = Math.min(loop.pooledChannels, Math.max(1, Math.floor(maxBytes / (4 * dim))) * dim);
  for (let b = 0; b < loop.batches; b++)
    for (let row = 0; row < loop.rows; row++)
      for (let col = 0; col < loop.cols; col += dim)
        for (let channel = 0; channel < loop.pooledChannels; channel += step) {
          const at = start + Math.floor(channel / dim) * sums + (b * loop.rows + row) * loop.cols + col;
          const operand = {
            local: accumulatorAddress(at, false),
            rows: Math.min(dim, loop.cols - col),
            cols: Math.min(step, loop.pooledChannels - channel),
          };
          loads.push({ matrix: 'd', which: 2, address: flags.noBias ? 0 : loop.bias + 4 * channel, operand, ...before });
        }
  return loads;
}

function inputsOf(loop: LoopConvolution, flags: ConvolutionFlags, start: number, { dim, maxBytes }: GemminiDeclaration): LoopLoad[] {
  if (loop.input === 0) return [];
  const loads: LoopLoad[] = [];
  const { rows, cols } = imageOf(loop, flags);
  const { plane, inputs } = footprint(loop, flags, dim);
  const shift = flags.downsampled ? 1 : 0;
  const { inputChannelFirst } = flags;
  const most = Math.floor(maxBytes / dim) * dim;
  const step = Math.min(inputChannelFirst ? loop.batches : loop.kernelChannels, most);
  const [stepBatch, stepChannel] = inputChannelFirst ? [step, 1] : [1, step];
  for (let b = 0; b < loop.batches; b += stepBatch)
    for (let row = -rows.before; row < rows.inside + rows.behind; row += 1 << shift)
      for (let col = -cols.before; col < cols.inside + cols.behind; ) {
        let count = Math.min(dim << shift, cols.inside - col);
        if (col < 0) count = Math.min(dim, -col);
        else if (col >= cols.inside) count = Math.min(dim, cols.inside + cols.behind - col);
        const pixel = ((row + rows.before) >> shift) * (cols.whole >> shift) + ((col + cols.before) >> shift);
        const outside = row < 0 || row >= rows.inside || col < 0 || col >= cols.inside;
        for (let channel = 0; channel < loop.kernelChannels; channel += stepChannel) {
          const [block, line] = inputChannelFirst ? [b, channel] : [channel, b];
          const local = start + Math.floor(block / dim) * inputs + line * plane + pixel;
          const inMemory = inputChannelFirst
            ? ((channel * loop.inRows + row) * loop.inCols + col) * loop.batch + b
            : ((b * loop.inRows + row) * loop.inCols + col) * loop.inStride + channel;
          const width = inputChannelFirst ? Math.min(step, loop.batches - b) : Math.min(step, loop.kernelChannels - channel);
          loads.push({
            matrix: 'a',
            which: 0,
            address: outside ? 0 : loop.input + inMemory,
            operand: { local, rows: count >> shift, cols: width },
            ...before,
          });
        }
        col += count;
      }
  return loads;
}

function weightsOf(loop: LoopConvolution, flags: ConvolutionFlags, end: number, { dim, maxBytes }: GemminiDeclaration): LoopLoad[] {
  if (loop.weights === 0) return [];
  const loads: LoopLoad[] = [];
  const { weights, allWeights } = footprint(loop, flags, dim);
  const { weightsSwapped, weightsChannelFirst, depthwise } = flags;
  const { kernel, kernelRows, kernelCols, kernelChannels, pooledChannels, inChannels, outChannels } = loop;
  const most = Math.floor(maxBytes / dim) * dim;
  const step = Math.min(weightsSwapped ? kernelChannels : pooledChannels, most);
  const [stepOut, stepIn] = weightsSwapped ? [dim, step] : [step, dim];
  for (let out = 0; out < pooledChannels; out += stepOut)
    for (let row = 0; row < kernelRows; row++)
      for (let col = 0; col < kernelCols; col++)
        for (let channel = 0; channel < kernelChannels; channel += stepIn) {
          const [block, line, lines] = weightsSwapped ? [channel, out, pooledChannels] : [out, channel, kernelChannels];
          const local = end - allWeights + Math.floor(block / dim) * weights + (row * kernelCols + col) * lines + line;
          let inMemory = ((row * kernel + col) * inChannels + channel) * loop.weightStride + out;
          if (depthwise) inMemory = row * kernel + col;
          else if (weightsChannelFirst) inMemory = ((channel * kernel + row) * kernel + col) * outChannels + out;
          else if (weightsSwapped) inMemory = ((row * kernel + col) * outChannels + out) * inChannels + channel;
          const size = weightsSwapped
            ? { rows: Math.min(dim, pooledChannels - out), cols: Math.min(step, kernelChannels - channel) }
            : { rows: Math.min(dim, kernelChannels - channel), cols: Math.min(step, pooledChannels - out) };
          loads.push({ matrix: 'b', which: 1, address: loop.weights + inMemory, operand: { local, ...size }, ...before });
        }
  return loads;
}

function tilesOf(loop: LoopConvolution, flags: ConvolutionFlags, places: Places, { dim }: GemminiDeclaration): LoopTile[] {
  const tiles: LoopTile[] = [];
  const { halved, cols } = imageOf(loop, flags);
  const { plane, inputs, weights, sums, allWeights } = footprint(loop, flags, dim);
  const { inputDilated, inputChannelFirst, weightsSwapped, rotated, pixels: most } = flags;
  const { kernelRows, kernelCols, kernelChannels, pooledChannels, dilation, stride, batches } = loop;
  const shift = flags.downsampled ? 1 : 0;
  const wide = inputDilated ? dim * 2 : dim;
  const start = places.endOfB - allWeights;
  const skips = (kernel: number, at: number, pad: number): boolean => inputDilated && (kernel * dilation + at - pad) % 2 !== 0;

  for (let out = 0; out < pooledChannels; out += dim)
    for (let kernelRow = 0; kernelRow < kernelRows; kernelRow++)
      for (let kernelCol = 0; kernelCol < kernelCols; kernelCol += most)
        for (let channel = 0; channel < kernelChannels; channel += dim) {
          const width = Math.min(most, kernelCols - kernelCol) * Math.min(dim, kernelChannels - channel);
          const cells = Math.min(dim, pooledChannels - out);
          const [weightRow, weightCol] = rotated ? [kernelRows - kernelRow - 1, kernelCols - kernelCol - 1] : [kernelRow, kernelCol];
          const [block, line, lines] = weightsSwapped ? [channel, out, pooledChannels] : [out, channel, kernelChannels];
          const weight = start + Math.floor(block / dim) * weights + (weightRow * kernelCols + weightCol) * lines + line;
          let fresh = true;
          for (let b = 0; b < batches; b += inputChannelFirst ? dim : 1)
            for (let row = 0; row < loop.rows; row++) {
              if (skips(kernelRow, row, loop.upperPad)) continue;
              for (let col = 0; col < loop.cols; ) {
                if (skips(kernelCol, col, loop.leftPad)) {
                  col++;
                  continue;
                }
                const inRow = halved(row * stride + kernelRow * dilation) >> shift;
                const inCol = halved(col * stride + kernelCol * dilation) >> shift;
                const pixel = inRow * (cols.whole >> shift) + inCol;
                const image = inputChannelFirst
                  ? Math.floor(b / dim) * inputs + channel * plane
                  : Math.floor(channel / dim) * inputs + b * plane;
                const sum = places.c + Math.floor(out / dim) * sums + (b * loop.rows + row) * loop.cols + col;
                const count = inputChannelFirst ? Math.min(dim, batches - b) : halved(Math.min(wide, loop.cols - col));
                tiles.push({
                  a: { local: places.a + image + pixel, rows: count, cols: width },
                  b: { local: weight, rows: width, cols: cells },
                  c: { local: accumulatorAddress(sum, true), rows: count, cols: cells },
                  preloaded: fresh,
                  ...{ i: 0, j: 0, k: 0 },
                });
                fresh = false;
                col += inputChannelFirst ? 1 : wide;
              }
            }
        }
  return tiles;
}

function outputsOf(loop: LoopConvolution, flags: ConvolutionFlags, start: number, { dim }: GemminiDeclaration): LoopStore[] {
  if (loop.output === 0) return [];
  const stores: LoopStore[] = [];
  const { sums } = footprint(loop, flags, dim);
  const { outRows, outCols, outStride, outChannels, batch, pooledChannels } = loop;
  for (let b = 0; b < loop.batches; b++) {
    if (flags.pooled) {
      for (let channel = 0; channel < pooledChannels; channel += dim) {
        const local = accumulatorAddress(start + Math.floor(channel / dim) * sums + b * loop.rows * loop.cols, true);
        const address = loop.output + b * loop.poolOutRows * loop.poolOutCols * outStride + channel;
        stores.push({ address, operand: { local, rows: 0, cols: Math.min(dim, pooledChannels - channel) }, ...behind });
      }
      continue;
    }
    for (let row = 0; row < loop.rows; row++)
      for (let col = 0; col < loop.cols; col += dim)
        for (let channel = 0; channel < pooledChannels; channel += dim) {
          const at = start + Math.floor(channel / dim) * sums + (b * loop.rows + row) * loop.cols + col;
          const inMemory = flags.outputRowsFirst
            ? ((row * outCols + col) * batch + b) * outChannels + channel
            : ((b * outRows + row) * outCols + col) * outStride + channel;
          const operand = {
            local: accumulatorAddress(at, true),
            rows: Math.min(dim, loop.cols - col),
            cols: Math.min(dim, pooledChannels - channel),
          };
          stores.push({ address: loop.output + inMemory, operand, ...behind });
        }
  }
  return stores;
}
