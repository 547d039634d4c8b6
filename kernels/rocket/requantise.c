#include "rocket/doubles.h"
#include "rocket/rocket.h"

/* `step` is 1 where every element has its own m, 0 where they share one. The limits are integers, so it does not matter whether they come before
   the rounding. */
#define BW_DEFINE(from, to)                                                                                        \
  BW_INLINE void run_##from##_##to(int32_t count, int32_t step, double lo, double hi, const bw_##from *restrict x, \
                                   int32_t b, const double *restrict m, bw_##to *restrict y)                       \
  {                                                                                                                \
    for (; count >= BW_ABREAST; count -= BW_ABREAST, m += step * BW_ABREAST) {                                     \
      double v[BW_ABREAST];                                                                                        \
      BW_EACH(k) v[k] = (double)(x[k] + b);                                                                        \
      BW_MADE(v);                                                                                                  \
      BW_EACH(k) v[k] = v[k] * m[k * step];                                                                        \
      BW_MADE_BEFORE(v, x, y);                                                                                     \
      x += BW_ABREAST;                                                                                             \
      y += BW_ABREAST;                                                                                             \
      BW_MADE_BEFORE(v, x, y);                                                                                     \
      BW_STORE_ROUNDED(to, v, lo, hi, y - BW_ABREAST);                                                             \
    }                                                                                                              \
    for (; count > 0; count--, m += step) *y++ = (bw_##to)bw_rounded(bw_limit((double)(*x++ + b) * *m, lo, hi));   \
  }                                                                                                                \
                                                                                                                   \
  void bw_rocket_requantise_##from##_##to(const bw_channels *shape, const bw_##from *restrict x,                   \
                                          const double *restrict m, bw_##to *restrict y)                           \
  {                                                                                                                \
    const int32_t inner = shape->inner, channels = shape->channels;                                                \
    const double lo = (double)shape->lo, hi = (double)shape->hi;                                                   \
    for (int32_t block = 0; block < shape->outer; block++, x += channels * inner, y += channels * inner) {         \
      if (inner == 1) {                                                                                            \
        run_##from##_##to(channels, 1, lo, hi, x, 0, m, y);                                                        \
        continue;                                                                                                  \
      }                                                                                                            \
      for (int32_t c = 0; c < channels; c++) {                                                                     \
        const double own = m[c];                                                                                   \
        run_##from##_##to(inner, 0, lo, hi, x + c * inner, 0, &own, y + c * inner);                                \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i8, i8)
BW_DEFINE(i16, i8)
BW_DEFINE(i32, i8)
BW_DEFINE(i8, i16)
BW_DEFINE(i16, i16)
BW_DEFINE(i32, i16)

#define BW_DEFINE_BIASED(to)                                                                                       \
  void bw_rocket_bias_requantise_i32_##to(const bw_channels *shape, const int32_t *restrict x,                     \
                                          const int32_t *restrict b, const double *restrict m, bw_##to *restrict y) \
  {                                                                                                                \
    const int32_t inner = shape->inner, channels = shape->channels;                                                \
    const double lo = (double)shape->lo, hi = (double)shape->hi;                                                   \
    for (int32_t block = 0; block < shape->outer; block++) {                                                       \
      for (int32_t c = 0; c < channels; c++, x += inner, y += inner) {                                             \
        const double own = m[c];                                                                                   \
        run_i32_##to(inner, 0, lo, hi, x, b[c], &own, y);                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE_BIASED(i8)
BW_DEFINE_BIASED(i16)
