#include "arithmetic.h"

void bw_ares_add_f32(int32_t count, int32_t terms, const bw_view *restrict x, const float *restrict scales, float *restrict y)
{
  for (int32_t k = 0; k < count; k++) {
    float sum = (float)((const int8_t *)x[0].data)[k] * scales[0];
    for (int32_t t = 1; t < terms; t++) {
      const float product = (float)((const int8_t *)x[t].data)[k] * scales[t];
      sum = sum + product;
    }
    y[k] = sum;
  }
}
