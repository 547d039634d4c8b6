#include "model/memories.h"

/* An element of an operand in the scratchpad: 0 outside of it. Its size is that with which it is used; one that is turned lies there the other way. */
static int32_t element(block of, int32_t row, int32_t column, int turned, int32_t stride)
{
  if (of.row == NOWHERE || row >= of.rows || column >= of.columns) return 0;
  return turned ? scratchpad[of.row + (uint32_t)(column * stride)][row] : scratchpad[of.row + (uint32_t)(row * stride)][column];
}

static int32_t saturated(int32_t value)
{
  return value > INT8_MAX ? INT8_MAX : value < INT8_MIN ? INT8_MIN : value;
}

void multiply(const block *right, block left, block result)
{
  static int32_t weights[DIM][DIM];
  const multiplying *const as = &configured.products;
  for (int32_t k = 0; right && k < DIM; k++)
    for (int32_t j = 0; j < DIM; j++) weights[k][j] = element(*right, k, j, as->right_turned, 1);
  for (int32_t i = 0; result.row != NOWHERE && i < result.rows; i++) {
    const uint32_t row = result.row + (uint32_t)(i * as->result_stride);
    for (int32_t j = 0; j < result.columns; j++) {
      int32_t sum = 0;
      for (int32_t k = 0; k < DIM; k++) sum += element(left, i, k, as->left_turned, as->left_stride) * weights[k][j];
      if (is_sums(row)) write_sum(row, j, sum);
      else scratchpad[row][j] = (int8_t)saturated(sum);
    }
  }
}
