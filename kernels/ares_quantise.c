#include "arithmetic.h"

#define BW_DEFINE(from, to)                                                                                            \
  void bw_ares_quantise_##from##_##to(int32_t count, float step, int32_t lo, int32_t hi, const bw_##from *restrict x,  \
                                      bw_##to *restrict y)                                                             \
  {                                                                                                                    \
    for (int32_t k = 0; k < count; k++) y[k] = (bw_##to)bw_clamp(bw_round_half_even(x[k] / step), lo, hi);             \
  }

BW_DEFINE(f32, i8)
