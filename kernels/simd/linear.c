#include "simd.h"
#include "tile.h"

/*
 * Rows of x as the broadcast side of a tile: int16 [rows/4][pairs][4][2], eight values of four rows at a time. The last row stands in for
 * those that are not there, an odd depth is filled up with zeros.
 */
BW_INLINE void pack_rows(int is_signed, int32_t rows, int32_t depth, const uint8_t *x, int32_t stride, int16_t *packed)
{
  int32_t pairs = (depth + 1) / 2;
  for (int32_t first = 0; first < rows; first += TILE_ROWS, packed += 2 * TILE_ROWS * pairs) {
    const uint8_t *from[TILE_ROWS];
    for (int r = 0; r < TILE_ROWS; r++) from[r] = x + (first + r < rows ? first + r : rows - 1) * stride;
    int32_t k = 0;
    for (; k + 8 <= depth; k += 8) {
      vector row[TILE_ROWS];
      for (int r = 0; r < TILE_ROWS; r++) {
        vector bytes = load_8_bytes(from[r] + k);
        row[r] = is_signed ? widen_low_i8(bytes) : widen_low_u8(bytes);
      }
      vector low01 = interleave_low_x32(row[0], row[1]), low23 = interleave_low_x32(row[2], row[3]);
      vector high01 = interleave_high_x32(row[0], row[1]), high23 = interleave_high_x32(row[2], row[3]);
      store(packed + 4 * k, interleave_low_x64(low01, low23));
      store(packed + 4 * k + 8, interleave_high_x64(low01, low23));
      store(packed + 4 * k + 16, interleave_low_x64(high01, high23));
      store(packed + 4 * k + 24, interleave_high_x64(high01, high23));
    }
    for (; k < 2 * pairs; k++) {
      for (int r = 0; r < TILE_ROWS; r++) {
        uint8_t value = k < depth ? from[r][k] : 0;
        packed[(k / 2 * TILE_ROWS + r) * 2 + k % 2] = is_signed ? (int8_t)value : value;
      }
    }
  }
}

/* The part of a tile that lies within y. */
static void store_part(const int32_t *sums, int32_t rows, int32_t columns, int add, int32_t *y, int32_t stride)
{
  for (int32_t r = 0; r < rows; r++)
    for (int32_t c = 0; c < columns; c++) y[r * stride + c] = sums[r * TILE_COLUMNS + c] + (add ? y[r * stride + c] : 0);
}

/* A tile at the end of the rows or of the outputs. */
static void partial_tile(const int16_t *left, const int16_t *w, int32_t pairs, int32_t rows, int32_t columns, int add,
                         int32_t *part, int32_t *y, int32_t stride)
{
  if (rows == 1) tile(1, left, w, pairs, 0, part, TILE_COLUMNS);
  else tile(TILE_ROWS, left, w, pairs, 0, part, TILE_COLUMNS);
  store_part(part, rows, columns, add, y, stride);
}

/* Rows by rows over all panels, so that a block of rows stays in the first-level cache while the weights pass by. */
static void multiply_block(int32_t rows, int32_t pairs, int32_t outputs, const int16_t *packed, const int16_t *w, int add, int32_t *part,
                           int32_t *y)
{
  for (int32_t column = 0; column < outputs; column += TILE_COLUMNS, w += 2 * TILE_COLUMNS * pairs) {
    for (int32_t row = 0; row < rows; row += TILE_ROWS) {
      const int16_t *left = packed + 2 * row * pairs;
      int32_t *to = y + row * outputs + column;
      if (row + TILE_ROWS <= rows && column + TILE_COLUMNS <= outputs) {
        if (add) tile(TILE_ROWS, left, w, pairs, 1, to, outputs);
        else tile(TILE_ROWS, left, w, pairs, 0, to, outputs);
      } else {
        int32_t inside = rows - row < TILE_ROWS ? rows - row : TILE_ROWS;
        int32_t width = outputs - column < TILE_COLUMNS ? outputs - column : TILE_COLUMNS;
        partial_tile(left, w, pairs, inside, width, add, part, to, outputs);
      }
    }
  }
}

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
      pack_rows(is_signed, count, block, x + row * depth + k, depth, packed);
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
