#include "bitwright.h"

#define BW_DEFINE(dtype)                                                                                           \
  void bw_zero_##dtype(int32_t count, bw_##dtype *y)                                                               \
  {                                                                                                                \
    for (int32_t k = 0; k < count; k++) y[k] = 0;                                                                  \
  }

BW_EACH_INTEGER(BW_DEFINE)
BW_DEFINE(f32)
