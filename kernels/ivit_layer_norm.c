#include "ivit.h"

/* The result holds what lies in between: the values in steps of the scale, then their distances from the mean. */
#define BW_DEFINE(dtype)                                                                                           \
  void bw_ivit_layer_norm_##dtype##_f32(int32_t rows, int32_t columns, float scale, const bw_##dtype *restrict x,  \
                                        const float *restrict bias, float *restrict y)                             \
  {                                                                                                                \
    const double inverse = 1.0 / (double)scale;                                                                    \
    for (int32_t row = 0; row < rows; row++, x += columns, y += columns) {                                         \
      double sum = 0.0, squares = 0.0;                                                                             \
      for (int32_t j = 0; j < columns; j++) {                                                                      \
        const float real = (float)x[j] * scale;                                                                    \
        y[j] = bw_quotient(real, inverse);                                                                         \
        sum += (double)y[j];                                                                                       \
      }                                                                                                            \
      const float mean = (float)bw_round_exactly((double)(float)(sum / columns));                                  \
      for (int32_t j = 0; j < columns; j++) {                                                                      \
        y[j] -= mean;                                                                                              \
        const float square = y[j] * y[j];                                                                          \
        squares += (double)square;                                                                                 \
      }                                                                                                            \
      const float factor = bw_floor_exactly(2147483648.0f / bw_ivit_root((float)squares));                         \
      for (int32_t j = 0; j < columns; j++) {                                                                      \
        const float product = y[j] * factor;                                                                       \
        const float integer = bw_floor_exactly(product / 2.0f) + bias[j];                                          \
        y[j] = integer + 0.0f; /* no -0 */                                                                         \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i8)
BW_DEFINE(i16)
