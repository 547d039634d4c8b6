#include "arithmetic.h"

typedef union {
  float value;
  int32_t bits;
} float_bits;

/* A guess by half the exponent, the number itself below 0.01, and twelve steps of Newton. */
static inline float approximate_root(float x)
{
  if (x <= 0.0f) return 0.0f;
  if (x == 1.0f) return 1.0f;
  float_bits guess = {.value = x};
  guess.bits = (1 << 29) + (guess.bits >> 1) - (1 << 22);
  float root = x < 0.01f ? x : guess.value;
  for (int step = 0; step < 12; step++) {
    const float quotient = x / root;
    const float sum = root + quotient;
    root = 0.5f * sum;
  }
  return root;
}

/* Products and sums are roundings of their own: compile with -ffp-contract=off. */
#define BW_DEFINE(dtype)                                                                                               \
  void bw_ares_norm_##dtype##_f32(const bw_ares_norm *shape, const bw_##dtype *restrict x,                             \
                                  const float *restrict gamma, const float *restrict beta,                             \
                                  const float *restrict scales, float *restrict y)                                     \
  {                                                                                                                    \
    const int32_t length = shape->length;                                                                              \
    for (int32_t row = 0; row < shape->rows; row++, x += length, y += length) {                                        \
      float sum = 0.0f;                                                                                                \
      for (int32_t k = 0; k < length; k++) {                                                                           \
        y[k] = (float)x[k] * scales[0];                                                                                \
        sum = sum + y[k];                                                                                              \
      }                                                                                                                \
      const float mean = shape->centred ? sum / (float)length : 0.0f;                                                  \
      float squares = 0.0f;                                                                                            \
      for (int32_t k = 0; k < length; k++) {                                                                           \
        y[k] = y[k] - mean;                                                                                            \
        const float square = y[k] * y[k];                                                                              \
        squares = squares + square;                                                                                    \
      }                                                                                                                \
      const float root = approximate_root(squares / (float)length + scales[1]);                                        \
      for (int32_t k = 0; k < length; k++) {                                                                           \
        const float product = gamma[k] * y[k];                                                                         \
        const float normal = product / root;                                                                           \
        y[k] = normal + beta[k];                                                                                       \
      }                                                                                                                \
    }                                                                                                                  \
  }

BW_DEFINE(i8)
