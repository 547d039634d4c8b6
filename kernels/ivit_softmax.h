/* IntSoftmax with and without a mask, its exponentials computed or in a table. */
#ifndef BITWRIGHT_IVIT_SOFTMAX_H
#define BITWRIGHT_IVIT_SOFTMAX_H

#include "ivit.h"

/* The logit x[j] in steps of the scale, `addend` added to its real value. */
static inline float bw_ivit_logit(int8_t q, float scale, float addend)
{
  const float real = (float)q * scale;
  const float masked = real + addend;
  return masked / scale;
}

/* Where the mask of a row begins. */
#define BW_IVIT_MASK_ROW(shape, row) \
  (((row) / ((shape)->heads * (shape)->tokens) * (shape)->tokens + (row) % (shape)->tokens) * (shape)->columns)

/* Each exponential is computed twice, for the sum and for the result: nothing needs to be stored. */
#define BW_IVIT_SOFTMAX(to, bits, addend)                                                                          \
  const bw_ivit_shifts shifts = bw_ivit_shifts_of(15, scale);                                                      \
  const int32_t columns = shape->columns;                                                                          \
  for (int32_t row = 0; row < shape->rows; row++, x += columns, y += columns) {                                    \
    float greatest = -FLT_MAX;                                                                                     \
    for (int32_t j = 0; j < columns; j++) {                                                                        \
      const float step = bw_ivit_logit(x[j], scale, addend);                                                       \
      if (step > greatest) greatest = step;                                                                        \
    }                                                                                                              \
    double sum = 0.0;                                                                                              \
    for (int32_t j = 0; j < columns; j++) {                                                                        \
      sum += (double)bw_ivit_exponential(bw_ivit_logit(x[j], scale, addend) - greatest, shifts);                   \
    }                                                                                                              \
    const float factor = bw_ivit_reciprocal((float)sum);                                                           \
    for (int32_t j = 0; j < columns; j++) {                                                                        \
      const float product = bw_ivit_exponential(bw_ivit_logit(x[j], scale, addend) - greatest, shifts) * factor;   \
      y[j] = (bw_##to)bw_floor_exactly(product / bw_power_of_two(32 - (bits)));                                    \
    }                                                                                                              \
  }

/* `own` is the part of the table for the greatest of the row's elements that are seen. No product is negative or above 2^31, so the conversion
   rounds down. */
#define BW_IVIT_TABLE_SOFTMAX(to, bits, seen, exponential)                                                         \
  const int32_t columns = shape->columns;                                                                          \
  for (int32_t row = 0; row < shape->rows; row++, x += columns, y += columns) {                                    \
    int32_t greatest = -128;                                                                                       \
    for (int32_t j = 0; j < columns; j++) {                                                                        \
      if ((seen) && x[j] > greatest) greatest = x[j];                                                              \
    }                                                                                                              \
    const int32_t *const own = table + 256 * (greatest + 128) + 128;                                               \
    int64_t sum = 0;                                                                                               \
    for (int32_t j = 0; j < columns; j++) sum += (exponential);                                                    \
    const float factor = bw_ivit_reciprocal((float)sum);                                                           \
    for (int32_t j = 0; j < columns; j++) {                                                                        \
      const float product = (float)(exponential) * factor;                                                         \
      y[j] = (bw_##to)(int32_t)(product / bw_power_of_two(32 - (bits)));                                           \
    }                                                                                                              \
  }

#endif
