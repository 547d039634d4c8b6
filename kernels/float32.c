#include "arithmetic.h"

#define BW_DEFINE(from, to)                                                                                        \
  void bw_float32_##from##_##to(const bw_channels *shape, const bw_##from *restrict acc, const float *restrict m,  \
                                bw_##to *restrict y)                                                               \
  {                                                                                                                \
    BW_EACH_ROW(shape, c) {                                                                                        \
      for (int32_t i = 0; i < shape->inner; i++) {                                                                 \
        const int32_t rounded = bw_round_half_even((float)*acc++ * m[c]);                                          \
        *y++ = (bw_##to)bw_clamp(rounded, shape->lo, shape->hi);                                                   \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_PAIR(BW_DEFINE)
