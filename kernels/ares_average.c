#include "arithmetic.h"

/* rne(value), limited to 30 bits. */
static inline int32_t round_half_even(double value)
{
  const double limit = 1073741824.0;
  const double near = value < -limit ? -limit : value > limit ? limit : value;
  const int32_t whole = (int32_t)near; /* towards zero */
  const double rest = near - (double)whole;
  const int32_t odd = whole & 1;
  return whole + (rest > 0.5 || (rest == 0.5 && odd)) - (rest < -0.5 || (rest == -0.5 && odd));
}

/* floor(value + 0.5), limited to 30 bits. */
static inline int32_t round_half_up(double value)
{
  const double limit = 1073741824.0;
  const double near = value < -limit ? -limit : value > limit ? limit : value;
  const double above = near + 0.5;
  const int32_t whole = (int32_t)above;
  return whole - (above < (double)whole);
}

#define BW_DEFINE(from, to)                                                                                            \
  void bw_ares_average_##from##_##to(const bw_ares_average *shape, const bw_##from *restrict sum,                      \
                                     const double *restrict scales, bw_##to *restrict y)                               \
  {                                                                                                                    \
    for (int32_t k = 0; k < shape->elements; k++) {                                                                    \
      const double mean = (double)sum[k] / (double)shape->count * scales[0] / scales[1];                               \
      const int32_t rounded = shape->ties_up ? round_half_up(mean) : round_half_even(mean);                            \
      y[k] = (bw_##to)bw_clamp(rounded, shape->lo, shape->hi);                                                         \
    }                                                                                                                  \
  }

BW_DEFINE(i32, i8)
