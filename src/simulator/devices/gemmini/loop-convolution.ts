import type { GemminiDeclaration } from '../../../hardware/gemmini.ts';
import type { Configuration, LoadConfiguration, StoreConfiguration } from './configuration.ts';
import type { ConvolutionFlags, LoopConvolution } from './convolution-commands.ts';
import type { LoopLoad, LoopStore, LoopTile, Places, Starts, UnrolledLoop } from './loop-matmul.ts';
import { accumulatorAddress } from './operands.ts';

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
/** A convolution sets configurations of its own: of loads, and of strides where channels come first. */
export function configureFor(loop: LoopConvolution, flags: ConvolutionFlags, dim: number, configuration: Configuration): void {
  const sizes = footprint(loop, flags, dim);
  const common = { scale: 1, pixels: 1, shrunk: false } satisfies Partial<LoadConfiguration>;
  let weightStride = loop.weightStride;
  if (flags.depthwise) weightStride = 1;
  else if (flags.weightsChannelFirst) weightStride = loop.kernel * loop.kernel * loop.outChannels;
  else if (flags.weightsSwapped) weightStride = loop.inChannels;
  const inStride = (flags.inputChannelFirst ? loop.batch : loop.inStride) << (flags.downsampled ? 1 : 0);
  configuration.loads[0] = { ...common, stride: inStride, blockStride: sizes.inputs, pixels: flags.pixels };
  configuration.loads[1] = { ...common, stride: weightStride, blockStride: sizes.weights };
  configuration.loads[2] = { ...common, stride: 0, blockStride: sizes.sums };
  if (flags.inputChannelFirst) configuration.execute = { ...configuration.execute, strideA: sizes.plane, strideC: loop.rows * loop.cols };
}

/** That of its stores while it pools. */
export const poolingStore = (loop: LoopConvolution, { relu }: ConvolutionFlags, { scale }: StoreConfiguration): StoreConfiguration => ({
  ...{ stride: loop.outStride, scale, relu },
  pooling: {
    ...{ stride: loop.poolStride, size: loop.poolSize, upperPad: loop.poolUpperPad, leftPad: loop.poolLeftPad },
    ...{ outDim: loop.poolOutCols, pooledRows: loop.pooledRows, pooledCols: loop.pooledCols, rows: loop.rows, cols: loop.cols },
  },
});

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
