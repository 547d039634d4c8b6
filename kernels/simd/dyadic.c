#include "rounding.h"
#include "simd.h"

/* Whether all channels round by one exponent, in 32 bits: then neighbouring channels share vectors. */
BW_INLINE int one_exponent(enum bw_type from, int32_t channels, const int32_t *M, const int64_t *B, const uint8_t *E)
{
  for (int32_t c = 0; c < channels; c++) {
    term t = {from, 0, M[c], 0};
    if (E[c] != E[0] || !fits_x32(1, &t, B[c], E[c])) return 0;
  }
  return 1;
}

/* Four neighbouring channels of one position. */
BW_INLINE vector round_channels(int half_up, enum bw_type from, const rounding *by, const void *acc, int32_t at, const int32_t *M,
                                const int64_t *B)
{
  vector x = load_x32(from, acc, at), m = load(M), offset = offset_of(half_up, 0, by->exponent);
  vector low = add_x64(add_x64(multiply_low_i32(x, m), load(B)), offset);
  vector high = add_x64(add_x64(multiply_high_i32(x, m), load(B + 2)), offset);
  return round_x32(half_up, by, low, high);
}

BW_INLINE void dyadic(int half_up, enum bw_type from, enum bw_type to, const bw_channels *s, const void *acc, const int32_t *M,
                      const int64_t *B, const uint8_t *E, uint8_t *y)
{
  int together = s->inner == 1 && s->channels >= 4 && one_exponent(from, s->channels, M, B, E);
  rounding by = rounding_by(E[0]);
  for (int32_t n = 0, at = 0; n < s->outer; n++) {
    int32_t c = 0;
    for (; together && c + 16 <= s->channels; c += 16, at += 16) {
      vector rounded[4];
      for (int v = 0; v < 4; v++) rounded[v] = round_channels(half_up, from, &by, acc, at + 4 * v, M + c + 4 * v, B + c + 4 * v);
      store(y + at, clamp_x8(to, rounded, s->lo, s->hi));
    }
    for (; c < s->channels; c++, at += s->inner) {
      term t = {from, acc, M[c], 0};
      int32_t k = 0;
      if (fits_x32(1, &t, B[c], E[c])) k = round_row(half_up, to, 1, from, &t, B[c], E[c], s->lo, s->hi, at, s->inner, y + at);
      for (; k < s->inner; k++) y[at + k] = round_one(1, &t, B[c], E[c], s->lo, s->hi, at + k);
    }
  }
}

#define BW_DEFINE(rounding, half_up, from, to, FROM, TO)                                                                        \
  void bw_##rounding##_dyadic_##from##_##to(const bw_channels *shape, const bw_##from *acc, const int32_t *M, const int64_t *B, \
                                            const uint8_t *E, bw_##to *y)                                                       \
  {                                                                                                                             \
    dyadic(half_up, FROM, TO, shape, acc, M, B, E, (uint8_t *)y);                                                               \
  }
#define BW_DEFINE_EACH(from, FROM)           \
  BW_DEFINE(simd, 0, from, i8, FROM, BW_I8)    \
  BW_DEFINE(simd, 0, from, u8, FROM, BW_U8)    \
  BW_DEFINE(half_up, 1, from, i8, FROM, BW_I8) \
  BW_DEFINE(half_up, 1, from, u8, FROM, BW_U8)

BW_DEFINE_EACH(i8, BW_I8)
BW_DEFINE_EACH(u8, BW_U8)
BW_DEFINE_EACH(i16, BW_I16)
BW_DEFINE_EACH(i32, BW_I32)
