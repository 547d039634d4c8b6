/*
 * The dyadic requantisation on vectors: y = clamp(rne(v / 2^E)), v = acc * M + B.
 *
 * Neither machine shifts 64-bit lanes arithmetically. With 2^63 added to v the logical shift gives the same quotient plus 2^(63-E), and the
 * parity of the quotient is that of the true one, E being at most 62. The low 32 bits of the result, less those of 2^(63-E), are the
 * rounded value wherever that fits 32 bits.
 *
 * Where no sum that can occur lies in the middle between two integers, half up is half to even: floor((v + 2^(E-1)) / 2^E). Functions with
 * the parameter half_up do that; src/engine/kernels/ties.ts has the proof.
 */
#ifndef BW_SIMD_ROUNDING_H
#define BW_SIMD_ROUNDING_H

#include "../arithmetic.h"
#include "vector.h"

typedef struct {
  vector below_half; /* x64: 2^(E-1) - 1 */
  vector origin;     /* x32: the low 32 bits of 2^(63-E) */
  int exponent;
} rounding;

BW_INLINE rounding rounding_by(int exponent)
{
  rounding r;
  r.below_half = splat_x64(((int64_t)1 << (exponent - 1)) - 1);
  r.origin = splat_x32((int32_t)(uint32_t)((uint64_t)1 << (63 - exponent)));
  r.exponent = exponent;
  return r;
}

/* One addend of a sum: its elements times multiplier * 2^shift. */
typedef struct {
  enum bw_type type;
  const void *data;
  int32_t multiplier;
  int shift;
} term;

BW_INLINE int bits_of(enum bw_type type)
{
  return type == BW_I32 ? 32 : type == BW_I8 || type == BW_U8 ? 8 : 16;
}

/*
 * Whether rne(v / 2^E) fits 32 bits, v being the sum of the terms and the bias. From E = 32 on it does, since the verifier has proved
 * |v| + 2^(E-1) < 2^63; below, |v| < 2^(E+30) is asked for: 2^(E+29) at most from the bias, as much from the terms.
 */
BW_INLINE int fits_x32(int terms, const term *t, int64_t bias, int exponent)
{
  if (exponent >= 32) return 1;
  int64_t limit = (int64_t)1 << (exponent + 29), sum = 0;
  for (int i = 0; i < terms; i++) {
    if (bits_of(t[i].type) == 32 || t[i].shift > 8) return 0;
    int64_t m = t[i].multiplier < 0 ? -(int64_t)t[i].multiplier : t[i].multiplier;
    sum += m << (bits_of(t[i].type) + t[i].shift);
  }
  return sum <= limit && -limit < bias && bias < limit;
}

BW_INLINE vector round_x64(int half_up, const rounding *r, vector v)
{
  if (half_up) return shift_right_u64(v, r->exponent);
  vector odd = and_bits(shift_right_u64(v, r->exponent), splat_x64(1));
  return shift_right_u64(add_x64(add_x64(v, r->below_half), odd), r->exponent);
}

/* Four rounded values from the sums of the two low and the two high lanes, each with its offset. */
BW_INLINE vector round_x32(int half_up, const rounding *r, vector low, vector high)
{
  return sub_x32(low_halves_x64(round_x64(half_up, r, low), round_x64(half_up, r, high)), r->origin);
}

/* What is added to every sum: the bias, 2^63, and 2^(E-1) where half goes up. */
BW_INLINE vector offset_of(int half_up, int64_t bias, int exponent)
{
  uint64_t half = half_up ? (uint64_t)1 << (exponent - 1) : 0;
  return splat_x64((int64_t)((uint64_t)bias + half + ((uint64_t)1 << 63)));
}

/* Four elements of an integer tensor as 32-bit lanes. */
BW_INLINE vector load_x32(enum bw_type type, const void *data, int32_t first)
{
  switch (type) {
    case BW_I8: return widen_low_i16(widen_low_i8(load_4_bytes((const int8_t *)data + first)));
    case BW_U8: return widen_low_i16(widen_low_u8(load_4_bytes((const uint8_t *)data + first)));
    case BW_I16: return widen_low_i16(load_8_bytes((const int16_t *)data + first));
    case BW_U16: return widen_low_u16(load_8_bytes((const uint16_t *)data + first));
    default: return load((const int32_t *)data + first);
  }
}

/* The clamp to lo..hi, which lie in the result's dtype, i8 or u8; y holds four vectors of 32-bit lanes. */
BW_INLINE vector clamp_x8(enum bw_type type, const vector *y, int32_t lo, int32_t hi)
{
  vector low = narrow_i32(y[0], y[1]), high = narrow_i32(y[2], y[3]);
  if (type == BW_U8) return min_u8(max_u8(narrow_i16_u8(low, high), splat_x8((int8_t)lo)), splat_x8((int8_t)hi));
  return min_i8(max_i8(narrow_i16_i8(low, high), splat_x8((int8_t)lo)), splat_x8((int8_t)hi));
}

enum { MOST_TERMS = 8 };

/* Where the rounding of a row is, and by what. */
typedef struct {
  rounding by;
  vector offset, multiplier[MOST_TERMS];
  const void *data[MOST_TERMS];
} row;

/* Four rounded sums from element k on, 32 bits each. */
BW_INLINE vector round_four(int half_up, int terms, enum bw_type type, const row *r, int32_t k)
{
  vector low = r->offset, high = r->offset;
  for (int i = 0; i < terms; i++) {
    vector x = load_x32(type, r->data[i], k);
    low = add_x64(low, multiply_low_i32(x, r->multiplier[i]));
    high = add_x64(high, multiply_high_i32(x, r->multiplier[i]));
  }
  return round_x32(half_up, &r->by, low, high);
}

BW_INLINE row row_of(int half_up, int terms, const term *t, int64_t bias, int exponent)
{
  row r;
  r.by = rounding_by(exponent);
  r.offset = offset_of(half_up, bias, exponent);
  for (int i = 0; i < terms; i++) {
    r.multiplier[i] = splat_x32(t[i].multiplier);
    r.data[i] = t[i].data;
  }
  return r;
}

/*
 * y[k] = clamp(rne((sum of the terms' element first + k, + bias) / 2^exponent)) for k from 0 to the last multiple of four within count,
 * which is returned. All terms have one type and shift 0, and the sum fits_x32; y holds i8 or u8.
 */
BW_INLINE int32_t round_row(int half_up, enum bw_type to, int terms, enum bw_type type, const term *t, int64_t bias, int exponent,
                            int32_t lo, int32_t hi, int32_t first, int32_t count, uint8_t *y)
{
  const row r = row_of(half_up, terms, t, bias, exponent);
  int32_t k = 0;
  for (; k + 16 <= count; k += 16) {
    int32_t at = first + k;
    vector rounded[4] = {round_four(half_up, terms, type, &r, at), round_four(half_up, terms, type, &r, at + 4),
                         round_four(half_up, terms, type, &r, at + 8), round_four(half_up, terms, type, &r, at + 12)};
    store(y + k, clamp_x8(to, rounded, lo, hi));
  }
  for (; k + 4 <= count; k += 4) {
    vector rounded[4] = {round_four(half_up, terms, type, &r, first + k), zero(), zero(), zero()};
    store_4_bytes(y + k, clamp_x8(to, rounded, lo, hi));
  }
  return k;
}

BW_INLINE int32_t element(enum bw_type type, const void *data, int32_t at)
{
  switch (type) {
    case BW_I8: return ((const int8_t *)data)[at];
    case BW_U8: return ((const uint8_t *)data)[at];
    case BW_I16: return ((const int16_t *)data)[at];
    case BW_U16: return ((const uint16_t *)data)[at];
    default: return ((const int32_t *)data)[at];
  }
}

/* One element, as the portable kernels compute it. */
BW_INLINE uint8_t round_one(int terms, const term *t, int64_t bias, int exponent, int32_t lo, int32_t hi, int32_t at)
{
  int64_t sum = bias;
  for (int i = 0; i < terms; i++) sum += (int64_t)element(t[i].type, t[i].data, at) * t[i].multiplier * ((int64_t)1 << t[i].shift);
  return (uint8_t)bw_clamp(bw_shift_round_half_even(sum, exponent), lo, hi);
}

#endif
