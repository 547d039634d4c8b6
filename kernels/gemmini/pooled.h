/* Convolutions on Gemmini whose sums are rounded to bytes, and the greatest of each window kept, as they leave the accumulator. */
#ifndef BITWRIGHT_GEMMINI_POOLED_H
#define BITWRIGHT_GEMMINI_POOLED_H

#include "bitwright.h"
#include "gemmini/gemmini.h"

typedef struct {
  int32_t outputs;          /* channels of the result */
  int32_t rows, columns;    /* of the positions that are pooled */
  int32_t pool, pool_step;  /* rows and columns of a window; from one to the next. All lie inside */
  int32_t depth;            /* rows of the image that a block of dim outputs needs, for each row of the kernel, */
  int32_t step, image_rows; /* those of the next block begin so many further on, and there are so many in all */
  int32_t taps;             /* rows of the kernel */
  int32_t plane;            /* elements from row to row of the image */
  int32_t tile;             /* rows of windows at a time */
  uint32_t scale;           /* of the read-outs: a float's bits */
  int32_t relu;             /* results below 0 become 0 */
  int32_t lacking;          /* what read-outs are less than results of the rounding: 0, or 128 */
  int32_t lo, hi;           /* of the rounding */
  int32_t own;              /* 1: every channel has a multiplier, a bias and an exponent of its own; 0: they share them */
  uint32_t last_scale;      /* of the last read-out, of what the blocks make of the greatest: a float's bits */
  int32_t last_relu;
  int32_t last_lacking;     /* what it is less than the step's results: 0, or 128 */
  int32_t dim_bits;         /* rows and columns of the array: 2 to this power */
  int32_t bank;             /* rows of a bank of the scratchpad: three hold the image, one the rest */
} bw_gemmini_pooled;

typedef struct {
  const int8_t *image;
  const int32_t *places;       /* where the inputs of each row of the kernel begin in a row of the image */
  const int8_t *weights;       /* [outputs, in blocks of dim][taps][depth, to whole blocks][dim] */
  const int8_t *ones;          /* [dim] */
  const int32_t *initial;      /* [outputs, to whole blocks], what the sums begin with */
  const int8_t *more;          /* the same, what is added for the second read-out */
  const int32_t *less;         /* the same, what sums are less then */
  const int8_t *blocks;        /* matrices of dim x dim: the identity times n, then, turned, the first of two whose product is k everywhere, and the other one */
  const int32_t *M;            /* the rounding's constants: */
  const int64_t *B;            /* clamp(rne((sum * M + B) / 2^E)), no multiplier being negative, */
  const uint8_t *E;
  const float *m;              /* or, where this is not NULL, clamp(rne((float)sum * m)) */
  int8_t *low, *high;          /* [windows of a tile][dim] */
  int32_t *whole;              /* [positions of a tile][dim] */
  void *y;                     /* [outputs][windows] */
} bw_gemmini_pooled_operands;

/*
 * y[o][w] = the last read-out of n z + k, z being the greatest over a window w of the rounding of sum over u, d: weights[u][d][o] * image[d][places[u] +
 * position], less what is lacking. The array reads the greatest out twice, what is added before being `more`. The rounding rises with the sums, so the
 * right one lies between both; where they differ, the core rounds the greatest sum. places + windows do not leave a row. Returns when everything is done.
 */
void bw_gemmini_round_pooled(const bw_gemmini_pooled *shape, const bw_gemmini_pooled_operands *operands);

#endif
