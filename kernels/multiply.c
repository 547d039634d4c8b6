#include "bitwright.h"

#define BW_DEFINE(left, right)                                                                                     \
  void bw_multiply_##left##_##right(const bw_repetition *shape, const bw_##left *restrict a,                       \
                                    const bw_##right *restrict b, int32_t *restrict y)                             \
  {                                                                                                                \
    const int32_t inner = shape->inner;                                                                            \
    for (int32_t o = 0; o < shape->outer; o++, b += inner) {                                                       \
      for (int32_t s = 0; s < shape->size; s++, a += inner, y += inner) {                                          \
        for (int32_t i = 0; i < inner; i++) y[i] = (int32_t)a[i] * b[i];                                           \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_ACTIVATION_PAIR(BW_DEFINE)
