#include "arithmetic.h"

#define BW_DEFINE(dtype)                                                                                               \
  void bw_ares_mean_##dtype##_f32(int32_t outer, int32_t size, int32_t inner, float scale,                             \
                                  const bw_##dtype *restrict x, float *restrict y)                                     \
  {                                                                                                                    \
    for (int32_t o = 0; o < outer; o++) {                                                                              \
      for (int32_t i = 0; i < inner; i++) {                                                                            \
        float sum = 0.0f;                                                                                              \
        for (int32_t k = 0; k < size; k++) {                                                                           \
          const float real = (float)x[(o * size + k) * inner + i] * scale;                                             \
          sum = sum + real;                                                                                            \
        }                                                                                                              \
        *y++ = sum / (float)size;                                                                                      \
      }                                                                                                                \
    }                                                                                                                  \
  }

BW_DEFINE(i8)
