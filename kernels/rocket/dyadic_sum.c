#include "rocket/doubles.h"
#include "rocket/rocket.h"

/* Eight elements of a tensor as doubles. */
BW_INLINE void load(const bw_view *x, int32_t at, double *restrict v)
{
  BW_WITH_ELEMENTS(x, at, BW_EACH(k) v[k] = (double)from[k])
}

static double load_one(const bw_view *x, int32_t at)
{
  double v = 0;
  BW_WITH_ELEMENTS(x, at, v = (double)*from)
  return v;
}

/* A stretch of one channel. The inner sum is a double, so one rounding follows. */
#define BW_DEFINE(to)                                                                                              \
  void bw_rocket_dyadic_sum_##to(const bw_channels *shape, const bw_view *restrict x, const double *restrict factors, \
                                 bw_##to *restrict y)                                                              \
  {                                                                                                                \
    const double lo = (double)shape->lo, hi = (double)shape->hi;                                                   \
    int32_t at = 0;                                                                                                \
    BW_EACH_ROW(shape, c) {                                                                                        \
      const double first = factors[3 * c], second = factors[3 * c + 1], bias = factors[3 * c + 2];                 \
      const int32_t end = at + shape->inner;                                                                       \
      for (; at + BW_ABREAST <= end; at += BW_ABREAST) {                                                           \
        double v[BW_ABREAST], w[BW_ABREAST];                                                                       \
        bw_##to *to = y;                                                                                           \
        load(&x[1], at, w);                                                                                        \
        load(&x[0], at, v);                                                                                        \
        BW_MADE(v);                                                                                                \
        BW_MADE(w);                                                                                                \
        BW_EACH(k) w[k] = bw_multiply_add(w[k], second, bias);                                                     \
        BW_EACH(k) v[k] = bw_multiply_add(v[k], first, w[k]);                                                      \
        BW_MADE_BEFORE(v, at, to);                                                                                 \
        to += at;                                                                                                  \
        BW_MADE_BEFORE(v, at, to);                                                                                 \
        BW_STORE_ROUNDED(to, v, lo, hi, to);                                                                       \
      }                                                                                                            \
      for (; at < end; at++) {                                                                                     \
        const double inner = bw_multiply_add(load_one(&x[1], at), second, bias);                                   \
        y[at] = (bw_##to)bw_rounded(bw_limit(bw_multiply_add(load_one(&x[0], at), first, inner), lo, hi));         \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i8)
BW_DEFINE(u8)
