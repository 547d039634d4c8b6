import { expect, test } from 'vitest';
import { gemmini } from '../../../../src/hardware/gemmini.ts';
import { type Measurement, measure } from '../measure.ts';
import { type Convolution, type ConvolutionTile, chooseConvolution, pixelsOf, sizesOf } from './tiling.ts';

/** The definition in plain loops: how many results differ. Sums times 1/128 are rounded as the core rounds. */
const slow = `
static int32_t rounded(int32_t sum)
{
  int32_t result;
  __asm__("fcvt.w.s %0, %1, rne" : "=r"(result) : "f"((float)sum * (1.0f / 128)));
  return result > 127 ? 127 : result < 0 ? 0 : result;
}

static int32_t summed(const bw_gemmini_convolution *s, int32_t i, int32_t j, int32_t o)
{
  int32_t sum = bias[o];
  for (int32_t u = 0; u < s->kernel; u++) {
    for (int32_t v = 0; v < s->kernel; v++) {
      const int32_t row = i * s->stride + u - s->padding, column = j * s->stride + v - s->padding;
      if (row < 0 || column < 0 || row >= s->size || column >= s->size) continue;
      for (int32_t c = 0; c < s->channels; c++) {
        sum += left[(row * s->size + column) * s->channels + c] * right[((u * s->kernel + v) * s->channels + c) * s->outputs + o];
      }
    }
  }
  return rounded(sum);
}

static uint64_t mistakes(const bw_gemmini_convolution *s)
{
  uint64_t count = 0;
  const int32_t size = s->pool_size ? s->pooled_size : s->out_size, window = s->pool_size ? s->pool_size : 1;
  for (int32_t i = 0; i < size; i++) {
    for (int32_t j = 0; j < size; j++) {
      for (int32_t o = 0; o < s->outputs; o++) {
        int32_t best = 0;
        for (int32_t place = 0; place < window * window; place++) {
          const int32_t row = s->pool_size ? i * s->pool_stride + place / window - s->pool_padding : i;
          const int32_t column = s->pool_size ? j * s->pool_stride + place % window - s->pool_padding : j;
          if (row < 0 || column < 0 || row >= s->out_size || column >= s->out_size) continue;
          const int32_t value = summed(s, row, column, o);
          best = value > best ? value : best;
        }
        count += ((const int8_t *)sums)[(i * size + j) * s->outputs + o] != best;
      }
    }
  }
  return count;
}

static void fill(void)
{
  uint32_t state = 1;
  for (int32_t i = 0; i < 1 << 14; i++) left[i] = (int8_t)((state = state * 1664525u + 1013904223u) >> 24);
  for (int32_t i = 0; i < 1 << 15; i++) right[i] = (int8_t)((int8_t)((state = state * 1664525u + 1013904223u) >> 24) / 4);
  for (int32_t i = 0; i < 128; i++) bias[i] = (int32_t)((state = state * 1664525u + 1013904223u) >> 18) - 8192;
}
`;

interface Trial extends Convolution {
  readonly tile?: ConvolutionTile;
}
const trial = (size: number, channels: number, outputs: number, kernel: number, stride: number, padding: number): Convolution => ({
  ...{ size, channels, outputs, kernel, stride, padding, biased: true },
});
const trials: readonly Trial[] = [
  { ...trial(6, 3, 4, 3, 1, 1), tile: { rows: 2, columns: 3, outputs: 4, channels: 3 } },
  { ...trial(7, 20, 18, 3, 2, 1), tile: { rows: 4, columns: 2, outputs: 18, channels: 16 } },
  { ...trial(11, 16, 70, 1, 1, 0), tile: { rows: 3, columns: 11, outputs: 32, channels: 16 } },
  trial(12, 16, 64, 5, 2, 2),
  trial(12, 3, 20, 5, 2, 2),
  trial(9, 80, 10, 3, 1, 1),
  { ...trial(12, 5, 20, 3, 1, 1), pool: { size: 3, stride: 2, padding: 1 }, tile: { rows: 2, columns: 3, outputs: 16, channels: 5 } },
  { ...trial(12, 5, 20, 3, 1, 1), pool: { size: 2, stride: 2, padding: 0 } },
];

function measurementOf(given: Trial, index: number): Measurement {
  const chosen = given.tile ?? chooseConvolution(given, gemmini)!;
  const { sums, results } = sizesOf(given);
  const pool = given.pool ?? { size: 0, stride: 0, padding: 0 };
  return {
    declarations: `${index === 0 ? '  fill();' : ''}
  static const bw_gemmini_convolution shape = {
    .size = ${given.size}, .channels = ${given.channels}, .out_size = ${sums}, .outputs = ${given.outputs}, .kernel = ${given.kernel},
    .stride = ${given.stride}, .padding = ${given.padding}, .pool_size = ${pool.size}, .pool_stride = ${pool.stride},
    .pool_padding = ${pool.padding}, .pooled_size = ${results}, .scale = 0x3c000000, .relu = 1, .pixels = ${pixelsOf(given, gemmini)},
    .tile_rows = ${chosen.rows}, .tile_columns = ${chosen.columns}, .tile_outputs = ${chosen.outputs}, .tile_channels = ${chosen.channels},
  };`,
    statements: `bw_gemmini_convolve(&shape, left, right, bias, (int8_t *)sums);
    gemmini_fence();`,
    passes: 1,
    result: 'mistakes(&shape)',
  };
}

test('convolutions that the hardware unrolls give the integers of plain loops, in tiles of any size, with borders, steps and windows', async () => {
  const mistakes = await measure(['loop-conv/convolution.h'], ['loop-conv/convolution.c'], trials.map(measurementOf), slow);
  expect(mistakes).toEqual(trials.map(() => 0));
});
