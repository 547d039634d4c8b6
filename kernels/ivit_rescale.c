#include "ivit.h"

#define BW_DEFINE(from, to)                                                                                        \
  void bw_ivit_rescale_##from##_##to(const bw_channels *shape, const bw_##from *restrict x, const float *restrict s, \
                                     const double *restrict m, bw_##to *restrict y)                                \
  {                                                                                                                \
    const double lo = (double)shape->lo, hi = (double)shape->hi;                                                   \
    BW_EACH_ROW(shape, c) {                                                                                        \
      for (int32_t i = 0; i < shape->inner; i++, x++) {                                                            \
        const double rounded = bw_ivit_rescale((double)*x, (float)*x, s[c], m[c]);                                 \
        *y++ = (bw_##to)(rounded < lo ? lo : rounded > hi ? hi : rounded);                                         \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i32, i8)
BW_DEFINE(i32, i16)
BW_DEFINE(f32, i8)
BW_DEFINE(f32, i16)
