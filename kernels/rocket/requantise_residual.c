#include <stddef.h>

#include "rocket/doubles.h"
#include "rocket/rocket.h"

/*
 * W is BW_WHOLE. The first rounding makes W + v, v = clamp(rne(x * m)), of the exact sum W + x * m. Then
 *   (W + v) * m0 + (W - W * m0) = W + v * m0
 * is rounded once, to W + rne(v * m0), since W is even and W - W * m0 a double. The identity's product comes on top of that and is rounded together
 * with it: the sum may be odd, but that only matters to products that end in a half. y may be the identity itself: elements are read before
 * their results are written.
 */
typedef struct {
  double v_lo, v_hi, lo, hi; /* W more */
  double m0, rest, m1;       /* rest = W - W * m0 */
} constants;

static inline double multiply_whole(double sum, const constants *by)
{
#if defined(__riscv_flen) && __riscv_flen >= 64
  return bw_multiply_add(sum, by->m0, by->rest);
#else
  return (sum - BW_WHOLE) * by->m0 + BW_WHOLE;
#endif
}

/* `step` is 1 where every element has its own m, 0 where they share one. Of the pointers, two go on while the first sums are on their way,
   the others while the last ones are. */
#define BW_DEFINE(dtype, to)                                                                                       \
  BW_INLINE void eight_##dtype##_##to(int32_t step, int32_t halves, const constants *by, const int32_t *restrict x, \
                                      const double *restrict m, const bw_##dtype *identity, double *v)             \
  {                                                                                                                \
    double other[BW_ABREAST];                                                                                      \
    int32_t narrow[BW_ABREAST];                                                                                    \
    BW_EACH(k) v[k] = (double)x[k];                                                                                \
    BW_MADE(v);                                                                                                    \
    BW_EACH(k) v[k] = bw_multiply_add(v[k], m[k * step], BW_WHOLE);                                                \
    BW_MADE_BEFORE(v, x, identity);                                                                                \
    BW_EACH(k) narrow[k] = identity[k];                                                                            \
    BW_MADE_BEFORE(v, narrow[6], narrow[7]);                                                                       \
    BW_EACH(k) other[k] = (double)narrow[k];                                                                       \
    BW_EACH(k) v[k] = bw_limit(v[k], by->v_lo, by->v_hi);                                                          \
    BW_MADE(other);                                                                                                \
    BW_MADE(v);                                                                                                    \
    BW_EACH(k) v[k] = multiply_whole(v[k], by);                                                                    \
    if (halves) {                                                                                                  \
      BW_EACH(k) other[k] = bw_multiply_add(other[k], by->m1, BW_WHOLE);                                           \
      BW_EACH(k) v[k] += other[k] - BW_WHOLE;                                                                      \
    } else {                                                                                                       \
      BW_EACH(k) v[k] = bw_multiply_add(other[k], by->m1, v[k]);                                                   \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  BW_INLINE void run_##dtype##_##to(int32_t count, int32_t step, int32_t halves, const constants *by,              \
                                    const int32_t *restrict x, const double *restrict m,                           \
                                    const bw_##dtype *identity, bw_##to *y)                                        \
  {                                                                                                                \
    const int32_t aligned = ((uintptr_t)y & 3) == 0;                                                               \
    double v[BW_ABREAST];                                                                                          \
    for (; aligned && count >= 2 * BW_ABREAST; count -= 2 * BW_ABREAST) {                                                     \
      eight_##dtype##_##to(step, halves, by, x, m, identity, v);                                                   \
      BW_MADE_BEFORE(v, x, m);                                                                                     \
      x += 2 * BW_ABREAST;                                                                                         \
      m += step * 2 * BW_ABREAST;                                                                                  \
      BW_MADE_BEFORE(v, x, m);                                                                                     \
      BW_EACH(k) v[k] = bw_limit(v[k], by->lo, by->hi);                                                            \
      bw_store_##to(v, y);                                                                                         \
      eight_##dtype##_##to(step, halves, by, x - BW_ABREAST, m - step * BW_ABREAST, identity + BW_ABREAST, v);     \
      BW_MADE_BEFORE(v, identity, y);                                                                              \
      identity += 2 * BW_ABREAST;                                                                                  \
      y += 2 * BW_ABREAST;                                                                                         \
      BW_MADE_BEFORE(v, identity, y);                                                                              \
      BW_EACH(k) v[k] = bw_limit(v[k], by->lo, by->hi);                                                            \
      bw_store_##to(v, y - BW_ABREAST);                                                                            \
    }                                                                                                              \
    for (; count > 0; count--, m += step) {                                                                        \
      const double v = bw_limit(bw_multiply_add((double)*x++, *m, BW_WHOLE), by->v_lo, by->v_hi);                  \
      const double other = bw_multiply_add((double)*identity++, by->m1, BW_WHOLE) - BW_WHOLE;                      \
      *y++ = (bw_##to)bw_low_bits(bw_limit(multiply_whole(v, by) + other, by->lo, by->hi));                        \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  BW_INLINE void rows_##dtype##_##to(const bw_rocket_requantise_residual *shape, int32_t halves,               \
                                     const int32_t *restrict places, const int32_t *restrict x,                    \
                                     const double *restrict m, const bw_##dtype *identity,                         \
                                     const double *restrict terms, bw_##to *y)                                     \
  {                                                                                                                \
    const int32_t inner = shape->inner, channels = shape->channels, count = channels * inner;                      \
    const constants by = {                                                                                         \
      .v_lo = BW_WHOLE + (double)shape->v_lo,                                                                      \
      .v_hi = BW_WHOLE + (double)shape->v_hi,                                                                      \
      .lo = BW_WHOLE + (double)shape->lo,                                                                          \
      .hi = BW_WHOLE + (double)shape->hi,                                                                          \
      .m0 = terms[0],                                                                                              \
      .rest = BW_WHOLE - BW_WHOLE * terms[0],                                                                      \
      .m1 = terms[1],                                                                                              \
    };                                                                                                             \
    for (int32_t block = 0; block < shape->outer; block++, x += count) {                                           \
      const int32_t place = (places == NULL ? block : places[block]) * count;                                      \
      if (inner == 1) {                                                                                            \
        run_##dtype##_##to(channels, 1, halves, &by, x, m, identity + place, y + place);                           \
        continue;                                                                                                  \
      }                                                                                                            \
      for (int32_t c = 0; c < channels; c++) {                                                                     \
        const double own = m[c];                                                                                   \
        const int32_t at = c * inner;                                                                              \
        run_##dtype##_##to(inner, 0, halves, &by, x + at, &own, identity + place + at, y + place + at);            \
      }                                                                                                            \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  static void all_##dtype##_##to(const bw_rocket_requantise_residual *shape, const int32_t *restrict places,       \
                                 const int32_t *restrict x, const double *restrict m,                              \
                                 const bw_##dtype *identity, const double *restrict terms,                         \
                                 bw_##to *y)                                                                       \
  {                                                                                                                \
    if (shape->halves) {                                                                                           \
      rows_##dtype##_##to(shape, 1, places, x, m, identity, terms, y);                                             \
    } else {                                                                                                       \
      rows_##dtype##_##to(shape, 0, places, x, m, identity, terms, y);                                             \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  void bw_rocket_requantise_residual_##dtype##_##to(const bw_rocket_requantise_residual *shape, const int32_t *restrict x, \
                                                    const double *restrict m, const bw_##dtype *identity,          \
                                                    const double *restrict terms, bw_##to *y)                      \
  {                                                                                                                \
    all_##dtype##_##to(shape, NULL, x, m, identity, terms, y);                                                     \
  }                                                                                                                \
                                                                                                                   \
  void bw_rocket_requantise_placed_residual_##dtype##_##to(                                                        \
    const bw_rocket_requantise_residual *shape, const int32_t *restrict x, const double *restrict m,               \
    const bw_##dtype *identity, const double *restrict terms, const int32_t *restrict places, bw_##to *y)          \
  {                                                                                                                \
    all_##dtype##_##to(shape, places, x, m, identity, terms, y);                                                   \
  }

BW_DEFINE(i8, i8)
BW_DEFINE(i8, i16)
BW_DEFINE(i16, i16)
