/* Products of matrices, tile by tile: packing of the rows, and what is to be done at the ends of rows and columns. */
#ifndef BW_SIMD_PRODUCT_H
#define BW_SIMD_PRODUCT_H

#include "../bitwright.h"
#include "tile.h"

/* An element, and the eight from there on, as 16 bits with sign. */
BW_INLINE int16_t one_of(enum bw_type type, const void *x, int32_t at)
{
  if (type == BW_I8) return ((const int8_t *)x)[at];
  if (type == BW_U8) return ((const uint8_t *)x)[at];
  if (type == BW_I16) return ((const int16_t *)x)[at];
  return (int16_t)(((const uint16_t *)x)[at] - 32768);
}

BW_INLINE vector eight_of(enum bw_type type, const void *x, int32_t at)
{
  if (type == BW_I8) return widen_low_i8(load_8_bytes((const int8_t *)x + at));
  if (type == BW_U8) return widen_low_u8(load_8_bytes((const uint8_t *)x + at));
  vector words = load((const int16_t *)x + at);
  return type == BW_I16 ? words : add_x16(words, splat_x16(INT16_MIN));
}

/*
 * Rows of x as the broadcast side of a tile: int16 [rows/4][pairs][4][2], eight values of four rows at a time. The last row stands in for
 * those that are not there, an odd depth is filled up with zeros. Of 16 bits without sign, 2^15 is subtracted.
 */
BW_INLINE void pack_rows(enum bw_type type, int32_t rows, int32_t depth, const void *x, int32_t stride, int16_t *packed)
{
  int32_t pairs = (depth + 1) / 2;
  for (int32_t first = 0; first < rows; first += TILE_ROWS, packed += 2 * TILE_ROWS * pairs) {
    int32_t from[TILE_ROWS];
    for (int r = 0; r < TILE_ROWS; r++) from[r] = (first + r < rows ? first + r : rows - 1) * stride;
    int32_t k = 0;
    for (; k + 8 <= depth; k += 8) {
      vector row[TILE_ROWS];
      for (int r = 0; r < TILE_ROWS; r++) row[r] = eight_of(type, x, from[r] + k);
      vector low01 = interleave_low_x32(row[0], row[1]), low23 = interleave_low_x32(row[2], row[3]);
      vector high01 = interleave_high_x32(row[0], row[1]), high23 = interleave_high_x32(row[2], row[3]);
      store(packed + 4 * k, interleave_low_x64(low01, low23));
      store(packed + 4 * k + 8, interleave_high_x64(low01, low23));
      store(packed + 4 * k + 16, interleave_low_x64(high01, high23));
      store(packed + 4 * k + 24, interleave_high_x64(high01, high23));
    }
    for (; k < 2 * pairs; k++) {
      for (int r = 0; r < TILE_ROWS; r++) {
        packed[(k / 2 * TILE_ROWS + r) * 2 + k % 2] = k < depth ? one_of(type, x, from[r] + k) : 0;
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

#endif
