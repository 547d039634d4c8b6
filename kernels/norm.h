/* What the norms share: a row divided by the root of its mean square. */
#ifndef BITWRIGHT_NORM_H
#define BITWRIGHT_NORM_H

#include "arithmetic.h"

/* floor(sqrt(value)), bit by bit. */
static inline uint32_t bw_root(uint64_t value)
{
  uint64_t root = 0;
  for (uint64_t bit = (uint64_t)1 << 62; bit != 0; bit >>= 2) {
    const uint64_t next = root + bit;
    root >>= 1;
    if (value >= next) {
      value -= next;
      root += bit;
    }
  }
  return (uint32_t)root;
}

/* u = rne(deviation * multiplier / 2^exponent) of a row. */
typedef struct {
  int32_t multiplier, exponent;
} bw_norm_factor;

/* 2^24 / sqrt(spread + epsilon / 2^fraction), the root of 62 to 64 bits; 0 without a spread. */
static inline bw_norm_factor bw_norm_factor_of(int64_t spread, int32_t fraction, int64_t epsilon)
{
  bw_norm_factor factor = {0, 1};
  if (spread == 0) return factor;
  uint64_t value = ((uint64_t)spread << fraction) + (uint64_t)epsilon;
  int32_t doublings = 0;
  for (; value >> 62 == 0; value <<= 2) doublings++;
  const uint64_t reciprocal = ((uint64_t)1 << 62) / bw_root(value);
  factor.multiplier = reciprocal > INT32_MAX ? INT32_MAX : (int32_t)reciprocal;
  factor.exponent = 38 - doublings - fraction / 2;
  return factor;
}

static inline int32_t bw_norm_of(int32_t deviation, bw_norm_factor factor)
{
  return (int32_t)bw_shift_round_half_even((int64_t)deviation * factor.multiplier, factor.exponent);
}

#endif
