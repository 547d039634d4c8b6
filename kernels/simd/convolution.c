#include "grid.h"
#include "tile.h"

/* Four outputs at the positions of a block of lines, `quads` times four in each line. */
static void multiply_block(const bw_simd_window *s, int32_t lines, int32_t quads, const int16_t *grid, const int16_t *w,
                           const int32_t *offsets, int32_t *sums)
{
  const int16_t *line = grid, *places[2];
  int32_t quad = 0, held = 0;
  for (int32_t count = lines * quads; count > 0; count--) {
    places[held++] = line + 8 * quad;
    if (++quad == quads) {
      quad = 0;
      line += 2 * s->pitch;
    }
    if (held == 2) {
      spread_tile(2, w, places, offsets, s->steps, sums, s->block);
      sums += TILE_COLUMNS;
      held = 0;
    }
  }
  if (held) spread_tile(1, w, places, offsets, s->steps, sums, s->block);
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
    int32_t lines = s->quads ? rows : 1, quads = s->quads ? s->quads : ((rows - 1) * s->pitch + s->out_width + 3) / 4;
    const int16_t *weights = w;
    for (int32_t o = 0; o < s->outputs; o += TILE_ROWS, weights += 2 * TILE_ROWS * s->steps) {
      multiply_block(s, lines, quads, grid + 2 * row * s->pitch, weights, offsets, sums);
      for (int32_t r = 0; r < TILE_ROWS && o + r < s->outputs; r++) {
        int32_t *to = y + (o + r) * out_plane + row * s->out_width;
        store_rows(sums + r * s->block, s->quads ? 4 * s->quads : s->pitch, rows, s->out_width, to);
      }
    }
  }
}

BW_INLINE void convolution(int is_signed, const bw_simd_window *s, const uint8_t *x, const int16_t *w, const int32_t *offsets,
                           void *scratch, int32_t *y)
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

void bw_packed_convolution_i8(const bw_simd_window *window, const int8_t *x, const int16_t *w, const int32_t *offsets,
                              void *scratch, int32_t *y)
{
  convolution(1, window, (const uint8_t *)x, w, offsets, scratch, y);
}

void bw_packed_convolution_u8(const bw_simd_window *window, const uint8_t *x, const int16_t *w, const int32_t *offsets,
                              void *scratch, int32_t *y)
{
  convolution(0, window, x, w, offsets, scratch, y);
}
