#include "gemmini/product.h"

static int32_t least(int32_t a, int32_t b)
{
  return a < b ? a : b;
}

static gemmini_axis in_blocks(int32_t size, int32_t dim)
{
  const int32_t blocks = (size + dim - 1) / dim;
  return (gemmini_axis){.blocks = blocks, .lacking = blocks * dim - size};
}

/* Strides that are configured: commands that change nothing are left out. */
typedef struct {
  int32_t left, right;
} strides;

static void configure(const bw_gemmini_term *term, int32_t dim, strides *now)
{
  if (term->left_stride != now->left) gemmini_configure_loads(0, now->left = term->left_stride, dim);
  if (term->right_stride != now->right) gemmini_configure_loads(1, now->right = term->right_stride, dim);
}

/* One block of sums: all terms, one after the other, are added in the accumulator. `loop` has its rows, columns and result. */
static void begin_tile(const bw_gemmini_product *product, const bw_gemmini_term *terms, int32_t group, int32_t row, int32_t column,
                       gemmini_loop *loop, strides *now)
{
  int32_t *const result = loop->result;
  loop->accumulate = 0;
  for (const bw_gemmini_term *term = terms; term < terms + product->terms; term++) {
    const int8_t *const left = term->left + group * term->left_group + row * term->left_stride;
    const int8_t *const right = term->right + group * term->right_group + column * (product->transposed ? term->right_stride : 1);
    configure(term, product->dim, now);
    loop->left_stride = term->left_stride;
    loop->right_stride = term->right_stride;
    for (int32_t k = 0; k < term->depth; k += product->tile_depth) {
      const int32_t depth = least(product->tile_depth, term->depth - k);
      const int last = term == terms + product->terms - 1 && k + depth == term->depth;
      loop->left = left + k;
      loop->right = right + k * (product->transposed ? 1 : term->right_stride);
      loop->depth = in_blocks(depth, product->dim);
      loop->bias = product->initial && !loop->accumulate ? product->initial + column : 0;
      loop->result = last ? result : 0;
      gemmini_multiply(loop);
      loop->accumulate = 1;
    }
  }
}

void bw_gemmini_begin(const bw_gemmini_product *product, const bw_gemmini_term *terms, int32_t first, int32_t count, int32_t *sums)
{
  gemmini_loop loop = {.result_stride = product->columns, .transposed = product->transposed};
  strides now = {.left = -1, .right = -1};
  gemmini_configure_products(product->transposed);
  if (product->initial) gemmini_configure_loads(2, 0, product->dim);
  gemmini_configure_stores(product->columns * (int32_t)sizeof *sums);
  while (count > 0) {
    const int32_t group = first / product->rows, row = first % product->rows;
    const int32_t rows = least(least(product->tile_rows, product->rows - row), count);
    loop.rows = in_blocks(rows, product->dim);
    for (int32_t column = 0; column < product->columns; column += product->tile_columns) {
      loop.columns = in_blocks(least(product->tile_columns, product->columns - column), product->dim);
      loop.result = sums + column;
      begin_tile(product, terms, group, row, column, &loop, &now);
    }
    first += rows;
    count -= rows;
    sums += rows * product->columns;
  }
}
