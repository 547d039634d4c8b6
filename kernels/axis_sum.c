#include "bitwright.h"

#define BW_DEFINE(dtype)                                                                                                     \
  void bw_axis_sum_##dtype(int32_t outer, int32_t size, int32_t inner, const bw_##dtype *restrict x, int32_t *restrict y)    \
  {                                                                                                                          \
    for (int32_t o = 0; o < outer; o++, y += inner) {                                                                        \
      for (int32_t i = 0; i < inner; i++) y[i] = 0;                                                                          \
      for (int32_t k = 0; k < size; k++, x += inner) {                                                                       \
        for (int32_t i = 0; i < inner; i++) y[i] += x[i];                                                                    \
      }                                                                                                                      \
    }                                                                                                                        \
  }

BW_EACH_INTEGER(BW_DEFINE)
