/* What a loop computes: its commands one after the other, loads first, by the kernels of kernels.ts. Addresses are those of the linear memory. */
#include "loops.h"
#include "timeline.h"

#define KERNEL(name) __attribute__((import_module("array"), import_name(#name))) extern void name##_kernel
KERNEL(copy)(uint32_t from, int32_t from_stride, uint32_t to, int32_t to_stride, int32_t rows, int32_t bytes);
KERNEL(transpose)(uint32_t from, int32_t from_stride, uint32_t to);
KERNEL(pack)(uint32_t from, int32_t from_stride, uint32_t mask, uint32_t weights);
KERNEL(scale)(uint32_t from, int32_t from_stride, uint32_t to, int32_t rows, float scale, int32_t least);
KERNEL(multiply)(uint32_t a, int32_t stride_a, uint32_t mask_a, uint32_t weights, uint32_t row, uint32_t c, int32_t stride_c, uint32_t mask_c,
                 int32_t rows);
KERNEL(accumulate)(uint32_t a, int32_t stride_a, uint32_t mask_a, uint32_t weights, uint32_t row, uint32_t c, int32_t stride_c,
                   uint32_t mask_c, int32_t rows);

/* Where the arithmetic has its memories, in the order in which fast-loops.ts writes it; rows of the local ones are a power of two. */
typedef struct {
  int32_t dim, scratchpad_rows, accumulator_rows;
  uint32_t main, scratchpad, accumulator, weights, row, half_mask, word_mask, scaled, turned, few;
} Arrays;

static int32_t row_of(const Arrays *arrays, int32_t local) {
  return local & ((is_accumulator(local) ? arrays->accumulator_rows : arrays->scratchpad_rows) - 1);
}

static void perform_load(const Arrays *arrays, const Run *run, const LoopLoad *load_) {
  const Way *way = &run->ways[load_->matrix];
  const Operand *operand = &load_->operand;
  int32_t dim = arrays->dim;
  int32_t local = (int32_t)run->row[load_->matrix] + operand->local;
  int32_t size = is_accumulator(local) ? 4 : 1;
  uint32_t from = arrays->main + (uint32_t)run->address[load_->matrix] + load_->address;
  uint32_t memory = is_accumulator(local) ? arrays->accumulator : arrays->scratchpad;
  int32_t row = row_of(arrays, local);
  for (int32_t col = 0; col < operand->cols; col += dim, row += (int32_t)way->block_stride) {
    int32_t cols = operand->cols - col < dim ? operand->cols - col : dim;
    copy_kernel(from + (uint32_t)(col * size), (int32_t)(uint32_t)way->stride, memory + (uint32_t)(row * dim * size), dim * size,
                operand->rows, cols * size);
  }
}

/* The array takes its weights; rows that are not there are zeros. */
static void perform_preload(const Arrays *arrays, int32_t local, int32_t rows, int32_t cols, bool transposed) {
  int32_t dim = arrays->dim;
  uint32_t from = arrays->scratchpad + (uint32_t)(row_of(arrays, local) * dim);
  if (transposed) {
    transpose_kernel(from, dim, arrays->turned);
    from = arrays->turned;
  }
  if (rows < dim) {
    copy_kernel(from, dim, arrays->few, dim, rows, dim);
    __builtin_memset((void *)(uintptr_t)(arrays->few + (uint32_t)(rows * dim)), 0, (uint32_t)((dim - rows) * dim));
    from = arrays->few;
  }
  pack_kernel(from, dim, arrays->half_mask + 2 * (uint32_t)(dim - cols), arrays->weights);
}

static void perform_tile(const Arrays *arrays, const Run *run, const LoopTile *tile) {
  int32_t dim = arrays->dim, flags = (int32_t)run->flags;
  if (tile->preloaded)
    perform_preload(arrays, (int32_t)run->row[B] + tile->b.local, tile->b.rows, tile->b.cols, (flags & TRANSPOSES_B) != 0);
  uint32_t left = arrays->scratchpad + (uint32_t)(row_of(arrays, (int32_t)run->row[A] + tile->a.local) * dim);
  if ((flags & TRANSPOSES_A) != 0) {
    transpose_kernel(left, dim, arrays->turned);
    left = arrays->turned;
  }
  uint32_t mask_a = arrays->half_mask + 2 * (uint32_t)(dim - tile->a.cols);
  uint32_t mask_c = arrays->word_mask + 4 * (uint32_t)(dim - tile->c.cols);
  int32_t local = (int32_t)run->row[C] + tile->c.local;
  uint32_t sums = arrays->accumulator + 4 * (uint32_t)(row_of(arrays, local) * dim);
  if (accumulates(local))
    accumulate_kernel(left, dim, mask_a, arrays->weights, arrays->row, sums, 4 * dim, mask_c, tile->c.rows);
  else multiply_kernel(left, dim, mask_a, arrays->weights, arrays->row, sums, 4 * dim, mask_c, tile->c.rows);
}

static void perform_store(const Arrays *arrays, const Run *run, const LoopStore *result) {
  const Operand *operand = &result->operand;
  int32_t dim = arrays->dim, stride = (int32_t)(uint32_t)run->store_stride;
  int32_t local = (int32_t)run->row[C] + operand->local;
  uint32_t sums = arrays->accumulator + 4 * (uint32_t)(row_of(arrays, local) * dim);
  uint32_t to = arrays->main + (uint32_t)run->address[C] + result->address;
  int32_t size = is_full(local) ? 4 : 1;
  for (int32_t col = 0; col < operand->cols; col += dim, sums += 4 * (uint32_t)(dim * dim), to += (uint32_t)(dim * size)) {
    int32_t cols = operand->cols - col < dim ? operand->cols - col : dim;
    if (is_full(local)) copy_kernel(sums, 4 * dim, to, stride, operand->rows, 4 * cols);
    else {
      scale_kernel(sums, 4 * dim, arrays->scaled, operand->rows, (float)run->scale, (int32_t)run->least);
      copy_kernel(arrays->scaled, dim, to, stride, operand->rows, cols);
    }
  }
}

EXPORT void perform_loop(const Arrays *arrays, const Plan *plan, const Run *run) {
  for (int32_t i = 0; i < plan->sum_count; i++) perform_load(arrays, run, &plan->sums[i]);
  for (int32_t i = 0; i < plan->operand_count; i++) perform_load(arrays, run, &plan->operands[i]);
  for (int32_t i = 0; i < plan->tile_count; i++) perform_tile(arrays, run, &plan->tiles[i]);
  for (int32_t i = 0; i < plan->store_count; i++) perform_store(arrays, run, &plan->stores[i]);
}
