#include "rocket/doubles.h"
#include "rocket/rocket.h"

/* `step` is 2 where every element has its own multiplier and bias, 0 where they share them. */
#define BW_DEFINE(from, to)                                                                                        \
  BW_INLINE void run_##from##_##to(int32_t count, int32_t step, double lo, double hi, const bw_##from *restrict x, \
                                   const double *restrict factors, bw_##to *restrict y)                            \
  {                                                                                                                \
    for (; count >= BW_ABREAST; count -= BW_ABREAST, factors += step * BW_ABREAST) {                               \
      double v[BW_ABREAST];                                                                                        \
      BW_EACH(k) v[k] = (double)x[k];                                                                              \
      BW_MADE(v);                                                                                                  \
      BW_EACH(k) v[k] = bw_multiply_add(v[k], factors[k * step], factors[k * step + 1]);                           \
      BW_MADE_BEFORE(v, x, y);                                                                                     \
      x += BW_ABREAST;                                                                                             \
      y += BW_ABREAST;                                                                                             \
      BW_MADE_BEFORE(v, x, y);                                                                                     \
      BW_STORE_ROUNDED(to, v, lo, hi, y - BW_ABREAST);                                                             \
    }                                                                                                              \
    for (; count > 0; count--, factors += step) {                                                                  \
      *y++ = (bw_##to)bw_rounded(bw_limit(bw_multiply_add((double)*x++, factors[0], factors[1]), lo, hi));         \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  void bw_rocket_dyadic_##from##_##to(const bw_channels *shape, const bw_##from *restrict x,                       \
                                      const double *restrict factors, bw_##to *restrict y)                         \
  {                                                                                                                \
    const int32_t inner = shape->inner, channels = shape->channels;                                                \
    const double lo = (double)shape->lo, hi = (double)shape->hi;                                                   \
    for (int32_t block = 0; block < shape->outer; block++, x += channels * inner, y += channels * inner) {         \
      if (inner == 1) {                                                                                            \
        run_##from##_##to(channels, 2, lo, hi, x, factors, y);                                                     \
        continue;                                                                                                  \
      }                                                                                                            \
      for (int32_t c = 0; c < channels; c++) {                                                                     \
        const double own[] = {factors[2 * c], factors[2 * c + 1]};                                                 \
        run_##from##_##to(inner, 0, lo, hi, x + c * inner, own, y + c * inner);                                    \
      }                                                                                                            \
    }                                                                                                              \
  }

#define BW_DEFINE_TO(to) BW_DEFINE(i8, to) BW_DEFINE(u8, to) BW_DEFINE(i32, to)
BW_DEFINE_TO(i8)
BW_DEFINE_TO(u8)
