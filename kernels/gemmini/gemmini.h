/*
 * Commands of Gemmini, a systolic array beside a RISC-V core, as far as Bitwright's firmware uses them. They mean the same in every
 * generation of the hardware. A command is put in a queue and runs while the core goes on; gemmini_fence() waits for all of them.
 * Commands run as if in their order, and see what the core stored before them. What they store is seen by the core after a fence.
 */
#ifndef BITWRIGHT_GEMMINI_H
#define BITWRIGHT_GEMMINI_H

#include "gemmini/command.h"

/* The float32 1.0, as configurations of loads and stores have their scale. */
#define GEMMINI_ONE 0x3f800000ull

/* Bytes of a row that one load or store moves at most: a line of the core's cache, too. */
enum { GEMMINI_LINE = 64 };

/* Blocks of 2^dim_bits that hold so many elements: the core has no time for divisions. */
static inline int32_t gemmini_blocks(int32_t size, int32_t dim_bits)
{
  return (size + (1 << dim_bits) - 1) >> dim_bits;
}

/* Which operands are turned as they enter the array. */
enum { GEMMINI_AS_STORED = 0, GEMMINI_RIGHT_TURNED = 1, GEMMINI_LEFT_TURNED = 2 };

/* A product of so few rows, none of its operands turned, is fenced off from a configuration of products behind it: the hardware would compute it with the
   right operand of the product before. */
enum { GEMMINI_FEW_ROWS = 4 };

/* Products with the right operand held in the array; rows of the left one lie so many rows of the scratchpad from each other. Empties the array. */
static inline void gemmini_configure_strided_products(int turned, int32_t left_stride)
{
  const uint64_t weight_stationary = 1 << 2;
  const uint64_t left_turned = turned & GEMMINI_LEFT_TURNED ? 1 << 8 : 0, right_turned = turned & GEMMINI_RIGHT_TURNED ? 1 << 9 : 0;
  const uint64_t result_stride = 1;
  GEMMINI_COMMAND(0, GEMMINI_ONE << 32 | (uint64_t)left_stride << 16 | right_turned | left_turned | weight_stationary, result_stride << 48);
}
static inline void gemmini_configure_products(int turned)
{
  gemmini_configure_strided_products(turned, 1);
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

/* The same, for sums that leave the accumulator as int8_t: clamp(rne((float)sum * scale)), the product rounded to float. `scale` is that
   float's bits. relu: what is negative becomes 0. */
static inline void gemmini_configure_scaled_stores(int32_t stride, uint32_t scale, int relu)
{
  const uint64_t activation = relu ? 1 << 2 : 0;
  GEMMINI_COMMAND(0, activation | 2, (uint64_t)scale << 32 | (uint32_t)stride);
}

/* The greatest of windows: `size` rows and columns of `rows` x `columns` positions, one window `step` behind the other, all of them inside. */
typedef struct {
  int32_t rows, columns, size, step;
  int32_t window_rows, window_columns;
} gemmini_pool;

/* The same for stores of a local row for each position: of each window the greatest is stored, `stride` bytes behind the one before. */
static inline void gemmini_configure_pooled_stores(int32_t stride, uint32_t scale, int relu, const gemmini_pool *pool)
{
  const uint64_t positions = (uint64_t)pool->columns << 56 | (uint64_t)pool->rows << 48;
  const uint64_t windows = (uint64_t)pool->window_columns << 40 | (uint64_t)pool->window_rows << 32 | (uint64_t)pool->window_columns << 24;
  const uint64_t activation = relu ? 1 << 2 : 0;
  GEMMINI_COMMAND(0, positions | windows | (uint64_t)pool->size << 6 | (uint64_t)pool->step << 4 | activation | 2,
                  (uint64_t)scale << 32 | (uint32_t)stride);
}

/* ---- Single blocks: what the loops below are made of ---- */

/* Rows of local memories: of the scratchpad, dim x int8_t each, by their number; of the accumulator, dim x int32_t each, by one of these. */
#define GEMMINI_SUMS(row) ((uint32_t)(row) | 1u << 31)                  /* what is written replaces, what is read is scaled to int8_t */
#define GEMMINI_MORE_SUMS(row) ((uint32_t)(row) | 1u << 31 | 1u << 30)  /* what is written is added */
#define GEMMINI_WHOLE_SUMS(row) ((uint32_t)(row) | 1u << 31 | 1u << 29) /* what is read is int32_t */
#define GEMMINI_NOWHERE UINT32_MAX                                      /* zeros, or the right operand that is in the array already */

/* A block of a local memory from a row on. Columns beyond dim lie in further blocks. */
static inline uint64_t gemmini_block(uint32_t row, int32_t rows, int32_t columns)
{
  return (uint64_t)rows << 48 | (uint64_t)columns << 32 | row;
}

/* Loads a block, as the loads of a kind are configured: at most 64 bytes of each row. */
static inline void gemmini_load(int kind, const void *from, uint64_t block)
{
  if (kind == 0) GEMMINI_COMMAND(2, (uintptr_t)from, block);
  else if (kind == 1) GEMMINI_COMMAND(1, (uintptr_t)from, block);
  else GEMMINI_COMMAND(14, (uintptr_t)from, block);
}

/* Stores a block: at most 64 bytes of each row as int8_t, dim x int32_t of whole sums. Blocks of columns lie dim rows from each other. */
static inline void gemmini_store(void *to, uint64_t block)
{
  GEMMINI_COMMAND(3, (uintptr_t)to, block);
}

/* The next product has the right operand `right`, or the one before where that is GEMMINI_NOWHERE, and goes to `result`: sums to the
   accumulator, int8_t with saturation to the scratchpad. Sizes are those of the operand and of the result as they are used. */
static inline void gemmini_preload(uint64_t right, uint64_t result)
{
  GEMMINI_LOCAL_COMMAND(6, right, result);
}

/* left * what was preloaded + addend, which may be nowhere: with a new right operand, or (again) with that of the product before. A left
   operand has the size that it is used with; one that is turned has as many rows in the scratchpad as columns here. */
static inline void gemmini_compute(uint64_t left, uint64_t addend)
{
  GEMMINI_LOCAL_COMMAND(4, left, addend);
}
static inline void gemmini_compute_again(uint64_t left, uint64_t addend)
{
  GEMMINI_LOCAL_COMMAND(5, left, addend);
}

/* ---- Loops ---- */

/* Blocks of an axis, and how many elements the last one lacks. */
typedef struct {
  int32_t blocks, lacking;
} gemmini_axis;

typedef struct {
  gemmini_axis rows, columns, depth;
  const int8_t *left, *right;         /* rows x depth, depth x columns; transposed: columns x depth */
  const int32_t *bias;                /* columns, added to every row, or NULL; loads of kind 2 */
  void *result;                       /* rows x columns, or NULL: the sums stay in the accumulator for the next product */
  int32_t left_stride, right_stride, result_stride; /* elements from row to row */
  int scaled;                         /* the result is int8_t, as stores are configured, else int32_t */
  int transposed;                     /* as configured */
  int accumulate;                     /* on the sums of the product before, which had no result */
} gemmini_loop;

/* One product of matrices, unrolled by the hardware (LOOP_WS): its blocks fit in half of both local memories, the other halves are the
   next loop's. Loads of kind 0 are those of `left`, of kind 1 those of `right`. */
static inline void gemmini_multiply(const gemmini_loop *loop)
{
  const uint64_t full_width = loop->scaled ? 0 : 1 << 1;
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
