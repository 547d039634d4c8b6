#include "norm.h"

#define BW_DEFINE(dtype, wide)                                                                                     \
  void bw_layer_norm_##dtype(const bw_norm *shape, const bw_##dtype *restrict x, const int64_t *restrict epsilon,  \
                             int32_t *restrict u)                                                                  \
  {                                                                                                                \
    const int32_t length = shape->length;                                                                          \
    for (int32_t row = 0; row < shape->rows; row++, x += length, u += length) {                                    \
      int32_t sum = 0;                                                                                             \
      wide squares = 0;                                                                                            \
      for (int32_t k = 0; k < length; k++) {                                                                       \
        sum += x[k];                                                                                               \
        squares += (wide)x[k] * x[k];                                                                              \
      }                                                                                                            \
      const int64_t spread = (int64_t)length * squares - (int64_t)sum * sum;                                       \
      const bw_norm_factor factor = bw_norm_factor_of(spread, shape->fraction, *epsilon);                          \
      for (int32_t k = 0; k < length; k++) u[k] = bw_norm_of(length * x[k] - sum, factor);                         \
    }                                                                                                              \
  }

BW_DEFINE(i8, int32_t)
BW_DEFINE(u8, int32_t)
BW_DEFINE(i16, int64_t)
BW_DEFINE(u16, int64_t)
