#include "ivit.h"

/* Four products are under way at a time: a core that runs its instructions in order waits for none of them. `step` is 1 where every element
   has its own m, 0 where they share one. */
#define BW_DEFINE(from, to)                                                                                        \
  static inline void requantise_##from##_##to(int32_t count, int32_t step, int32_t lo, int32_t hi,                 \
                                              const bw_##from *restrict x, const double *restrict m, bw_##to *restrict y) \
  {                                                                                                                \
    int32_t i = 0;                                                                                                 \
    for (; i + 4 <= count; i += 4, m += 4 * step) {                                                                \
      const double a = (double)x[i] * m[0], b = (double)x[i + 1] * m[step];                                        \
      const double c = (double)x[i + 2] * m[2 * step], d = (double)x[i + 3] * m[3 * step];                         \
      const int32_t p = bw_round_limited(a, lo, hi), q = bw_round_limited(b, lo, hi);                              \
      const int32_t r = bw_round_limited(c, lo, hi), s = bw_round_limited(d, lo, hi);                              \
      y[i] = (bw_##to)p;                                                                                           \
      y[i + 1] = (bw_##to)q;                                                                                       \
      y[i + 2] = (bw_##to)r;                                                                                       \
      y[i + 3] = (bw_##to)s;                                                                                       \
    }                                                                                                              \
    for (; i < count; i++, m += step) y[i] = (bw_##to)bw_round_limited((double)x[i] * *m, lo, hi);                 \
  }                                                                                                                \
                                                                                                                   \
  void bw_ivit_requantise_##from##_##to(const bw_channels *shape, const bw_##from *restrict x,                     \
                                        const double *restrict m, bw_##to *restrict y)                             \
  {                                                                                                                \
    const int32_t inner = shape->inner, channels = shape->channels, lo = shape->lo, hi = shape->hi;                \
    for (int32_t block = 0; block < shape->outer; block++) {                                                       \
      if (inner == 1) {                                                                                            \
        requantise_##from##_##to(channels, 1, lo, hi, x, m, y);                                                    \
      } else {                                                                                                     \
        for (int32_t c = 0; c < channels; c++) {                                                                   \
          requantise_##from##_##to(inner, 0, lo, hi, x + c * inner, m + c, y + c * inner);                         \
        }                                                                                                          \
      }                                                                                                            \
      x += channels * inner;                                                                                       \
      y += channels * inner;                                                                                       \
    }                                                                                                              \
  }

#define BW_DEFINE_FROM(from) BW_DEFINE(from, i8) BW_DEFINE(from, i16)
BW_EACH_INTEGER(BW_DEFINE_FROM)
BW_DEFINE_FROM(f32)
