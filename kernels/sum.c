#include "arithmetic.h"

#define BW_DEFINE(dtype)                                                                                           \
  void bw_sum_##dtype(int32_t count, int32_t terms, const bw_view *restrict x, bw_##dtype *restrict y)             \
  {                                                                                                                \
    int64_t sums[BW_BLOCK];                                                                                        \
    for (int32_t first = 0; first < count; first += BW_BLOCK) {                                                    \
      const int32_t size = count - first < BW_BLOCK ? count - first : BW_BLOCK;                                    \
      for (int32_t k = 0; k < size; k++) sums[k] = 0;                                                              \
      for (int32_t t = 0; t < terms; t++) bw_accumulate(&x[t], first, size, 1, sums);                              \
      for (int32_t k = 0; k < size; k++) y[first + k] = (bw_##dtype)sums[k];                                       \
    }                                                                                                              \
  }

BW_DEFINE(i16)
BW_DEFINE(i32)
