#include "grid.h"
#include "tile.h"

/* Four outputs at all positions of a block of rows. */
static void multiply_block(const bw_simd_window *s, int32_t positions, const int16_t *grid, const int16_t *w, const int32_t *offsets, int32_t *sums)
{
  int32_t p = 0;
  for (; p + TILE_COLUMNS / 2 < positions; p += TILE_COLUMNS) tile(2, w, grid + 2 * p, offsets, s->steps, 0, sums + p, s->block);
  if (p < positions) tile(1, w, grid + 2 * p, offsets, s->steps, 0, sums + p, s->block);
}

/* One group of one image. */
BW_INLINE void convolve(int is_signed, const bw_simd_window *s, const uint8_t *x, const int16_t *w, const int32_t *offsets, int16_t *grid,
                        int32_t *sums, int32_t *y)
{
  int32_t plane = s->height * s->width, out_plane = s->out_height * s->out_width;
  int32_t pair = 2 * s->phases_height * s->phases_width * s->plane;
  int32_t pairs = (s->channels + 1) / 2;
  if (s->bordered) __builtin_memset(grid, 0, (uint32_t)(pairs * pair) * sizeof(int16_t));
  for (int32_t c = 0; c < s->channels; c += 2) {
    const uint8_t *channel = x + c * plane;
    pair_channels(is_signed, s, channel, c + 1 < s->channels ? channel + plane : 0, grid + c / 2 * pair);
  }
  for (int32_t row = 0; row < s->out_height; row += s->block_rows) {
    int32_t rows = s->out_height - row < s->block_rows ? s->out_height - row : s->block_rows;
    const int16_t *weights = w;
    for (int32_t o = 0; o < s->outputs; o += TILE_ROWS, weights += 2 * TILE_ROWS * s->steps) {
      multiply_block(s, (rows - 1) * s->pitch + s->out_width, grid + 2 * row * s->pitch, weights, offsets, sums);
      for (int32_t r = 0; r < TILE_ROWS && o + r < s->outputs; r++)
        store_rows(sums + r * s->block, s->pitch, rows, s->out_width, y + (o + r) * out_plane + row * s->out_width);
    }
  }
}

BW_INLINE void convolution(int is_signed, const bw_simd_window *s, const uint8_t *x, const int16_t *w, const int32_t *offsets, void *scratch,
                           int32_t *y)
{
  int32_t pairs = (s->channels + 1) / 2;
  int16_t *grid = scratch;
  int32_t *sums = (int32_t *)(grid + 2 * pairs * s->phases_height * s->phases_width * s->plane);
  int32_t filters = (s->outputs + TILE_ROWS - 1) / TILE_ROWS * TILE_ROWS * 2 * s->steps;
  for (int32_t n = 0; n < s->batch; n++) {
    for (int32_t g = 0; g < s->groups; g++) {
      convolve(is_signed, s, x, w + g * filters, offsets, grid, sums, y);
      x += s->channels * s->height * s->width;
      y += s->outputs * s->out_height * s->out_width;
    }
  }
}

void bw_packed_convolution_i8(const bw_simd_window *window, const int8_t *x, const int16_t *w, const int32_t *offsets, void *scratch, int32_t *y)
{
  convolution(1, window, (const uint8_t *)x, w, offsets, scratch, y);
}

void bw_packed_convolution_u8(const bw_simd_window *window, const uint8_t *x, const int16_t *w, const int32_t *offsets, void *scratch, int32_t *y)
{
  convolution(0, window, x, w, offsets, scratch, y);
}
