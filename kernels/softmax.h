/* What the softmaxes share: exponentials in 2^-30, the greatest of a row 2^30, to shares of their sum. */
#ifndef BITWRIGHT_SOFTMAX_H
#define BITWRIGHT_SOFTMAX_H

#include "arithmetic.h"

typedef struct {
  int64_t factor;
  int32_t exponent, hi;
} bw_share;

/* For a row whose exponentials have this sum, at least 2^30. */
static inline bw_share bw_share_of_sum(const bw_softmax *shape, int64_t sum)
{
  int32_t bits = 31;
  while (sum >> bits != 0) bits++;
  const int64_t quotient = ((int64_t)1 << 61) / (sum >> (bits - 31));
  const int64_t reciprocal = quotient > INT32_MAX ? INT32_MAX : quotient;
  return (bw_share){(reciprocal * shape->multiplier) >> shape->down, bits + shape->exponent, shape->hi};
}

static inline int32_t bw_share_of(int64_t exponential, bw_share share)
{
  if (share.exponent > 62) return 0;
  return bw_clamp(bw_shift_round_half_even(exponential * share.factor, share.exponent), 0, share.hi);
}

#endif
