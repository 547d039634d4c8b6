#include "arithmetic.h"

#define BW_DEFINE(from, to)                                                                                        \
  void bw_dyadic_mean_##from##_##to(const bw_mean *mean, const bw_##from *restrict sum,                            \
                                    const int32_t *restrict counts, bw_##to *restrict y)                           \
  {                                                                                                                \
    for (int32_t o = 0; o < mean->outer; o++) {                                                                    \
      for (int32_t p = 0; p < mean->positions; p++) {                                                              \
        const int64_t divisor = (int64_t)counts[p] << mean->exponent;                                              \
        const int64_t rounded = bw_divide_round_half_even((int64_t)*sum++ * mean->multiplier, divisor);            \
        *y++ = (bw_##to)bw_clamp(rounded, mean->lo, mean->hi);                                                     \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_PAIR(BW_DEFINE)
