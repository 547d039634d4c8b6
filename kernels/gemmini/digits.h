/* Products on Gemmini whose left operand is 16 bits wide, its two bytes being signed digits that lie side by side: it reads them as a row that is twice as
   deep. The right operand's rows lie apart then, with rows of zeros between them. */
#ifndef BITWRIGHT_GEMMINI_DIGITS_H
#define BITWRIGHT_GEMMINI_DIGITS_H

#include "bitwright.h"

/* Spreads rows: y[2 * k] = 0, y[2 * k + 1] = x[k]. So from y on the high digits meet x, from the next row on the low ones. x: [count, columns],
   y: [2 * count + 1, columns]. Returns before it is done: gemmini_fence() waits. */
void bw_gemmini_begin_spread(int32_t count, int32_t columns, int32_t dim_bits, const int8_t *x, int8_t *y);

typedef struct {
  int32_t groups, rows, depth, columns;
  int32_t both;                                /* 1: the high digits are 128 less than they should be, as the low ones are */
  int32_t more;                                /* 256 * what high sums begin with, and what low sums do */
  int32_t group_stride, row_stride;            /* of results */
  int32_t chunk;                               /* rows that the core has while the array computes the next ones */
  int32_t dim_bits;                            /* rows and columns of the array: 2 to this power */
  int32_t tile_rows, tile_columns, tile_depth; /* of one loop of the hardware; multiples of dim */
} bw_gemmini_digit_matmul;

/* Memory for a product's way. */
typedef struct {
  int8_t *spread;       /* [2 * groups * depth + 1, columns] */
  int32_t *corrections; /* [high, low][groups, columns] */
  int32_t *sums;        /* [2 turns][high, low][chunk, columns] */
} bw_gemmini_digit_places;

/* y = clamp(rne((double)sum * m)), sum[g,i,j] the sum over k of (256 * high + low + 128, or + 32896 where both are less) * b[g,k,j].
   digits: [groups, rows, depth], b: [groups, depth, columns], halves: `depth` times 64. initial: [high, low][columns], what the sums begin with, so that
   none is negative and what is joined is below 2^31. */
void bw_gemmini_digit_matmul_i8(const bw_gemmini_digit_matmul *shape, const void *digits, const int8_t *b, const int8_t *halves,
                                const int32_t *initial, const double *m, const bw_gemmini_digit_places *places, int8_t *y);

#endif
