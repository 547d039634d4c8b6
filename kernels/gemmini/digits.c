#include "gemmini/digits.h"

#include "arithmetic.h"
#include "gemmini/gemmini.h"
#include "gemmini/product.h"
#include "rocket/rocket.h"

/* Areas of the scratchpad that take turns: each has as many rows as a line has bytes, whatever the array's size. */
enum { BW_AREAS = 8 };

void bw_gemmini_begin_spread(int32_t count, int32_t columns, int32_t dim_bits, const int8_t *x, int8_t *y)
{
  const int32_t dim = 1 << dim_bits;
  gemmini_configure_loads(0, columns, dim);
  gemmini_configure_stores(2 * columns);
  for (int32_t column = 0; column < columns; column += GEMMINI_LINE) {
    const int32_t width = bw_least(GEMMINI_LINE, columns - column);
    gemmini_load(0, 0, gemmini_block(0, dim, width)); /* zeros, in the first area */
    int32_t area = 1;
    for (int32_t row = 0; row < count; row += dim) {
      const int32_t rows = bw_least(dim, count - row);
      int8_t *const to = y + 2 * row * columns + column;
      const uint32_t at = (uint32_t)(area * GEMMINI_LINE);
      gemmini_load(0, x + row * columns + column, gemmini_block(at, rows, width));
      gemmini_store(to, gemmini_block(0, rows, width));
      gemmini_store(to + columns, gemmini_block(at, rows, width));
      area = area == BW_AREAS - 1 ? 1 : area + 1;
    }
    gemmini_store(y + 2 * count * columns + column, gemmini_block(0, 1, width));
  }
}

/* initial + 128 * the sum of each column of b: twice a row of 64. */
static void begin_corrections(const bw_gemmini_digit_matmul *shape, const int8_t *b, const int8_t *halves, const int32_t *initial,
                              int32_t *corrections)
{
  const int32_t depth = shape->depth, columns = shape->columns;
  const bw_gemmini_term half = {.left = halves, .right = b, .depth = depth, .right_stride = columns, .right_group = depth * columns};
  const bw_gemmini_term terms[] = {half, half};
  const bw_gemmini_product product = {
    .rows = 1, .columns = columns, .terms = 2, .initial = initial, .dim_bits = shape->dim_bits,
    .tile_rows = 1 << shape->dim_bits, .tile_columns = shape->tile_columns, .tile_depth = shape->tile_depth,
  };
  bw_gemmini_begin(&product, terms, 0, shape->groups, corrections);
}

/* What the sums of high and of low digits are made of. */
typedef struct {
  bw_gemmini_product high, low;
  bw_gemmini_term high_term, low_term;
} products;

static void begin_chunk(const bw_gemmini_digit_matmul *shape, products *of, int32_t group, int32_t row, const int32_t *corrections, int32_t *sums)
{
  const int32_t columns = shape->columns, rows = bw_least(shape->chunk, shape->rows - row), first = group * shape->rows + row;
  of->low.initial = corrections + (shape->groups + group) * columns;
  if (shape->both) of->high.initial = corrections + group * columns;
  bw_gemmini_begin(&of->high, &of->high_term, first, rows, sums);
  bw_gemmini_begin(&of->low, &of->low_term, first, rows, sums + shape->chunk * columns);
}

void bw_gemmini_digit_matmul_i8(const bw_gemmini_digit_matmul *shape, const void *digits, const int8_t *b, const int8_t *halves,
                                const int32_t *initial, const double *m, const bw_gemmini_digit_places *places, int8_t *y)
{
  const int32_t depth = shape->depth, columns = shape->columns, plane = shape->chunk * columns;
  const bw_gemmini_product product = {
    .rows = shape->rows, .columns = columns, .terms = 1, .dim_bits = shape->dim_bits,
    .tile_rows = shape->tile_rows, .tile_columns = shape->tile_columns, .tile_depth = shape->tile_depth,
  };
  const bw_gemmini_term term = {
    .left = digits, .right = places->spread, .depth = 2 * depth, .left_stride = 2 * depth, .right_stride = columns,
    .left_group = 2 * depth * shape->rows, .right_group = 2 * depth * columns,
  };
  products of = {.high = product, .low = product, .high_term = term, .low_term = term};
  of.low_term.right += columns;
  of.high.initial = initial;

  bw_gemmini_begin_spread(shape->groups * depth, columns, shape->dim_bits, b, places->spread);
  gemmini_configure_products(GEMMINI_AS_STORED);
  begin_corrections(shape, b, halves, initial + columns, places->corrections + shape->groups * columns);
  if (shape->both) begin_corrections(shape, b, halves, initial, places->corrections);
  gemmini_fence();
  begin_chunk(shape, &of, 0, 0, places->corrections, places->sums);
  int32_t turn = 0;
  for (int32_t group = 0, row = 0; group < shape->groups; turn = 1 - turn) {
    const int32_t *const sums = places->sums + 2 * turn * plane;
    const int32_t rows = bw_least(shape->chunk, shape->rows - row), ends = row + rows == shape->rows;
    const int32_t next_group = group + ends, next_row = ends ? 0 : row + rows;
    gemmini_fence();
    if (next_group < shape->groups) {
      begin_chunk(shape, &of, next_group, next_row, places->corrections, places->sums + 2 * (1 - turn) * plane);
    }
    int8_t *const to = y + group * shape->group_stride + row * shape->row_stride;
    bw_rocket_join_requantise_i8(rows, columns, sums, sums + plane, shape->more, *m, to, shape->row_stride);
    group = next_group;
    row = next_row;
  }
}
