/* The float32 arithmetic that the modules of I-ViT share: every operation rounds once, so compile with -ffp-contract=off. */
#ifndef BITWRIGHT_IVIT_H
#define BITWRIGHT_IVIT_H

#include <float.h>

#include "arithmetic.h"

#if FLT_EVAL_METHOD != 0
#error "float32 operations must round to float32: on 32-bit x86 compile with -msse2 -mfpmath=sse"
#endif

/* floor(value); from 2^23 on every float is an integer. */
static inline float bw_floor_exactly(float value)
{
  if (!(value > -8388608.0f && value < 8388608.0f)) return value;
#if defined(__riscv_flen)
  int32_t floored;
  __asm__("fcvt.w.s %0, %1, rdn" : "=r"(floored) : "f"(value));
  return (float)floored;
#else
  const float whole = (float)(int32_t)value; /* towards zero */
  return whole > value ? whole - 1.0f : whole;
#endif
}

/* rne(value): adding 2^52 leaves no bits for the fraction; from there on every double is an integer. */
static inline double bw_round_exactly(double value)
{
  const double none = 4503599627370496.0;
#if defined(__riscv_flen) && __riscv_flen >= 64 && __riscv_xlen >= 64
  if (value > -none && value < none) {
    int64_t whole;
    __asm__("fcvt.l.d %0, %1, rne" : "=r"(whole) : "f"(value));
    return (double)whole;
  }
#endif
  if (value >= 0.0) return value < none ? (value + none) - none : value;
  return value > -none ? (value - none) + none : value;
}

/* rne(value), limited to lo..hi. */
static inline int32_t bw_round_limited(double value, int32_t lo, int32_t hi)
{
#if defined(__riscv_flen) && __riscv_flen >= 64
  int32_t whole; /* what does not fit 32 bits becomes the nearest end */
  __asm__("fcvt.w.d %0, %1, rne" : "=r"(whole) : "f"(value));
#else
  const double least = (double)lo, greatest = (double)hi; /* one beyond the ends, the rounding cannot come back */
  const int32_t whole = (int32_t)bw_round_exactly(value < least ? least : value > greatest ? greatest : value);
#endif
  return whole < lo ? lo : whole > hi ? hi : whole;
}

/*
 * dividend / divisor of normal floats, by the double 1 / divisor. Its two roundings miss the quotient by at most 2^-52 of it, and no
 * quotient of two numbers of 24 bits is nearer than 2^-49 of it to the middle between two floats, nor is one there.
 */
static inline float bw_quotient(float dividend, double inverse)
{
  return (float)((double)dividend * inverse);
}

/* What a module sees of another module's integer: its float32 product with the scale, in steps of the scale. */
static inline float bw_ivit_steps(float integer, float scale)
{
  const float real = integer * scale;
  return real / scale;
}

/*
 * rne((double)z * m), z the integer that a module sees in integer * scale: at most 2^-22 of the integer from it, for three roundings to 24
 * bits lie between them, and below 2^24 one to an integer. So the division can be left out wherever the product is further from a tie.
 */
static inline int bw_ivit_certain(double product, double rounded)
{
  const double rest = product - rounded, margin = product * (1.0 / 2097152.0);
  return (rest < 0.0 ? -rest : rest) + (margin < 0.0 ? -margin : margin) < 0.5;
}

static inline double bw_ivit_rescale(double value, float integer, float scale, double m)
{
  const double product = value * m, rounded = bw_round_exactly(product);
  if (bw_ivit_certain(product, rounded)) return rounded;
  return bw_round_exactly(bw_round_exactly((double)bw_ivit_steps(integer, scale)) * m);
}

/* 2^exponent, exponent >= 0; infinity where a float cannot hold it. */
static inline float bw_power_of_two(int32_t exponent)
{
  union {
    uint32_t bits;
    float value;
  } power;
  power.bits = exponent > 127 ? 0x7f800000u : (uint32_t)(exponent + 127) << 23;
  return power.value;
}

typedef struct {
  int32_t n;
  float x0; /* floor(-1/scale), negative */
} bw_ivit_shifts;

static inline bw_ivit_shifts bw_ivit_shifts_of(int32_t n, float scale)
{
  const float inverse = 1.0f / scale;
  return (bw_ivit_shifts){.n = n, .x0 = bw_floor_exactly(-inverse)};
}

/* About 2^n * |x0| * exp(v * scale). */
static inline float bw_ivit_exponential(float v, bw_ivit_shifts shifts)
{
  const float x0 = shifts.x0, least = (float)shifts.n * x0;
  const float half_more = v + bw_floor_exactly(v / 2.0f);
  const float logarithm = half_more - bw_floor_exactly(v / 16.0f);
  const float limited = logarithm > least ? logarithm : least;
  const float k = bw_floor_exactly(limited / x0);
  const float whole = x0 * k;
  const float rest = limited - whole;
  const float linear = rest / 2.0f - x0;
  const float shifted = bw_floor_exactly(linear * bw_power_of_two(shifts.n - (int32_t)k));
  return shifted > 0.0f ? shifted : 0.0f;
}

/* floor(2^31 / denominator), the denominator limited to 2^31. */
static inline float bw_ivit_reciprocal(float denominator)
{
  const float limit = 2147483648.0f;
  return bw_floor_exactly(limit / (denominator < limit ? denominator : limit));
}

/* Ten steps of Newton's method from 2^16, no more and no less. */
static inline float bw_ivit_root(float variance)
{
  float root = 65536.0f;
  for (int32_t step = 0; step < 10; step++) {
    const float sum = root + bw_floor_exactly(variance / root);
    root = bw_floor_exactly(sum / 2.0f);
  }
  return root;
}

#endif
