#include "../ivit.h"
#include "simd.h"
#include "vector.h"

/* Added to a double below 2^31, it rounds half to even and leaves the integer in the low 32 bits. */
static const double magic = 6755399441055744.0;

/* Four elements as 32 bits, from `at` on. */
BW_INLINE vector four_of(enum bw_type type, const void *x, int32_t at)
{
  switch (type) {
    case BW_I8: return widen_low_i16(widen_low_i8(load_4_bytes((const int8_t *)x + at)));
    case BW_U8: return widen_low_u16(widen_low_u8(load_4_bytes((const uint8_t *)x + at)));
    case BW_I16: return widen_low_i16(load_8_bytes((const int16_t *)x + at));
    case BW_U16: return widen_low_u16(load_8_bytes((const uint16_t *)x + at));
    default: return load((const int32_t *)x + at);
  }
}

BW_INLINE int32_t one_of(enum bw_type type, const void *x, int32_t at)
{
  switch (type) {
    case BW_I8: return ((const int8_t *)x)[at];
    case BW_U8: return ((const uint8_t *)x)[at];
    case BW_I16: return ((const int16_t *)x)[at];
    case BW_U16: return ((const uint16_t *)x)[at];
    default: return ((const int32_t *)x)[at];
  }
}

/* Two pairs of doubles, limited, as four integers. */
BW_INLINE vector limited(vector low, vector high, vector lo, vector hi)
{
  const vector bias = splat_f64(magic);
  return low_halves_x64(add_f64(min_f64(max_f64(low, lo), hi), bias), add_f64(min_f64(max_f64(high, lo), hi), bias));
}

BW_INLINE void store_four(int bytes, void *y, int32_t at, vector values)
{
  const vector words = narrow_i32(values, values);
  if (bytes == 2) store_8_bytes((int16_t *)y + at, words);
  else store_4_bytes((int8_t *)y + at, narrow_i16_i8(words, words));
}

BW_INLINE void store_one(int bytes, void *y, int32_t at, double value)
{
  if (bytes == 2) ((int16_t *)y)[at] = (int16_t)value;
  else ((int8_t *)y)[at] = (int8_t)value;
}

BW_INLINE double clamped(double value, double lo, double hi)
{
  return value < lo ? lo : value > hi ? hi : value;
}

/* `count` elements from `at` on; each has a multiplier of its own, or all have the first. */
BW_INLINE void requantise(int is_float, enum bw_type type, int bytes, int each, int32_t count, const void *x, const double *m, double lo,
                          double hi, int32_t at, void *y)
{
  const vector least = splat_f64(lo), most = splat_f64(hi), shared = splat_f64(*m);
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const vector values = is_float ? load((const float *)x + at + i) : four_of(type, x, at + i);
    const vector upper = interleave_high_x64(values, values);
    const vector low = is_float ? low_f32_to_f64(values) : low_i32_to_f64(values);
    const vector high = is_float ? low_f32_to_f64(upper) : low_i32_to_f64(upper);
    const vector products[2] = {mul_f64(low, each ? load(m + i) : shared), mul_f64(high, each ? load(m + i + 2) : shared)};
    store_four(bytes, y, at + i, limited(products[0], products[1], least, most));
  }
  for (; i < count; i++) {
    const double value = is_float ? (double)((const float *)x)[at + i] : (double)one_of(type, x, at + i);
    store_one(bytes, y, at + i, bw_round_exactly(clamped(value * m[each ? i : 0], lo, hi)));
  }
}

/* Rows of channels where these lie last, else a channel at a time. */
#define BW_DEFINE(from, to, is_float, type, bytes)                                                                             \
  void bw_simd_ivit_requantise_##from##_##to(const bw_channels *shape, const bw_##from *x, const double *m, bw_##to *y)        \
  {                                                                                                                            \
    const double lo = (double)shape->lo, hi = (double)shape->hi;                                                               \
    int32_t at = 0;                                                                                                            \
    if (shape->inner == 1) {                                                                                                   \
      for (int32_t row = 0; row < shape->outer; row++, at += shape->channels)                                                  \
        requantise(is_float, type, bytes, 1, shape->channels, x, m, lo, hi, at, y);                                            \
    } else {                                                                                                                   \
      BW_EACH_ROW(shape, c) {                                                                                                  \
        requantise(is_float, type, bytes, 0, shape->inner, x, m + c, lo, hi, at, y);                                           \
        at += shape->inner;                                                                                                    \
      }                                                                                                                        \
    }                                                                                                                          \
  }
BW_DEFINE(i8, i8, 0, BW_I8, 1)
BW_DEFINE(i16, i8, 0, BW_I16, 1)
BW_DEFINE(i32, i8, 0, BW_I32, 1)
BW_DEFINE(f32, i8, 1, BW_I32, 1)
BW_DEFINE(i8, i16, 0, BW_I8, 2)
BW_DEFINE(i16, i16, 0, BW_I16, 2)
BW_DEFINE(i32, i16, 0, BW_I32, 2)
BW_DEFINE(f32, i16, 1, BW_I32, 2)
#undef BW_DEFINE

/* Both terms of `count` elements: x from `at` on, the identity from `again` on. */
BW_INLINE void add_terms(enum bw_type own, enum bw_type other, int bytes, int32_t count, const bw_view *x, const double *m, double lo,
                         double hi, int32_t at, int32_t again, void *y)
{
  const vector least = splat_f64(lo), most = splat_f64(hi), first = splat_f64(m[0]), second = splat_f64(m[1]);
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const vector a = four_of(own, x[0].data, at + i), b = four_of(other, x[1].data, again + i);
    const vector low = add_f64(round_f64(mul_f64(low_i32_to_f64(a), first)), round_f64(mul_f64(low_i32_to_f64(b), second)));
    const vector upper = interleave_high_x64(a, a), above = interleave_high_x64(b, b);
    const vector high = add_f64(round_f64(mul_f64(low_i32_to_f64(upper), first)), round_f64(mul_f64(low_i32_to_f64(above), second)));
    store_four(bytes, y, at + i, limited(low, high, least, most));
  }
  for (; i < count; i++) {
    const double a = bw_round_exactly(one_of(own, x[0].data, at + i) * m[0]);
    const double b = bw_round_exactly(one_of(other, x[1].data, again + i) * m[1]);
    store_one(bytes, y, at + i, clamped(a + b, lo, hi));
  }
}

/* One pair of multipliers for all, as between tensors with one scale each; the identity comes round after `period` elements. */
BW_INLINE void residual(enum bw_type own, enum bw_type other, int bytes, const bw_ivit_residual *shape, const bw_view *x, const double *m, void *y)
{
  const int32_t size = shape->outer * shape->channels * shape->inner;
  for (int32_t at = 0; at < size; at += shape->period) {
    const int32_t count = size - at < shape->period ? size - at : shape->period;
    add_terms(own, other, bytes, count, x, m, (double)shape->lo, (double)shape->hi, at, 0, y);
  }
}

#define BW_DEFINE(to, bytes)                                                                                                   \
  void bw_simd_ivit_residual_##to(const bw_ivit_residual *shape, const bw_view *x, const double *m, bw_##to *y)                \
  {                                                                                                                            \
    const int32_t own = x[0].type, other = x[1].type;                                                                          \
    if (shape->channels > 1) bw_ivit_residual_##to(shape, x, m, y);                                                            \
    else if (own == BW_I16 && other == BW_I16) residual(BW_I16, BW_I16, bytes, shape, x, m, y);                                \
    else if (own == BW_I8 && other == BW_I8) residual(BW_I8, BW_I8, bytes, shape, x, m, y);                                    \
    else if (own == BW_I16 && other == BW_I8) residual(BW_I16, BW_I8, bytes, shape, x, m, y);                                  \
    else if (own == BW_I8 && other == BW_I16) residual(BW_I8, BW_I16, bytes, shape, x, m, y);                                  \
    else bw_ivit_residual_##to(shape, x, m, y);                                                                                \
  }
BW_DEFINE(i8, 1)
BW_DEFINE(i16, 2)
#undef BW_DEFINE

BW_INLINE void rescale_one(int is_float, int bytes, const void *x, int32_t at, float s, double m, double lo, double hi, void *y)
{
  const float value = is_float ? ((const float *)x)[at] : (float)((const int32_t *)x)[at];
  const double wide = is_float ? (double)value : (double)((const int32_t *)x)[at];
  store_one(bytes, y, at, clamped(bw_ivit_rescale(wide, value, s, m), lo, hi));
}

/* `count` elements from `at` on. Four whose products are far enough from ties need no division. */
BW_INLINE void rescale(int is_float, int bytes, int each, int32_t count, const void *x, const float *s, const double *m, double lo, double hi,
                       int32_t at, void *y)
{
  const vector least = splat_f64(lo), most = splat_f64(hi), shared = splat_f64(*m);
  const vector half = splat_f64(0.5), margin = splat_f64(1.0 / 2097152.0);
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const vector values = load((const int32_t *)x + at + i), upper = interleave_high_x64(values, values);
    const vector low = mul_f64(is_float ? low_f32_to_f64(values) : low_i32_to_f64(values), each ? load(m + i) : shared);
    const vector high = mul_f64(is_float ? low_f32_to_f64(upper) : low_i32_to_f64(upper), each ? load(m + i + 2) : shared);
    const vector low_integers = round_f64(low), high_integers = round_f64(high);
    const vector low_doubt = add_f64(abs_f64(sub_f64(low, low_integers)), abs_f64(mul_f64(low, margin)));
    const vector high_doubt = add_f64(abs_f64(sub_f64(high, high_integers)), abs_f64(mul_f64(high, margin)));
    if (all_less_f64(max_f64(low_doubt, high_doubt), half)) {
      store_four(bytes, y, at + i, limited(low_integers, high_integers, least, most));
      continue;
    }
    for (int32_t j = i; j < i + 4; j++) rescale_one(is_float, bytes, x, at + j, s[each ? j : 0], m[each ? j : 0], lo, hi, y);
  }
  for (; i < count; i++) rescale_one(is_float, bytes, x, at + i, s[each ? i : 0], m[each ? i : 0], lo, hi, y);
}

#define BW_DEFINE(from, to, is_float, bytes)                                                                                   \
  void bw_simd_ivit_rescale_##from##_##to(const bw_channels *shape, const bw_##from *x, const float *s, const double *m,       \
                                          bw_##to *y)                                                                          \
  {                                                                                                                            \
    const double lo = (double)shape->lo, hi = (double)shape->hi;                                                               \
    int32_t at = 0;                                                                                                            \
    if (shape->inner == 1) {                                                                                                   \
      for (int32_t row = 0; row < shape->outer; row++, at += shape->channels)                                                  \
        rescale(is_float, bytes, 1, shape->channels, x, s, m, lo, hi, at, y);                                                  \
    } else {                                                                                                                   \
      BW_EACH_ROW(shape, c) {                                                                                                  \
        rescale(is_float, bytes, 0, shape->inner, x, s + c, m + c, lo, hi, at, y);                                             \
        at += shape->inner;                                                                                                    \
      }                                                                                                                        \
    }                                                                                                                          \
  }
BW_DEFINE(i32, i8, 0, 1)
BW_DEFINE(i32, i16, 0, 2)
BW_DEFINE(f32, i8, 1, 1)
BW_DEFINE(f32, i16, 1, 2)
#undef BW_DEFINE
