/* Convolutions on Gemmini whose sums are rounded to bytes as they leave the accumulator, between two read-outs. */
#ifndef BITWRIGHT_GEMMINI_BETWEEN_H
#define BITWRIGHT_GEMMINI_BETWEEN_H

#include "gemmini/image.h"
#include "gemmini/readout.h"

typedef struct {
  bw_gemmini_image image;
  bw_gemmini_rounding rounding;
  int32_t columns;          /* positions of each channel of the result */
  int32_t weight_stride;    /* elements from row to row of the weights */
  int32_t tile;             /* columns at a time: all, or a multiple of 64 */
  int32_t once;             /* the second read-out would be the first: results are what was read out */
} bw_gemmini_between;

typedef struct {
  bw_gemmini_image_operands image;
  bw_gemmini_rounding_operands rounding;
  const int8_t *weights;       /* [outputs][taps][depth, to whole blocks] */
  const int8_t *ones;          /* [dim] */
  const int32_t *initial;      /* [outputs][dim], what the sums begin with */
  const int8_t *more;          /* [outputs], what is added for the second read-out */
  const uint32_t *multipliers; /* [outputs], the bits of floats */
  int8_t *other;               /* [dim][columns], begins where words of eight bytes do, */
  int32_t *whole;              /* [dim][tile, to whole blocks] */
  void *y;                     /* as does this */
} bw_gemmini_between_operands;

/*
 * y[o][j] = clamp(rne((sum * M[o] + B[o]) / 2^E[o])), sum over u and k of weights[o][u][k] * rows[step * (o / dim) + k][places[u] + j], and
 * what `initial` says beside that. It lies between clamp_int8(rne((float)(sum + initial) * multiplier)) and the same of `more` besides, the
 * products rounded to float, or is the first of them where `once` says so; both are read out, and where they differ, the core rounds. What is stored lies in y when this returns.
 */
void bw_gemmini_round_between(const bw_gemmini_between *shape, const bw_gemmini_between_operands *operands);

#endif
