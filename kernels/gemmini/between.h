/* Convolutions on Gemmini whose sums are rounded to bytes as they leave the accumulator, between two read-outs. */
#ifndef BITWRIGHT_GEMMINI_BETWEEN_H
#define BITWRIGHT_GEMMINI_BETWEEN_H

#include "bitwright.h"
#include "gemmini/gemmini.h"

typedef struct {
  int32_t outputs, columns; /* channels of the result, and positions of each */
  int32_t depth;            /* rows of the image that a block of dim outputs needs, for each row of the kernel, */
  int32_t step, rows;       /* those of the next block begin so many further on, and there are so many in all */
  int32_t taps;             /* rows of the kernel */
  int32_t plane;            /* elements from row to row of the image */
  int32_t weight_stride;    /* the same of the weights */
  int32_t tile;             /* columns at a time: all, or a multiple of 64 */
  int32_t relu;             /* results below 0 become 0 */
  int32_t lacking;          /* what read-outs are less than results: 0, or 128 */
  int32_t lo, hi;
  int32_t once;             /* the second read-out would be the first: results are what was read out */
  int32_t own;              /* 1: every channel has a multiplier, a bias and an exponent of its own; 0: they share them */
  int32_t dim_bits;         /* rows and columns of the array: 2 to this power */
  int32_t bank;             /* rows of a bank of the scratchpad: three hold the image, one what is multiplied by it */
} bw_gemmini_between;

typedef struct {
  const int8_t *image;
  const int32_t *places;       /* where the inputs of each row of the kernel begin in a row of the image */
  const int8_t *weights;       /* [outputs, to whole blocks][taps][depth, to whole blocks] */
  const int8_t *ones;          /* [dim] */
  const int32_t *initial;      /* [outputs, to whole blocks][dim], what the sums begin with */
  const int8_t *more;          /* [outputs], what is added for the second read-out */
  const int32_t *less;         /* [outputs], what sums are less then */
  const uint32_t *multipliers; /* [outputs], the bits of floats */
  const float *m;              /* of a rounding clamp(rne(f32(f32(sum) * m[o]))), */
  const int32_t *M;            /* or of the one below, where m is NULL */
  const int64_t *B;
  const uint8_t *E;
  int8_t *other;               /* [dim][columns], begins where words of eight bytes do, */
  int32_t *whole;              /* [dim][tile, to whole blocks] */
  void *y;                     /* as does this */
} bw_gemmini_between_operands;

/*
 * y[o][j] = clamp(rne((sum * M[o] + B[o]) / 2^E[o])), sum over u and k of weights[o][u][k] * image[step * (o / dim) + k][places[u] + j], and
 * what `initial` says beside that. It lies between clamp_int8(rne((float)(sum + initial) * multiplier)) and the same of `more` besides, the
 * products rounded to float, or is the first of them where `once` says so; both are read out, and where they differ, the core rounds. What is stored lies in y when this returns.
 */
void bw_gemmini_round_between(const bw_gemmini_between *shape, const bw_gemmini_between_operands *operands);

#endif
