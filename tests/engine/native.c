/* The vector kernels of bw_simd_ beside the portable ones on random values, compiled natively: prints how many results differ. */
#include "../../kernels/simd/simd.h"
#include <stdio.h>
#include <string.h>

enum { MOST = 4096 };

static uint32_t state = 1;
static uint32_t next(uint32_t limit)
{
  state = state * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)(state >> 4) * limit) >> 28);
}

static int32_t acc[MOST], multipliers[MOST], sums[2][MOST];
static int64_t wide[MOST], biases[MOST];
static uint8_t exponents[MOST], bytes[2][MOST], results[2][MOST];
static int16_t packed[MOST * 2];
static int32_t scratch[64 * 1032 + 32];

static int differ(size_t size)
{
  return memcmp(results[0], results[1], size) != 0;
}

static int try_dyadic(void)
{
  bw_channels shape = {1 + (int32_t)next(2), 1 + (int32_t)next(20), 1 + (int32_t)next(40), -128, 127};
  size_t size = (size_t)(shape.outer * shape.channels * shape.inner);
  for (size_t i = 0; i < size; i++) {
    acc[i] = (int32_t)next(1u << 24) - (1 << 23);
    bytes[0][i] = (uint8_t)next(256);
    bytes[1][i] = (uint8_t)next(256);
  }
  for (int32_t c = 0; c < shape.channels; c++) {
    exponents[c] = (uint8_t)(30 + next(20));
    multipliers[c] = (int32_t)next(1u << 27) * (next(2) ? 16 : -16);
    biases[c] = ((int64_t)next(64) - 32) * ((int64_t)1 << (exponents[c] - 1));
    wide[2 * c] = (int64_t)multipliers[c] / 64;
    wide[2 * c + 1] = (int64_t)(next(1u << 27) | 1) * ((int64_t)1 << next(12));
  }
  int different = 0;
  bw_dyadic_i32_i8(&shape, acc, multipliers, biases, exponents, (int8_t *)results[0]);
  bw_simd_dyadic_i32_i8(&shape, acc, multipliers, biases, exponents, (int8_t *)results[1]);
  different += differ(size);
  bw_view terms[2] = {{acc, BW_I32}, {bytes[0], BW_U8}};
  bw_dyadic_sum_i8(&shape, 2, terms, wide, biases, exponents, (int8_t *)results[0]);
  bw_simd_dyadic_sum_i8(&shape, 2, terms, wide, biases, exponents, (int8_t *)results[1]);
  return different + differ(size);
}

static int try_pools(void)
{
  int32_t height = 2 + (int32_t)next(20), width = 2 + (int32_t)next(40);
  bw_window window = {1, 2, height, width, 2, 2, 2, 2, 0, 0, height / 2, width / 2};
  size_t size = (size_t)(2 * (height / 2) * (width / 2));
  bw_max_pool_i8(&window, (int8_t *)bytes[0], (int8_t *)results[0]);
  bw_simd_max_pool_i8(&window, (int8_t *)bytes[0], (int8_t *)results[1]);
  bw_window_sum_u8(&window, bytes[1], sums[0]);
  bw_simd_window_sum_u8(&window, bytes[1], sums[1]);
  return differ(size) + (memcmp(sums[0], sums[1], size * sizeof(int32_t)) != 0);
}

static int try_linear(void)
{
  int32_t rows = 1 + (int32_t)next(9), depth = 1 + (int32_t)next(40), outputs = 1 + (int32_t)next(20), pairs = (depth + 1) / 2;
  const int8_t *weights = (int8_t *)bytes[1];
  memset(packed, 0, sizeof packed);
  for (int32_t o = 0; o < outputs; o++)
    for (int32_t k = 0; k < depth; k++) packed[((o / 8 * pairs + k / 2) * 8 + o % 8) * 2 + k % 2] = weights[o * depth + k];
  bw_linear_u8(rows, depth, outputs, bytes[0], weights, sums[0]);
  bw_packed_linear_u8(rows, depth, outputs, bytes[0], packed, scratch, sums[1]);
  return memcmp(sums[0], sums[1], (size_t)(rows * outputs) * sizeof(int32_t)) != 0;
}

static int try_ivit(void)
{
  static double factors[2 * MOST];
  static float scales[MOST], reals[MOST];
  static int16_t words[2][MOST];
  bw_channels shape = {1 + (int32_t)next(4), 1 + (int32_t)next(40), 1 + (int32_t)next(3), -32768, 32767};
  int32_t size = shape.outer * shape.channels * shape.inner;
  for (int32_t i = 0; i < size; i++) {
    acc[i] = (int32_t)((next(1u << 16) << 16 | next(1u << 16)) - (1u << 31)) >> next(20);
    words[0][i] = (int16_t)next(1u << 16);
  }
  for (int32_t c = 0; c < 2 * shape.channels; c++) factors[c] = ((double)next(2000) - 1000.0) / (1u << next(20));
  for (int32_t c = 0; c < shape.channels; c++) scales[c] = ((float)next(2000) - 1000.5f) / 3e5f;
  bw_ivit_requantise_i32_i16(&shape, acc, factors, (int16_t *)results[0]);
  bw_simd_ivit_requantise_i32_i16(&shape, acc, factors, (int16_t *)results[1]);
  int different = differ((size_t)size * 2);
  for (int32_t i = 0; i < size; i++) reals[i] = (float)acc[i] * 3.0f;
  bw_ivit_rescale_f32_i16(&shape, reals, scales, factors, (int16_t *)results[0]);
  bw_simd_ivit_rescale_f32_i16(&shape, reals, scales, factors, (int16_t *)results[1]);
  different += differ((size_t)size * 2);
  bw_ivit_residual both = {1, 1, size, size, -32768, 32767};
  bw_view terms[2] = {{words[0], BW_I16}, {words[0], BW_I16}};
  bw_ivit_residual_i16(&both, terms, factors, (int16_t *)results[0]);
  bw_simd_ivit_residual_i16(&both, terms, factors, (int16_t *)results[1]);
  return different + differ((size_t)size * 2);
}

/* Steps of a scale of 1 are integers, whose squares often add up to the middle between two floats. */
static int try_rows(void)
{
  static float biases_of[MOST], floats[2][MOST];
  static int32_t table[1 << 16];
  static int16_t words[MOST];
  static const float scales[] = {1.0f, 0.05f, 0.00031f};
  const int32_t rows = 1 + (int32_t)next(9), columns = 1 + (int32_t)next(400), size = rows * columns;
  const float scale = scales[next(3)];
  for (int32_t i = 0; i < size; i++) words[i] = (int16_t)((int32_t)(next(1u << 16) - (1u << 15)) >> next(10));
  for (int32_t j = 0; j < columns; j++) biases_of[j] = ((float)next(1u << 20) - 524288.0f) * 1e3f;
  if (table[0] == 0) for (int32_t i = 0; i < 1 << 16; i++) table[i] = 1 + (int32_t)(next(1u << 20) >> next(20));
  bw_ivit_layer_norm_i16_f32(rows, columns, scale, words, biases_of, floats[0]);
  bw_simd_ivit_layer_norm_i16_f32(rows, columns, scale, words, biases_of, floats[1]);
  int different = memcmp(floats[0], floats[1], (size_t)size * sizeof(float)) != 0;
  const int8_t *const x = (const int8_t *)words;
  bw_ivit_layer_norm_i8_f32(rows, columns, scale, x, biases_of, floats[0]);
  bw_simd_ivit_layer_norm_i8_f32(rows, columns, scale, x, biases_of, floats[1]);
  different += memcmp(floats[0], floats[1], (size_t)size * sizeof(float)) != 0;
  const bw_ivit_rows shape = {rows, columns, 1, rows};
  bw_ivit_table_softmax_u16(&shape, x, table, (uint16_t *)sums[0]);
  bw_simd_ivit_table_softmax_u16(&shape, x, table, (uint16_t *)sums[1]);
  different += memcmp(sums[0], sums[1], (size_t)size * 2) != 0;
  bw_ivit_table_softmax_u8(&shape, x, table, results[0]);
  bw_simd_ivit_table_softmax_u8(&shape, x, table, results[1]);
  different += differ((size_t)size);
  bw_row_lookup_i8_i8(rows, columns, x, (const int8_t *)table, (int8_t *)results[0]);
  bw_simd_row_lookup_i8_i8(rows, columns, x, (const int8_t *)table, (int8_t *)results[1]);
  return different + differ((size_t)size);
}

static int try_matmul(void)
{
  bw_matmul shape = {1 + (int32_t)next(2), 1 + (int32_t)next(9), 1 + (int32_t)next(20), 1 + (int32_t)next(12), (int32_t)next(2)};
  size_t size = (size_t)(shape.batch * shape.rows * shape.columns);
  bw_matmul_u16_i8(&shape, (const uint16_t *)acc, (const int8_t *)bytes[1], sums[0]);
  bw_packed_matmul_u16_i8(&shape, (const uint16_t *)acc, (const int8_t *)bytes[1], scratch, sums[1]);
  return memcmp(sums[0], sums[1], size * sizeof(int32_t)) != 0;
}

int main(void)
{
  int different = 0;
  for (int round = 0; round < 2000; round++) {
    different += try_dyadic() + try_pools() + try_linear() + try_ivit() + try_matmul() + try_rows();
  }
  printf("%d\n", different);
  return 0;
}
