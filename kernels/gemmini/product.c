#include "gemmini/product.h"

#include "arithmetic.h"

static gemmini_axis in_blocks(int32_t size, int32_t dim_bits)
{
  const int32_t blocks = gemmini_blocks(size, dim_bits);
  return (gemmini_axis){.blocks = blocks, .lacking = (blocks << dim_bits) - size};
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
  void *const result = loop->result;
  loop->accumulate = 0;
  for (const bw_gemmini_term *term = terms; term < terms + product->terms; term++) {
    const int8_t *const left = term->left + group * term->left_group + row * term->left_stride;
    const int8_t *const right = term->right + group * term->right_group + column * (product->transposed ? term->right_stride : 1);
    configure(term, 1 << product->dim_bits, now);
    loop->left_stride = term->left_stride;
    loop->right_stride = term->right_stride;
    for (int32_t k = 0; k < term->depth; k += product->tile_depth) {
      const int32_t depth = bw_least(product->tile_depth, term->depth - k);
      const int last = term == terms + product->terms - 1 && k + depth == term->depth;
      loop->left = left + k;
      loop->right = right + k * (product->transposed ? 1 : term->right_stride);
      loop->depth = in_blocks(depth, product->dim_bits);
      loop->bias = product->initial && !loop->accumulate ? product->initial + column : 0;
      loop->result = last ? result : 0;
      gemmini_multiply(loop);
      loop->accumulate = 1;
    }
  }
}

void bw_gemmini_begin(const bw_gemmini_product *product, const bw_gemmini_term *terms, int32_t first, int32_t count, void *sums)
{
  const int32_t element_bytes = product->scaled ? 1 : (int32_t)sizeof(int32_t), row_bytes = product->columns * element_bytes;
  gemmini_loop loop = {.result_stride = product->columns, .scaled = product->scaled, .transposed = product->transposed};
  strides now = {.left = -1, .right = -1};
  if (product->initial) gemmini_configure_loads(2, 0, 1 << product->dim_bits);
  if (product->scaled) gemmini_configure_scaled_stores(row_bytes, product->scale, product->from_zero);
  else gemmini_configure_stores(row_bytes);
  int32_t group = 0, row = first;
  if (row >= product->rows) {
    group = first / product->rows;
    row -= group * product->rows;
  }
  for (int8_t *result = sums; count > 0;) {
    const int32_t rows = bw_least(bw_least(product->tile_rows, product->rows - row), count);
    loop.rows = in_blocks(rows, product->dim_bits);
    for (int32_t column = 0; column < product->columns; column += product->tile_columns) {
      loop.columns = in_blocks(bw_least(product->tile_columns, product->columns - column), product->dim_bits);
      loop.result = result + column * element_bytes;
      begin_tile(product, terms, group, row, column, &loop, &now);
    }
    result += rows * row_bytes;
    count -= rows;
    row += rows;
    if (row == product->rows) {
      group++;
      row = 0;
    }
  }
}
