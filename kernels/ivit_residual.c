#include "ivit.h"

/* A stretch of a tensor as doubles. */
static void load(const bw_view *x, int32_t first, int32_t count, double *restrict values)
{
  BW_WITH_ELEMENTS(x, first, for (int32_t k = 0; k < count; k++) values[k] = (double)from[k])
}

/* `count` elements. Where a channel has one element their constants are those of consecutive channels, `step` being 2; else they share them,
   `step` being 0. */
#define BW_DEFINE(to)                                                                                              \
  static inline void add_##to(int32_t count, int32_t step, const bw_ivit_residual *shape, const double *restrict own, \
                              const double *restrict other, const double *restrict m, bw_##to *restrict y)         \
  {                                                                                                                \
    const double lo = (double)shape->lo, hi = (double)shape->hi;                                                   \
    for (int32_t k = 0; k < count; k++, m += step) {                                                               \
      const double sum = bw_round_exactly(own[k] * m[0]) + bw_round_exactly(other[k] * m[1]);                      \
      y[k] = (bw_##to)(sum < lo ? lo : sum > hi ? hi : sum);                                                       \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  void bw_ivit_residual_##to(const bw_ivit_residual *shape, const bw_view *restrict x, const double *restrict m,   \
                             bw_##to *restrict y)                                                                  \
  {                                                                                                                \
    const int32_t channels = shape->channels, inner = shape->inner, step = inner == 1 ? 2 : 0;                     \
    const int32_t run = inner == 1 ? channels : inner, runs = inner == 1 ? shape->outer : shape->outer * channels; \
    double own[BW_BLOCK], other[BW_BLOCK];                                                                         \
    int32_t at = 0, again = 0;                                                                                     \
    for (int32_t r = 0; r < runs; r++) {                                                                           \
      const double *const first = inner == 1 ? m : m + 2 * (r % channels);                                         \
      for (int32_t i = 0, count; i < run; i += count) {                                                            \
        count = bw_least(bw_least(BW_BLOCK, run - i), shape->period - again);                                            \
        load(&x[0], at, count, own);                                                                               \
        load(&x[1], again, count, other);                                                                          \
        add_##to(count, step, shape, own, other, first + i * step, y + at);                                        \
        at += count;                                                                                               \
        again = again + count == shape->period ? 0 : again + count;                                                \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i8)
BW_DEFINE(i16)
