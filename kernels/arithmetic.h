/* The exact arithmetic that several kernels share. */
#ifndef BITWRIGHT_ARITHMETIC_H
#define BITWRIGHT_ARITHMETIC_H

#include "bitwright.h"

/* C leaves the right shift of a negative number to the compiler. All that we know shift the sign in; one that does not stops here. */
typedef char bw_the_right_shift_must_be_arithmetic[(-1 >> 1) == -1 ? 1 : -1];

static inline int32_t bw_clamp(int64_t value, int32_t lo, int32_t hi)
{
  return value < lo ? lo : value > hi ? hi : (int32_t)value;
}

/* rne(value / 2^exponent), 1 <= exponent <= 62 and |value| + 2^(exponent-1) < 2^63: adding half of the divisor, less one where
   the quotient is even, moves exactly the ties to the even side. */
static inline int64_t bw_shift_round_half_even(int64_t value, int32_t exponent)
{
  const int64_t odd = (value >> exponent) & 1;
  return (value + (((int64_t)1 << (exponent - 1)) - 1) + odd) >> exponent;
}

/* rne(value / divisor), 0 < divisor < 2^62. */
static inline int64_t bw_divide_round_half_even(int64_t value, int64_t divisor)
{
  int64_t quotient = value / divisor;
  int64_t rest = value % divisor;
  if (rest < 0) { /* C rounds towards zero; go on from the floor */
    quotient -= 1;
    rest += divisor;
  }
  const int64_t twice = 2 * rest;
  return quotient + (twice > divisor || (twice == divisor && (quotient & 1)));
}

/* rne(value), limited to 32 bits. */
static inline int32_t bw_round_half_even(float value)
{
  if (!(value > -2147483648.0f)) return INT32_MIN;
  if (value >= 2147483648.0f) return INT32_MAX;
  const int32_t whole = (int32_t)value;      /* towards zero */
  const float rest = value - (float)whole;   /* exact */
  const int32_t odd = whole & 1;
  return whole + (rest > 0.5f || (rest == 0.5f && odd)) - (rest < -0.5f || (rest == -0.5f && odd));
}

/* floor(value), limited to 30 bits. */
static inline int32_t bw_floor(float value)
{
  const float limit = 1073741824.0f;
  const float near = value < -limit ? -limit : value > limit ? limit : value;
  const int32_t whole = (int32_t)near; /* towards zero */
  return whole - (near < (float)whole);
}

static inline int32_t bw_least(int32_t a, int32_t b)
{
  return a < b ? a : b;
}

/* For each row of `inner` elements of a tensor [outer, channels, inner], c being its channel. */
#define BW_EACH_ROW(shape, c)                            \
  for (int32_t block = 0; block < (shape)->outer; block++) \
    for (int32_t c = 0; c < (shape)->channels; c++)

/* Does what follows with `from` pointing to element `first` of a tensor, as a tensor of the integer dtype that it has. */
#define BW_WITH_ELEMENTS(x, first, ...)              \
  switch ((enum bw_type)(x)->type) {                 \
    BW_AS(case BW_I8, i8, x, first, __VA_ARGS__)     \
    BW_AS(case BW_U8, u8, x, first, __VA_ARGS__)     \
    BW_AS(case BW_I16, i16, x, first, __VA_ARGS__)   \
    BW_AS(case BW_U16, u16, x, first, __VA_ARGS__)   \
    case BW_I32:                                     \
    BW_AS(default, i32, x, first, __VA_ARGS__)       \
  }
#define BW_AS(label, dtype, x, first, ...)                                  \
  label: {                                                                  \
    const bw_##dtype *const from = (const bw_##dtype *)(x)->data + (first); \
    __VA_ARGS__;                                                            \
    break;                                                                  \
  }

/* sums[k] += multiplier * x[first + k] for `count` elements of a tensor of any integer dtype. */
static inline void bw_accumulate(const bw_view *x, int32_t first, int32_t count, int64_t multiplier, int64_t *sums)
{
  BW_WITH_ELEMENTS(x, first, for (int32_t k = 0; k < count; k++) sums[k] += multiplier * from[k])
}

/* How many 64-bit sums the kernels of several terms hold at a time. */
enum { BW_BLOCK = 128 };

#endif
