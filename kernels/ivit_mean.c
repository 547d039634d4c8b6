#include "ivit.h"

#define BW_DEFINE(dtype)                                                                                           \
  void bw_ivit_mean_##dtype(int32_t outer, int32_t size, int32_t inner, float scale, const bw_##dtype *restrict x, \
                            bw_##dtype *restrict y)                                                                \
  {                                                                                                                \
    for (int32_t block = 0; block < outer; block++, x += size * inner) {                                           \
      for (int32_t i = 0; i < inner; i++) {                                                                        \
        double sum = 0.0;                                                                                          \
        for (int32_t k = 0; k < size; k++) {                                                                       \
          const float real = (float)x[k * inner + i] * scale;                                                      \
          sum += (double)real;                                                                                     \
        }                                                                                                          \
        const float mean = (float)(sum / size);                                                                    \
        *y++ = (bw_##dtype)bw_round_half_even(mean / scale);                                                       \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i8)
BW_DEFINE(i16)
