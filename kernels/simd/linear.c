#include "simd.h"
#include "product.h"

BW_INLINE void linear(int is_signed, int32_t rows, int32_t depth, int32_t outputs, const uint8_t *x, const int16_t *w,
                      void *scratch, int32_t *y)
{
  int16_t *packed = scratch;
  int32_t widest = depth < BW_LINEAR_DEPTH ? depth : BW_LINEAR_DEPTH;
  int32_t *part = (int32_t *)(packed + BW_LINEAR_ROWS * ((widest + 7) / 8 * 8));
  for (int32_t k = 0; k < depth; k += BW_LINEAR_DEPTH) {
    int32_t block = depth - k < BW_LINEAR_DEPTH ? depth - k : BW_LINEAR_DEPTH;
    int32_t pairs = (block + 1) / 2;
    for (int32_t row = 0; row < rows; row += BW_LINEAR_ROWS) {
      int32_t count = rows - row < BW_LINEAR_ROWS ? rows - row : BW_LINEAR_ROWS;
      pack_rows(is_signed ? BW_I8 : BW_U8, count, block, x + row * depth + k, depth, packed);
      multiply_block(count, pairs, outputs, packed, w, k > 0, part, y + row * outputs);
    }
    w += (outputs + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS * 2 * pairs;
  }
}

void bw_packed_linear_i8(int32_t rows, int32_t depth, int32_t outputs, const int8_t *x, const int16_t *w, void *scratch, int32_t *y)
{
  linear(1, rows, depth, outputs, (const uint8_t *)x, w, scratch, y);
}

void bw_packed_linear_u8(int32_t rows, int32_t depth, int32_t outputs, const uint8_t *x, const int16_t *w, void *scratch, int32_t *y)
{
  linear(0, rows, depth, outputs, x, w, scratch, y);
}
