#include "norm.h"

#define BW_DEFINE(dtype, wide)                                                                                     \
  void bw_rms_norm_##dtype(const bw_norm *shape, const bw_##dtype *restrict x, const int64_t *restrict epsilon,    \
                           int32_t *restrict u)                                                                    \
  {                                                                                                                \
    const int32_t length = shape->length;                                                                          \
    for (int32_t row = 0; row < shape->rows; row++, x += length, u += length) {                                    \
      wide squares = 0;                                                                                            \
      for (int32_t k = 0; k < length; k++) squares += (wide)x[k] * x[k];                                           \
      const bw_norm_factor factor = bw_norm_factor_of((int64_t)length * squares, shape->fraction, *epsilon);       \
      for (int32_t k = 0; k < length; k++) u[k] = bw_norm_of(length * x[k], factor);                               \
    }                                                                                                              \
  }

BW_DEFINE(i8, int32_t)
BW_DEFINE(u8, int32_t)
BW_DEFINE(i16, int64_t)
BW_DEFINE(u16, int64_t)
