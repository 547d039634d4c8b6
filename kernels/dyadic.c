#include "arithmetic.h"

#define BW_DEFINE(from, to)                                                                                        \
  void bw_dyadic_##from##_##to(const bw_channels *shape, const bw_##from *restrict acc, const int32_t *restrict M, \
                               const int64_t *restrict B, const uint8_t *restrict E, bw_##to *restrict y)          \
  {                                                                                                                \
    BW_EACH_ROW(shape, c) {                                                                                        \
      const int64_t multiplier = M[c], bias = B[c];                                                                \
      const int32_t exponent = E[c];                                                                               \
      for (int32_t i = 0; i < shape->inner; i++) {                                                                 \
        const int64_t rounded = bw_shift_round_half_even(*acc++ * multiplier + bias, exponent);                    \
        *y++ = (bw_##to)bw_clamp(rounded, shape->lo, shape->hi);                                                   \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_PAIR(BW_DEFINE)
