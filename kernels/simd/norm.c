#include "../norm.h"
#include "rounding.h"
#include "simd.h"

/* u = rne((length * x - sum) * multiplier / 2^exponent). */
BW_INLINE void scale_row(enum bw_type type, int32_t length, int32_t sum, bw_norm_factor factor, const void *x, int32_t *u)
{
  const rounding by = rounding_by(factor.exponent);
  const vector offset = offset_of(0, 0, factor.exponent), multiplier = splat_x32(factor.multiplier);
  const vector lengths = splat_x32(length), sums = splat_x32(sum);
  int32_t k = 0;
  for (; k + 4 <= length; k += 4) {
    const vector deviation = sub_x32(mul_x32(load_x32(type, x, k), lengths), sums);
    const vector low = add_x64(offset, multiply_low_i32(deviation, multiplier));
    const vector high = add_x64(offset, multiply_high_i32(deviation, multiplier));
    store(u + k, round_x32(0, &by, low, high));
  }
  for (; k < length; k++) u[k] = bw_norm_of(length * element(type, x, k) - sum, factor);
}

#define BW_DEFINE(dtype, type)                                                                                     \
  void bw_simd_layer_norm_##dtype(const bw_norm *shape, const bw_##dtype *x, const int64_t *epsilon, int32_t *u)   \
  {                                                                                                                \
    const int32_t length = shape->length;                                                                          \
    for (int32_t row = 0; row < shape->rows; row++, x += length, u += length) {                                    \
      int32_t sum = 0, squares = 0;                                                                                \
      for (int32_t k = 0; k < length; k++) {                                                                       \
        sum += x[k];                                                                                               \
        squares += x[k] * x[k];                                                                                    \
      }                                                                                                            \
      const int64_t spread = (int64_t)length * squares - (int64_t)sum * sum;                                       \
      scale_row(type, length, sum, bw_norm_factor_of(spread, shape->fraction, *epsilon), x, u);                    \
    }                                                                                                              \
  }                                                                                                                \
  void bw_simd_rms_norm_##dtype(const bw_norm *shape, const bw_##dtype *x, const int64_t *epsilon, int32_t *u)     \
  {                                                                                                                \
    const int32_t length = shape->length;                                                                          \
    for (int32_t row = 0; row < shape->rows; row++, x += length, u += length) {                                    \
      int32_t squares = 0;                                                                                         \
      for (int32_t k = 0; k < length; k++) squares += x[k] * x[k];                                                 \
      scale_row(type, length, 0, bw_norm_factor_of((int64_t)length * squares, shape->fraction, *epsilon), x, u);   \
    }                                                                                                              \
  }

BW_DEFINE(i8, BW_I8)
BW_DEFINE(u8, BW_U8)
