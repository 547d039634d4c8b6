/* Bytes on Gemmini that are scaled, or added by different scales, and rounded to bytes as they leave the accumulator. */
#ifndef BITWRIGHT_GEMMINI_BYTES_H
#define BITWRIGHT_GEMMINI_BYTES_H

#include "bitwright.h"
#include "gemmini/gemmini.h"

typedef struct {
  int32_t count;      /* of all elements */
  int32_t offsets[2]; /* what operands are stored as int8_t less: 0 where they are such already */
  uint32_t scale;     /* of the read-outs: a float's bits */
  int32_t relu;       /* results below 0 become 0 */
  int32_t lacking;    /* what read-outs are less than results: 0, or 128 */
  int32_t once;       /* the second read-out would be the first: results are what was read out */
  int32_t lo, hi;
  int32_t dim_bits;   /* rows and columns of the array: 2 to this power */
  int32_t bank;       /* rows of a bank of the scratchpad: one for each operand, one for the blocks */
} bw_gemmini_bytes;

/*
 * y = the read-out of n x + k. `blocks` are matrices of the array's size, one behind the other: the identity times n, then two whose product is k
 * everywhere.
 */
void bw_gemmini_round_bytes(const bw_gemmini_bytes *shape, const void *x, const int8_t *blocks, void *y);

/*
 * y = the rounding of a and b, which lies between two read-outs of n a + m b + k, the second one of more than the first. `blocks`: the identity
 * times n, that times m, then three of which the products of the first with the others are k and what is added then. The rounding: clamp(rne((a * M[0] + b * M[1] + B) / 2^E)).
 */
void bw_gemmini_round_sum(const bw_gemmini_bytes *shape, const void *a, const int64_t *M, const int64_t *B, const uint8_t *E, const void *b,
                          const int8_t *blocks, void *y);

#endif
