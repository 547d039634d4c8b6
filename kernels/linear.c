#include "bitwright.h"

#define BW_DEFINE(dtype)                                                                                                     \
  void bw_linear_##dtype(int32_t rows, int32_t depth, int32_t outputs, const bw_##dtype *restrict x, const int8_t *restrict w, \
                         int32_t *restrict y)                                                                                \
  {                                                                                                                          \
    for (int32_t r = 0; r < rows; r++) {                                                                                     \
      for (int32_t o = 0; o < outputs; o++) {                                                                                \
        int32_t sum = 0;                                                                                                     \
        for (int32_t k = 0; k < depth; k++) sum += (int32_t)x[r * depth + k] * w[o * depth + k];                             \
        y[r * outputs + o] = sum;                                                                                            \
      }                                                                                                                      \
    }                                                                                                                        \
  }

BW_EACH_ACTIVATION(BW_DEFINE)
