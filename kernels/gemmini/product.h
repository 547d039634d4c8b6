/* Sums of products of int8_t matrices on Gemmini, in 32 bits, and what brings operands into that form. */
#ifndef BITWRIGHT_GEMMINI_PRODUCT_H
#define BITWRIGHT_GEMMINI_PRODUCT_H

#include "bitwright.h"
#include "gemmini/gemmini.h"

/* left[rows][depth] * right[depth][columns], or right[columns][depth] where the product is transposed. Strides are elements from row to row;
   one of 0 repeats a row. Groups lie so many elements from each other. */
typedef struct {
  const int8_t *left, *right;
  int32_t depth;
  int32_t left_stride, right_stride;
  int32_t left_group, right_group;
} bw_gemmini_term;

typedef struct {
  int32_t rows, columns; /* of each group; its sums lie dense behind those of the group before */
  int32_t terms;
  int32_t transposed;
  int32_t scaled;                               /* results are clamp_int8(rne((float)sum * scale)), the product rounded to float, else the sums */
  uint32_t scale;                               /* that float's bits */
  int32_t from_zero;                            /* and none is below 0 */
  const int32_t *initial;                       /* of each column, what its sums begin with, or NULL */
  int32_t dim_bits;                             /* rows and columns of the array: 2 to this power */
  int32_t tile_rows, tile_columns, tile_depth;  /* of one loop of the hardware; multiples of dim */
} bw_gemmini_product;

/* Begins sums[r][c] = initial[c] + the sum over terms, for `count` rows from row `first` of all groups on, and returns before it is done: gemmini_fence()
   waits. sums: [count, columns], int32_t or what the product scales them to. The array is configured already, once for all products of a step: a
   configuration behind a product of few rows would be fenced off (GEMMINI_FEW_ROWS). */
void bw_gemmini_begin(const bw_gemmini_product *product, const bw_gemmini_term *terms, int32_t first, int32_t count, void *sums);

/* y = x - offset, which int8_t holds. */
void bw_gemmini_shift(int32_t count, int32_t offset, const uint8_t *x, int8_t *y);

/* x - 256 * offset = 256 * high + low, both int8_t. */
void bw_gemmini_digits_i16(int32_t count, int32_t offset, const int16_t *x, int8_t *high, int8_t *low);
void bw_gemmini_digits_u16(int32_t count, int32_t offset, const uint16_t *x, int8_t *high, int8_t *low);

/* sums = 256 * high + sums. */
void bw_gemmini_join(int32_t count, const int32_t *high, int32_t *sums);

/* Takes the columns of images apart: y[c][r][p][k] = x[c][r * row_step][k * stride + p] - offset, p up to phases, r and k up to height / row_step and
   width / stride rounded up; what is beyond a row is anything. */
typedef struct {
  int32_t channels, height, width;
  int32_t row_step, stride, phases;
  int32_t offset;
} bw_gemmini_split;
void bw_gemmini_split_i8(const bw_gemmini_split *shape, const int8_t *x, int8_t *y);
void bw_gemmini_split_u8(const bw_gemmini_split *shape, const uint8_t *x, int8_t *y);

/* An image with its border, column by column of a convolution's kernel: y[c][v][p][q][j] = x[c][q * stride_height + p - pad_top]
   [j * stride_width + v - pad_left], x being -offset outside, and split by stride_width into so many parts. So the inputs of all outputs lie in one row for
   each row of the kernel. */
typedef struct {
  int32_t channels, height, width;
  int32_t kernel_width, stride_height, stride_width, pad_top, pad_left;
  int32_t split;                 /* parts of a row of x */
  int32_t phases, rows, columns; /* of p, q and j */
  int32_t plane;                 /* elements from [c][v] to the next */
  int32_t offset;
  int32_t dim_bits;              /* rows and columns of the array: 2 to this power */
} bw_gemmini_columns;

/* Begins to copy it, and returns before the array is done: gemmini_fence() waits. y has 64 bytes more. */
void bw_gemmini_begin_columns(const bw_gemmini_columns *shape, const int8_t *x, int8_t *y);

#endif
