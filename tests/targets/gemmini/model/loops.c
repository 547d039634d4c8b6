#include "model/model.h"

/* Blocks of an axis, and its elements. */
typedef struct {
  int32_t blocks, size;
} axis;

static axis axis_of(const words *given, int shift)
{
  const int32_t blocks = field(given[LOOP_SIZES].second, shift + 15, shift);
  return (axis){.blocks = blocks, .size = blocks * DIM - field(given[LOOP_SIZES].first, shift + 15, shift)};
}

static int32_t rows_at(axis along, int32_t index)
{
  return least(DIM, along.size - index * DIM);
}

/* Loads a matrix to blocks one behind the other, row by row of blocks; elements have so many bytes. */
static void load_matrix(int kind, uint64_t from, uint64_t stride, int32_t bytes, axis rows, axis columns, uint32_t to)
{
  for (int32_t i = 0; i < rows.blocks; i++)
    load(&configured.loads[kind], from + (uint64_t)(i * DIM * bytes) * stride,
         (block){to + (uint32_t)(i * columns.blocks * DIM), rows_at(rows, i), columns.size});
}

/* C = A B + D, or more of it, in halves of the local memories: of the scratchpad in turns, of the accumulator until a loop has a result. */
void run_loop(const words *given)
{
  static uint32_t half, sums_half;
  const axis rows = axis_of(given, 0), columns = axis_of(given, 16), depth = axis_of(given, 32);
  const uint64_t flags = given[LOOP].first, initial = given[LOOP_RESULT].first, result = given[LOOP_RESULT].second;
  const int accumulate = field(flags, 0, 0), whole = field(flags, 1, 1), turned = field(given[LOOP].second, 1, 1);
  expect((flags & ~(uint64_t)3) == 0 && (given[LOOP].second & ~(uint64_t)2) == 0, "a loop whose left operand is as stored");
  expect(turned == configured.products.right_turned && !configured.products.left_turned, "the right operand turned as products are configured");
  const uint32_t operands = SCRATCHPAD_ROWS / 2, sums = ACCUMULATOR_ROWS / 2;
  const uint32_t right_rows = (uint32_t)(depth.blocks * columns.blocks * DIM);
  expect((uint32_t)(rows.blocks * depth.blocks * DIM) + right_rows <= operands, "operands that fit half of the scratchpad");
  expect((uint32_t)(rows.blocks * columns.blocks * DIM) <= sums, "sums that fit half of the accumulator");
  const uint32_t left_at = half * operands, right_at = (half + 1) * operands - right_rows, sums_at = sums_half * sums;
  if (initial) load_matrix(2, initial, given[LOOP_RESULT_STRIDE].first, 4, rows, columns, SUMS | sums_at);
  load_matrix(0, given[LOOP_OPERANDS].first, given[LOOP_STRIDES].first, 1, rows, depth, left_at);
  load_matrix(1, given[LOOP_OPERANDS].second, given[LOOP_STRIDES].second, 1, turned ? columns : depth, turned ? depth : columns, right_at);
  for (int32_t k = 0; k < depth.blocks; k++) {
    for (int32_t j = 0; j < columns.blocks; j++) {
      const int32_t right = turned ? j * depth.blocks + k : k * columns.blocks + j;
      const block weights = {right_at + (uint32_t)(right * DIM), rows_at(depth, k), rows_at(columns, j)};
      for (int32_t i = 0; i < rows.blocks; i++) {
        const block left = {left_at + (uint32_t)((i * depth.blocks + k) * DIM), rows_at(rows, i), weights.rows};
        const uint32_t row = sums_at + (uint32_t)((i * columns.blocks + j) * DIM);
        multiply(i == 0 ? &weights : 0, left, (block){SUMS | (accumulate || k > 0 ? ADDED : 0) | row, left.rows, weights.columns});
      }
    }
  }
  const uint64_t size = whole ? 4 : 1, stride = given[LOOP_RESULT_STRIDE].second * size;
  for (int32_t i = 0; result && i < rows.blocks; i++)
    store(result + (uint64_t)(i * DIM) * stride,
          (block){SUMS | (whole ? WHOLE : 0) | (sums_at + (uint32_t)(i * columns.blocks * DIM)), rows_at(rows, i), columns.size});
  half = 1 - half;
  if (result) sums_half = 1 - sums_half;
}
