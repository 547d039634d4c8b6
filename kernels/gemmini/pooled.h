/* Convolutions on Gemmini whose sums are rounded to bytes, and the greatest of each window kept, as they leave the accumulator. */
#ifndef BITWRIGHT_GEMMINI_POOLED_H
#define BITWRIGHT_GEMMINI_POOLED_H

#include "gemmini/image.h"
#include "gemmini/readout.h"

typedef struct {
  bw_gemmini_image image;
  bw_gemmini_rounding rounding;
  int32_t rows, columns;    /* of the positions that are pooled */
  int32_t pool, pool_step;  /* rows and columns of a window; from one to the next. All lie inside */
  int32_t tile;             /* rows of windows at a time */
  uint32_t scale;           /* of the read-outs: a float's bits */
  uint32_t last_scale;      /* of the last read-out, of what the blocks make of the greatest: a float's bits */
  int32_t last_relu;        /* its results below 0 become 0 */
  int32_t last_lacking;     /* what it is less than the step's results: 0, or 128 */
} bw_gemmini_pooled;

typedef struct {
  bw_gemmini_image_operands image;
  bw_gemmini_rounding_operands rounding;
  const int8_t *weights;       /* [outputs, in blocks of dim][taps][depth, to whole blocks][dim] */
  const int8_t *ones;          /* [dim] */
  const int32_t *initial;      /* [outputs, to whole blocks], what the sums begin with */
  const int8_t *more;          /* the same, what is added for the second read-out */
  const int8_t *blocks;        /* matrices of dim x dim: the identity times n, then, turned, the first of two whose product is k everywhere, and the other one */
  int8_t *low, *high;          /* [windows of a tile][dim] */
  int32_t *whole;              /* [positions of a tile][dim] */
  void *y;                     /* [outputs][windows] */
} bw_gemmini_pooled_operands;

/*
 * y[o][w] = the last read-out of n z + k, z being the greatest over a window w of the rounding of sum over u, d: weights[u][d][o] * rows[d][places[u] +
 * position], less what is lacking. The array reads the greatest out twice, what is added before being `more`. The rounding rises with the sums, so the
 * right one lies between both; where they differ, the core rounds the greatest sum. places + windows do not leave a row. Returns when everything is done.
 */
void bw_gemmini_round_pooled(const bw_gemmini_pooled *shape, const bw_gemmini_pooled_operands *operands);

#endif
