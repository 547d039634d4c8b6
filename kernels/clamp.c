#include "arithmetic.h"

#define BW_DEFINE(dtype)                                                                                           \
  void bw_clamp_##dtype(int32_t count, int32_t lo, int32_t hi, const bw_##dtype *restrict x, bw_##dtype *restrict y) \
  {                                                                                                                \
    for (int32_t k = 0; k < count; k++) y[k] = (bw_##dtype)bw_clamp(x[k], lo, hi);                                 \
  }

BW_EACH_INTEGER(BW_DEFINE)
