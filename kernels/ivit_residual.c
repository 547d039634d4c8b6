#include "ivit.h"

static double element(const bw_view *x, int32_t at)
{
  switch ((enum bw_type)x->type) {
    case BW_I8: return ((const int8_t *)x->data)[at];
    case BW_U8: return ((const uint8_t *)x->data)[at];
    case BW_I16: return ((const int16_t *)x->data)[at];
    case BW_U16: return ((const uint16_t *)x->data)[at];
    case BW_I32: return ((const int32_t *)x->data)[at];
  }
  return 0.0;
}

#define BW_DEFINE(to)                                                                                              \
  void bw_ivit_residual_##to(const bw_ivit_residual *shape, const bw_view *restrict x, const double *restrict m,   \
                             bw_##to *restrict y)                                                                  \
  {                                                                                                                \
    const double lo = (double)shape->lo, hi = (double)shape->hi;                                                   \
    int32_t at = 0, again = 0;                                                                                     \
    BW_EACH_ROW(shape, c) {                                                                                        \
      for (int32_t i = 0; i < shape->inner; i++) {                                                                 \
        const double own = bw_round_exactly(element(&x[0], at) * m[2 * c]);                                        \
        const double other = bw_round_exactly(element(&x[1], again) * m[2 * c + 1]);                               \
        const double sum = own + other;                                                                            \
        y[at++] = (bw_##to)(sum < lo ? lo : sum > hi ? hi : sum);                                                  \
        again = again + 1 == shape->period ? 0 : again + 1;                                                        \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i8)
BW_DEFINE(i16)
