#include "ivit.h"

/* Limited before it is rounded: one beyond the ends, the rounding cannot come back. */
#define BW_DEFINE(from, to)                                                                                        \
  void bw_ivit_requantise_##from##_##to(const bw_channels *shape, const bw_##from *restrict x,                     \
                                        const double *restrict m, bw_##to *restrict y)                             \
  {                                                                                                                \
    const double lo = (double)shape->lo, hi = (double)shape->hi;                                                   \
    BW_EACH_ROW(shape, c) {                                                                                        \
      for (int32_t i = 0; i < shape->inner; i++) {                                                                 \
        const double product = (double)*x++ * m[c];                                                                \
        const double limited = product < lo ? lo : product > hi ? hi : product;                                    \
        *y++ = (bw_##to)bw_round_exactly(limited);                                                                 \
      }                                                                                                            \
    }                                                                                                              \
  }

#define BW_DEFINE_FROM(from) BW_DEFINE(from, i8) BW_DEFINE(from, i16)
BW_EACH_INTEGER(BW_DEFINE_FROM)
BW_DEFINE_FROM(f32)
