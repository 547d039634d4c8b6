#include "ivit.h"

/* Two roundings to 24 bits move no integer below 2^22 by a half. Adding 0 makes 0 of -0. */
#define BW_DEFINE(dtype)                                                                                           \
  void bw_ivit_recover_##dtype(const bw_channels *shape, const bw_##dtype *restrict x, const float *restrict s,    \
                               float *restrict y)                                                                  \
  {                                                                                                                \
    BW_EACH_ROW(shape, c) {                                                                                        \
      for (int32_t i = 0; i < shape->inner; i++, x++, y++) {                                                       \
        if (*x > -4194304 && *x < 4194304) *y = (float)*x + 0.0f;                                                  \
        else *y = (float)bw_round_exactly((double)bw_ivit_steps((float)*x, s[c])) + 0.0f;                          \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i32)
BW_DEFINE(f32)
