/* Rows times weights on Gemmini, each sum scaled to int8_t by its channel's multiplier as it leaves the accumulator. */
#ifndef BITWRIGHT_GEMMINI_SCALED_H
#define BITWRIGHT_GEMMINI_SCALED_H

#include "bitwright.h"
#include "gemmini/gemmini.h"

/* A channel that takes two multipliers: right results are one of theirs or lie between. Where they differ, the core computes the sum. */
typedef struct {
  int32_t channel;
  uint32_t multiplier;      /* beside the channel's own: the bits of a float */
  int32_t sign;             /* -1: thresholds are those of negated sums */
  int32_t steps;            /* of the bracket, behind those of the bracket before */
} bw_gemmini_bracket;

/* A result and the least sum that has it. */
typedef struct {
  int32_t result, threshold;
} bw_gemmini_step;

typedef struct {
  int32_t rows, depth, channels;
  int32_t more_depth;       /* rows of weights behind the others, which `filling` is multiplied by: they make the bias */
  int32_t weight_stride;    /* elements from row to row */
  int32_t relu;             /* results below 0 become 0 */
  int32_t dim_bits;         /* rows and columns of the array: 2 to this power */
  int32_t bank, sums;       /* rows of a bank of the scratchpad, and of the accumulator */
  int32_t chunk;            /* blocks of dim rows of x at a time */
  int32_t tile;             /* blocks of dim channels at a time: at most 64 channels */
  int32_t group;            /* rows of y at row_stride from each other; groups are at group_stride */
  int32_t row_stride, group_stride;
  int32_t run;              /* channels next to each other in y: all of them, or a multiple of dim */
  int32_t brackets;         /* in all, */
  int32_t tile_brackets;    /* and at most among the channels of a tile */
} bw_gemmini_scaled;

typedef struct {
  const int8_t *x;                     /* [rows][depth] */
  const int8_t *weights;               /* [depth + more_depth][weight_stride] */
  const int8_t *filling;               /* [more_depth][64], each row of one number */
  const int8_t *identity;              /* [dim][dim] */
  const uint32_t *multipliers;         /* [channels], the bits of floats */
  const int32_t *runs;                 /* where each run of channels lies in y */
  const int8_t *channel_weights;       /* [channels][depth], for the core */
  const int32_t *bias;                 /* [channels] or NULL, for the core */
  const bw_gemmini_bracket *brackets;  /* ascending channels */
  const bw_gemmini_step *steps;
  int8_t *columns;                     /* 64 bytes more than two stretches of [a tile's channels + tile_brackets][a chunk's rows, to whole 64] */
  void *y;
} bw_gemmini_scaled_operands;

/*
 * y[r][c] = clamp(rne((float)sum * multiplier of c)), sum = the sum over k of x[r][k] * weights[k][c], the product rounded to float, except
 * where brackets say more. What is stored lies in y when this returns.
 */
void bw_gemmini_scale(const bw_gemmini_scaled *shape, const bw_gemmini_scaled_operands *operands);

#endif
