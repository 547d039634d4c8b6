#include "rounding.h"
#include "simd.h"

enum { BLOCK = 128 };

/*
 * A 64-bit multiplier is a 32-bit one that was shifted to its sum's exponent: m * 2^shift. The shift, the least that will do, goes to the
 * value, if that stays within 32 bits. Returns 0 where one of the two does not hold.
 */
BW_INLINE int factor(enum bw_type type, int64_t multiplier, term *t)
{
  int bits = 64 - __builtin_clzll((uint64_t)(multiplier < 0 ? -multiplier : multiplier) | 1);
  t->shift = bits > 31 ? bits - 31 : 0;
  t->multiplier = (int32_t)(multiplier >> t->shift);
  return (int64_t)t->multiplier * ((int64_t)1 << t->shift) == multiplier && (t->shift == 0 || bits_of(type) + t->shift < 32);
}

BW_INLINE int factors(const bw_channels *s, int32_t terms, const bw_view *x, const int64_t *M)
{
  term t;
  int all = terms <= MOST_TERMS;
  for (int32_t c = 0; all && c < s->channels; c++)
    for (int32_t i = 0; all && i < terms; i++) all = factor((enum bw_type)x[i].type, M[c * terms + i], &t);
  return all;
}

/* A block of one term, widened and shifted: `count` elements, a multiple of four. */
static void widen_block(enum bw_type type, const void *data, int32_t first, int32_t count, int shift, int32_t *wide)
{
#define WIDEN(TYPE)                                                                                                             \
  for (int32_t k = 0; k < count; k += 4) store(wide + k, shift_left_x32(load_x32(TYPE, data, first + k), shift));
  switch (type) {
    case BW_I8: WIDEN(BW_I8) break;
    case BW_U8: WIDEN(BW_U8) break;
    case BW_I16: WIDEN(BW_I16) break;
    case BW_U16: WIDEN(BW_U16) break;
    default: WIDEN(BW_I32)
  }
#undef WIDEN
}

/* Elements of one channel, a multiple of four of them. */
BW_INLINE void sum_row(int half_up, enum bw_type to, int terms, const term *t, int64_t bias, int exponent, int32_t lo, int32_t hi,
                       int32_t first, int32_t count, uint8_t *y)
{
  int32_t wide[MOST_TERMS][BLOCK];
  for (int32_t block = 0; block < count; block += BLOCK) {
    int32_t size = count - block < BLOCK ? count - block : BLOCK;
    term widened[MOST_TERMS];
    for (int i = 0; i < terms; i++) {
      int direct = t[i].type == BW_I32 && t[i].shift == 0;
      if (!direct) widen_block(t[i].type, t[i].data, first + block, size, t[i].shift, wide[i]);
      widened[i].data = direct ? (const int32_t *)t[i].data + first + block : wide[i];
      widened[i].multiplier = t[i].multiplier;
    }
    if (terms == 2) round_row(half_up, to, 2, BW_I32, widened, bias, exponent, lo, hi, 0, size, y + block);
    else round_row(half_up, to, terms, BW_I32, widened, bias, exponent, lo, hi, 0, size, y + block);
  }
}

BW_INLINE void dyadic_sum(int half_up, enum bw_type to, const bw_channels *s, int32_t terms, const bw_view *x, const int64_t *M,
                          const int64_t *B, const uint8_t *E, uint8_t *y)
{
  for (int32_t n = 0, at = 0; n < s->outer; n++) {
    for (int32_t c = 0; c < s->channels; c++, at += s->inner) {
      term t[MOST_TERMS];
      for (int32_t i = 0; i < terms; i++) {
        t[i].type = (enum bw_type)x[i].type;
        t[i].data = x[i].data;
        factor(t[i].type, M[c * terms + i], &t[i]);
      }
      int32_t k = fits_x32(terms, t, B[c], E[c]) ? s->inner / 4 * 4 : 0;
      sum_row(half_up, to, terms, t, B[c], E[c], s->lo, s->hi, at, k, y + at);
      for (; k < s->inner; k++) y[at + k] = round_one(terms, t, B[c], E[c], s->lo, s->hi, at + k);
    }
  }
}

#define BW_DEFINE(rounding, half_up, dtype, TO)                                                                            \
  void bw_##rounding##_dyadic_sum_##dtype(const bw_channels *shape, int32_t terms, const bw_view *x, const int64_t *M,     \
                                          const int64_t *B, const uint8_t *E, bw_##dtype *y)                               \
  {                                                                                                                        \
    if (shape->inner >= 4 && factors(shape, terms, x, M)) dyadic_sum(half_up, TO, shape, terms, x, M, B, E, (uint8_t *)y); \
    else bw_dyadic_sum_##dtype(shape, terms, x, M, B, E, y);                                                               \
  }

BW_DEFINE(simd, 0, i8, BW_I8)
BW_DEFINE(simd, 0, u8, BW_U8)
BW_DEFINE(half_up, 1, i8, BW_I8)
BW_DEFINE(half_up, 1, u8, BW_U8)
