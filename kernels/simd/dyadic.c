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

BW_INLINE int same_exponents(int32_t channels, const uint8_t *E)
{
  for (int32_t c = 1; c < channels; c++)
    if (E[c] != E[0]) return 0;
  return 1;
}

void bw_fitting_dyadic_i32_i32(const bw_channels *shape, const int32_t *acc, const int32_t *M, const int64_t *B, const uint8_t *E, int32_t *y)
{
  const int32_t channels = shape->channels, inner = shape->inner;
  const int together = inner == 1 && same_exponents(channels, E);
  const rounding by = rounding_by(E[0]);
  const vector lo = splat_x32(shape->lo), hi = splat_x32(shape->hi);
  for (int32_t n = 0; n < shape->outer; n++) {
    int32_t c = 0;
    for (; together && c + 4 <= channels; c += 4, acc += 4, y += 4)
      store(y, min_i32(max_i32(round_channels(0, BW_I32, &by, acc, 0, M + c, B + c), lo), hi));
    for (; c < channels; c++, acc += inner, y += inner) {
      const term t = {BW_I32, acc, M[c], 0};
      const row r = row_of(0, 1, &t, B[c], E[c]);
      int32_t k = 0;
      for (; k + 4 <= inner; k += 4) store(y + k, min_i32(max_i32(round_four(0, 1, BW_I32, &r, k), lo), hi));
      for (; k < inner; k++)
        y[k] = bw_clamp(bw_shift_round_half_even((int64_t)acc[k] * M[c] + B[c], E[c]), shape->lo, shape->hi);
    }
  }
}
