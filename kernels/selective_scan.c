#include "exponential.h"

enum { MOST_STATES = 256 };

static inline int32_t clamp32(int64_t value)
{
  return bw_clamp(value, INT32_MIN, INT32_MAX);
}

static inline int32_t element(const bw_view *x, int32_t position)
{
  BW_WITH_ELEMENTS(x, position, return (int32_t)*from)
  return 0;
}

/* One channel after the other, its states held while it goes through the tokens. */
void bw_selective_scan(const bw_scan *shape, const int32_t *restrict dt, const bw_view *restrict x, const int32_t *restrict rates,
                       const int32_t *restrict exponentials, int32_t *restrict y)
{
  const int32_t channels = shape->channels, states = shape->states;
  const bw_view *const b = x + 1, *const c = x + 2;
  int32_t h[MOST_STATES];
  for (int32_t block = 0; block < shape->batch; block++) {
    for (int32_t channel = 0; channel < channels; channel++) {
      const int32_t *const rate = rates + channel * states;
      for (int32_t n = 0; n < states; n++) h[n] = 0;
      for (int32_t token = 0; token < shape->tokens; token++) {
        const int32_t row = block * shape->tokens + token, position = row * channels + channel;
        const int64_t step = dt[position];
        const int64_t input = step * element(x, position) * shape->multiplier;
        const int64_t w = clamp32(bw_shift_round_half_even(input, shape->exponent));
        int64_t sum = 0;
        for (int32_t n = 0; n < states; n++) {
          const int64_t d = bw_exponential(bw_shift_round_half_even(step * rate[n], shape->decay), exponentials);
          const int64_t fed = w * element(b, row * states + n) * ((int64_t)1 << (30 - shape->fraction));
          h[n] = clamp32(bw_shift_round_half_even(d * h[n] + fed, 30));
          sum += (int64_t)element(c, row * states + n) * h[n];
        }
        y[position] = clamp32(bw_shift_round_half_even(sum, shape->narrowing));
      }
    }
  }
}
