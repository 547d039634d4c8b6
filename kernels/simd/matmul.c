#include "product.h"
#include "simd.h"

enum { ROW_BLOCK = 64 };

/* b as the columns of tiles: int16 [panels][pairs][8][2], filled up with zeros. */
static void pack_columns(const bw_matmul *shape, const int8_t *b, int16_t *packed)
{
  int32_t depth = shape->depth, columns = shape->columns, pairs = (depth + 1) / 2;
  int32_t along = shape->transpose ? 1 : columns, across = shape->transpose ? depth : 1;
  for (int32_t first = 0; first < columns; first += TILE_COLUMNS) {
    int32_t width = columns - first < TILE_COLUMNS ? columns - first : TILE_COLUMNS;
    for (int32_t pair = 0; pair < pairs; pair++, packed += 2 * TILE_COLUMNS) {
      const int8_t *from = b + 2 * pair * along + first * across;
      int32_t second = 2 * pair + 1 < depth;
      for (int32_t c = 0; c < width; c++) {
        packed[2 * c] = from[c * across];
        packed[2 * c + 1] = second ? from[c * across + along] : 0;
      }
      for (int32_t c = width; c < TILE_COLUMNS; c++) packed[2 * c] = packed[2 * c + 1] = 0;
    }
  }
}

/* What the rows of 16 bits without sign lack: 2^15 times the sum of each column. */
static void sum_columns(int32_t columns, int32_t pairs, const int16_t *packed, int32_t *sums)
{
  for (int32_t first = 0; first < columns; first += TILE_COLUMNS) {
    for (int32_t c = 0; c < TILE_COLUMNS; c++) sums[first + c] = 0;
    for (int32_t pair = 0; pair < pairs; pair++, packed += 2 * TILE_COLUMNS)
      for (int32_t c = 0; c < TILE_COLUMNS; c++) sums[first + c] += packed[2 * c] + packed[2 * c + 1];
    for (int32_t c = 0; c < TILE_COLUMNS; c++) sums[first + c] = (int32_t)((uint32_t)sums[first + c] << 15);
  }
}

static void add_to_rows(int32_t rows, int32_t columns, const int32_t *sums, int32_t *y)
{
  for (int32_t row = 0; row < rows; row++, y += columns) {
    int32_t c = 0;
    for (; c + 4 <= columns; c += 4) store(y + c, add_x32(load(y + c), load(sums + c)));
    for (; c < columns; c++) y[c] = (int32_t)((uint32_t)y[c] + (uint32_t)sums[c]);
  }
}

BW_INLINE void matmul(enum bw_type type, int32_t size, const bw_matmul *shape, const uint8_t *a, const int8_t *b, void *scratch, int32_t *y)
{
  int32_t depth = shape->depth, columns = shape->columns, pairs = (depth + 1) / 2;
  int32_t filled = (columns + TILE_COLUMNS - 1) / TILE_COLUMNS * TILE_COLUMNS;
  int32_t *part = scratch, *sums = part + TILE_ROWS * TILE_COLUMNS;
  int16_t *right = (int16_t *)(sums + filled), *left = right + 2 * filled * pairs;
  for (int32_t n = 0; n < shape->batch; n++, b += depth * columns) {
    pack_columns(shape, b, right);
    if (type == BW_U16) sum_columns(columns, pairs, right, sums);
    for (int32_t row = 0; row < shape->rows; row += ROW_BLOCK) {
      int32_t count = shape->rows - row < ROW_BLOCK ? shape->rows - row : ROW_BLOCK;
      pack_rows(type, count, depth, a, depth, left);
      multiply_block(count, pairs, columns, left, right, 0, part, y);
      if (type == BW_U16) add_to_rows(count, columns, sums, y);
      a += count * depth * size;
      y += count * columns;
    }
  }
}

void bw_packed_matmul_i8_i8(const bw_matmul *shape, const int8_t *a, const int8_t *b, void *scratch, int32_t *y)
{
  matmul(BW_I8, 1, shape, (const uint8_t *)a, b, scratch, y);
}

void bw_packed_matmul_u8_i8(const bw_matmul *shape, const uint8_t *a, const int8_t *b, void *scratch, int32_t *y)
{
  matmul(BW_U8, 1, shape, a, b, scratch, y);
}

void bw_packed_matmul_u16_i8(const bw_matmul *shape, const uint16_t *a, const int8_t *b, void *scratch, int32_t *y)
{
  matmul(BW_U16, 2, shape, (const uint8_t *)a, b, scratch, y);
}
