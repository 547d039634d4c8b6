#include "arithmetic.h"

/* Product and sum are two roundings: compile with -ffp-contract=off, or a machine with a fused multiply-add makes one of them. */
#define BW_DEFINE(from, to)                                                                                            \
  void bw_ares_requantise_##from##_##to(int32_t count, float factor, int32_t lo, int32_t hi,                           \
                                        const bw_##from *restrict x, bw_##to *restrict y)                              \
  {                                                                                                                    \
    for (int32_t k = 0; k < count; k++) {                                                                              \
      const float product = (float)x[k] * factor;                                                                      \
      y[k] = (bw_##to)bw_clamp(bw_floor(product + 0.5f), lo, hi);                                                      \
    }                                                                                                                  \
  }

BW_DEFINE(i8, i8)
