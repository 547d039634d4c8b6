#include "arithmetic.h"

#define BW_DEFINE(dtype)                                                                                           \
  void bw_bias_##dtype(const bw_channels *shape, const bw_##dtype *restrict acc, const int32_t *restrict b,        \
                       int32_t *restrict y)                                                                        \
  {                                                                                                                \
    BW_EACH_ROW(shape, c) {                                                                                        \
      for (int32_t i = 0; i < shape->inner; i++) *y++ = *acc++ + b[c];                                             \
    }                                                                                                              \
  }

BW_EACH_INTEGER(BW_DEFINE)
