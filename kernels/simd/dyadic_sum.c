#include "rounding.h"
#include "simd.h"

enum { MOST_TERMS = 8 };

/* A 64-bit multiplier is a 32-bit one that was shifted to its sum's exponent: m * 2^shift. Returns 0 for any other. */
BW_INLINE int factor(int64_t multiplier, term *t)
{
  t->shift = multiplier ? __builtin_ctzll((uint64_t)multiplier) : 0;
  int64_t odd = multiplier >> t->shift;
  t->multiplier = (int32_t)odd;
  return odd == t->multiplier;
}

BW_INLINE int factors(const bw_channels *s, int32_t terms, const int64_t *M)
{
  term t;
  int all = terms <= MOST_TERMS;
  for (int32_t i = 0; all && i < s->channels * terms; i++) all = factor(M[i], &t);
  return all;
}

BW_INLINE void dyadic_sum(enum bw_type to, const bw_channels *s, int32_t terms, const bw_view *x, const int64_t *M, const int64_t *B,
                          const uint8_t *E, uint8_t *y)
{
  for (int32_t n = 0, at = 0; n < s->outer; n++) {
    for (int32_t c = 0; c < s->channels; c++, at += s->inner) {
      term t[MOST_TERMS];
      for (int32_t i = 0; i < terms; i++) {
        t[i].type = (enum bw_type)x[i].type;
        t[i].data = x[i].data;
        factor(M[c * terms + i], &t[i]);
      }
      if (terms == 2) round_row(to, 2, t, B[c], E[c], s->lo, s->hi, at, s->inner, y + at);
      else round_row(to, terms, t, B[c], E[c], s->lo, s->hi, at, s->inner, y + at);
    }
  }
}

#define BW_DEFINE(dtype, TO)                                                                                      \
  void bw_simd_dyadic_sum_##dtype(const bw_channels *shape, int32_t terms, const bw_view *x, const int64_t *M,    \
                                  const int64_t *B, const uint8_t *E, bw_##dtype *y)                              \
  {                                                                                                               \
    if (shape->inner >= 4 && factors(shape, terms, M)) dyadic_sum(TO, shape, terms, x, M, B, E, (uint8_t *)y);    \
    else bw_dyadic_sum_##dtype(shape, terms, x, M, B, E, y);                                                      \
  }

BW_DEFINE(i8, BW_I8)
BW_DEFINE(u8, BW_U8)
