#include "grid.h"

/*
 * Sixteen positions of one output: two taps at a time, their values interleaved so that one dot_i16 adds both products of four positions.
 */
BW_INLINE void multiply_16(const int16_t *grid, const int16_t *w, const int32_t *offsets, int32_t steps, int32_t *sums)
{
  vector sum[4] = {zero(), zero(), zero(), zero()};
  for (int32_t k = 0; k < steps; k++) {
    vector weights = load_splat_x32(w + 2 * k);
    for (int half = 0; half < 2; half++) {
      vector a = load(grid + offsets[2 * k] + 8 * half), b = load(grid + offsets[2 * k + 1] + 8 * half);
      sum[2 * half] = add_x32(sum[2 * half], dot_i16(interleave_low_x16(a, b), weights));
      sum[2 * half + 1] = add_x32(sum[2 * half + 1], dot_i16(interleave_high_x16(a, b), weights));
    }
  }
  for (int quarter = 0; quarter < 4; quarter++) store(sums + 4 * quarter, sum[quarter]);
}

BW_INLINE void depthwise(int is_signed, const bw_simd_window *s, const uint8_t *x, const int16_t *w, const int32_t *offsets, void *scratch,
                         int32_t *y)
{
  int16_t *grid = scratch;
  int32_t size = s->phases_height * s->phases_width * s->plane;
  int32_t *sums = (int32_t *)(grid + (size + 1) / 2 * 2);
  if (s->bordered) __builtin_memset(grid, 0, (uint32_t)size * sizeof(int16_t));
  for (int32_t image = 0; image < s->batch * s->groups; image++, x += s->height * s->width) {
    single_channel(is_signed, s, x, grid);
    const int16_t *weights = w + image % s->groups * s->outputs * 2 * s->steps;
    for (int32_t o = 0; o < s->outputs; o++, weights += 2 * s->steps) {
      for (int32_t row = 0; row < s->out_height; row += s->block_rows) {
        int32_t rows = s->out_height - row < s->block_rows ? s->out_height - row : s->block_rows;
        int32_t positions = (rows - 1) * s->pitch + s->out_width;
        for (int32_t p = 0; p < positions; p += 16) multiply_16(grid + row * s->pitch + p, weights, offsets, s->steps, sums + p);
        store_rows(sums, s->pitch, rows, s->out_width, y);
        y += rows * s->out_width;
      }
    }
  }
}

void bw_packed_depthwise_i8(const bw_simd_window *window, const int8_t *x, const int16_t *w, const int32_t *offsets, void *scratch,
                            int32_t *y)
{
  depthwise(1, window, (const uint8_t *)x, w, offsets, scratch, y);
}

void bw_packed_depthwise_u8(const bw_simd_window *window, const uint8_t *x, const int16_t *w, const int32_t *offsets,
                            void *scratch, int32_t *y)
{
  depthwise(0, window, x, w, offsets, scratch, y);
}
