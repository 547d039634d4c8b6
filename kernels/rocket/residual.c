#include "rocket/doubles.h"
#include "rocket/rocket.h"

/* The identity and y may be the same: eight elements are read before their results are written.
   Both products are rounded on top of BW_WHOLE, which is even: the second one together with the sum, unless it can end in a half, for the sum may
   be odd. */
#define BW_DEFINE(from, dtype, to)                                                                                 \
  BW_INLINE void run_##from##_##dtype##_##to(int32_t count, int32_t halves, const bw_rocket_residual *shape,       \
                                             const bw_##from *restrict x, const bw_##dtype *identity,              \
                                             const double *restrict terms, bw_##to *y)                             \
  {                                                                                                                \
    const double lo = BW_WHOLE + (double)shape->lo, hi = BW_WHOLE + (double)shape->hi;                             \
    const double own = terms[0], other = terms[1];                                                                 \
    for (; count >= BW_ABREAST; count -= BW_ABREAST) {                                                             \
      double v[BW_ABREAST], w[BW_ABREAST];                                                                         \
      BW_EACH(k) v[k] = (double)x[k];                                                                              \
      BW_EACH(k) w[k] = (double)identity[k];                                                                       \
      BW_MADE(v);                                                                                                  \
      BW_MADE(w);                                                                                                  \
      BW_EACH(k) v[k] = bw_multiply_add(v[k], own, BW_WHOLE);                                                      \
      if (halves) {                                                                                                \
        BW_EACH(k) w[k] = bw_multiply_add(w[k], other, BW_WHOLE);                                                  \
        BW_EACH(k) w[k] = w[k] - BW_WHOLE;                                                                         \
        BW_EACH(k) v[k] = v[k] + w[k];                                                                             \
      } else {                                                                                                     \
        BW_EACH(k) v[k] = bw_multiply_add(w[k], other, v[k]);                                                      \
      }                                                                                                            \
      BW_MADE_BEFORE(v, x, y);                                                                                     \
      x += BW_ABREAST;                                                                                             \
      y += BW_ABREAST;                                                                                             \
      BW_MADE_BEFORE(v, x, y);                                                                                     \
      identity += BW_ABREAST;                                                                                      \
      BW_EACH(k) v[k] = bw_limit(v[k], lo, hi);                                                                    \
      BW_EACH(k) y[k - BW_ABREAST] = (bw_##to)bw_low_bits(v[k]);                                                   \
    }                                                                                                              \
    for (; count > 0; count--) {                                                                                   \
      const double w = bw_multiply_add((double)*identity++, other, BW_WHOLE) - BW_WHOLE;                           \
      const double sum = bw_multiply_add((double)*x++, own, BW_WHOLE) + w;                                         \
      *y++ = (bw_##to)bw_low_bits(bw_limit(sum, lo, hi));                                                          \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  void bw_rocket_residual_##from##_##dtype##_##to(const bw_rocket_residual *shape, const bw_##from *restrict first, \
                                                  const bw_##from *restrict second, const bw_##dtype *identity,    \
                                                  const double *restrict terms, bw_##to *y)                        \
  {                                                                                                                \
    const int32_t parts[] = {shape->first, shape->second};                                                         \
    for (int32_t part = 0; part < 2; part++) {                                                                     \
      const bw_##from *const x = part == 0 ? first : second;                                                       \
      if (shape->halves) {                                                                                         \
        run_##from##_##dtype##_##to(parts[part], 1, shape, x, identity, terms, y);                                 \
      } else {                                                                                                     \
        run_##from##_##dtype##_##to(parts[part], 0, shape, x, identity, terms, y);                                 \
      }                                                                                                            \
      identity += parts[part];                                                                                     \
      y += parts[part];                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i8, i8, i8)
BW_DEFINE(i8, i16, i16)
BW_DEFINE(i16, i8, i16)
BW_DEFINE(i16, i16, i16)
