/*
 * Commands of Gemmini, a systolic array beside a RISC-V core, as far as Bitwright's firmware uses them. They mean the same in every
 * generation of the hardware. A command is put in a queue and runs while the core goes on; gemmini_fence() waits for all of them.
 * Commands run as if in their order, and see what the core stored before them. What they store is seen by the core after a fence.
 */
#ifndef BITWRIGHT_GEMMINI_H
#define BITWRIGHT_GEMMINI_H

#include <stdint.h>

/* The instruction: opcode custom-3, both source registers read, none written. */
#define GEMMINI_COMMAND(funct, first, second)                                                      \
  __asm__ volatile(".insn r 0x7b, 3, " #funct ", x0, %0, %1" ::"r"((uint64_t)(first)), "r"((uint64_t)(second)) : "memory")

/* The float32 1.0, as configurations of loads and stores have their scale. */
#define GEMMINI_ONE 0x3f800000ull

/* Everything that was commanded has happened. */
static inline void gemmini_fence(void)
{
  __asm__ volatile("fence" ::: "memory");
}

/* Products with the right operand held in the array; transposed: that operand is turned as it enters. Empties the array. */
static inline void gemmini_configure_products(int transposed)
{
  const uint64_t weight_stationary = 1 << 2;
  const uint64_t turned = transposed ? 1 << 9 : 0;
  const uint64_t left_stride = 1, result_stride = 1;
  GEMMINI_COMMAND(0, GEMMINI_ONE << 32 | left_stride << 16 | turned | weight_stationary, result_stride << 48);
}

/* Loads of kind 0 to 2 go `stride` bytes in memory from row to row, unscaled. `block` rows of local memory hold one block of columns. */
static inline void gemmini_configure_loads(int kind, int32_t stride, int32_t block)
{
  const uint64_t repeats = 1;
  GEMMINI_COMMAND(0, GEMMINI_ONE << 32 | (uint64_t)block << 16 | repeats << 8 | (uint64_t)kind << 3 | 1, (uint64_t)stride);
}

/* Stores go `stride` bytes in memory from row to row, unscaled, without pooling. */
static inline void gemmini_configure_stores(int32_t stride)
{
  GEMMINI_COMMAND(0, 2, GEMMINI_ONE << 32 | (uint64_t)stride);
}

/* Blocks of an axis, and how many elements the last one lacks. */
typedef struct {
  int32_t blocks, lacking;
} gemmini_axis;

typedef struct {
  gemmini_axis rows, columns, depth;
  const int8_t *left, *right;         /* rows x depth, depth x columns; transposed: columns x depth */
  const int32_t *bias;                /* columns, added to every row, or NULL; loads of kind 2 */
  int32_t *result;                    /* rows x columns, or NULL: the sums stay in the accumulator for the next product */
  int32_t left_stride, right_stride, result_stride; /* elements from row to row */
  int transposed;                     /* as configured */
  int accumulate;                     /* on the sums of the product before, which had no result */
} gemmini_loop;

/* One product of matrices, unrolled by the hardware (LOOP_WS): its blocks fit in half of both local memories, the other halves are the
   next loop's. Loads of kind 0 are those of `left`, of kind 1 those of `right`. */
static inline void gemmini_multiply(const gemmini_loop *loop)
{
  const uint64_t full_width = 1 << 1;
#define GEMMINI_EXTENTS(of) \
  ((uint64_t)loop->depth.of << 32 | (uint64_t)loop->columns.of << 16 | (uint64_t)loop->rows.of)
  GEMMINI_COMMAND(9, GEMMINI_EXTENTS(lacking), GEMMINI_EXTENTS(blocks));
#undef GEMMINI_EXTENTS
  GEMMINI_COMMAND(10, (uintptr_t)loop->left, (uintptr_t)loop->right);
  GEMMINI_COMMAND(11, (uintptr_t)loop->bias, (uintptr_t)loop->result);
  GEMMINI_COMMAND(12, loop->left_stride, loop->right_stride);
  GEMMINI_COMMAND(13, 0, loop->result_stride);
  GEMMINI_COMMAND(8, full_width | (loop->accumulate || loop->bias ? 1 : 0), loop->transposed ? 1 << 1 : 0);
}

#endif
