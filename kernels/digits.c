#include "bitwright.h"

#define BW_DEFINE(dtype)                                                                                              \
  void bw_digits_##dtype(int32_t count, int32_t mask, const bw_##dtype *restrict x, bw_##dtype *restrict y)           \
  {                                                                                                                   \
    for (int32_t i = 0; i < count; i++) y[i] = (bw_##dtype)(x[i] ^ mask);                                             \
  }

BW_DEFINE(i16)
BW_DEFINE(u16)
