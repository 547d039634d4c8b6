#include "ivit.h"

void bw_ivit_gelu_i8_i16(int32_t rows, int32_t columns, float scale, const int8_t *restrict x, int16_t *restrict y)
{
  const bw_ivit_shifts shifts = bw_ivit_shifts_of(23, scale * 1.702f);
  for (int32_t row = 0; row < rows; row++, x += columns, y += columns) {
    float greatest = -FLT_MAX;
    for (int32_t j = 0; j < columns; j++) {
      const float step = bw_ivit_steps((float)x[j], scale);
      if (step > greatest) greatest = step;
    }
    const float one = bw_ivit_exponential(-greatest, shifts);
    for (int32_t j = 0; j < columns; j++) {
      const float e = bw_ivit_exponential(bw_ivit_steps((float)x[j], scale) - greatest, shifts);
      const float product = e * bw_ivit_reciprocal(e + one);
      y[j] = (int16_t)(x[j] * (int32_t)bw_floor_exactly(product / 16777216.0f));
    }
  }
}
