/*
 * Rounding in doubles for a core that has none to spare: eight elements are under way at a time, and a limit costs two instructions without a
 * branch. The results are the same on every machine.
 */
#ifndef BITWRIGHT_ROCKET_DOUBLES_H
#define BITWRIGHT_ROCKET_DOUBLES_H

#include "ivit.h"

/* How many elements are under way at a time: more than the six cycles after which a double can be used. */
enum { BW_ABREAST = 8 };
#define BW_EACH(k) for (int32_t k = 0; k < BW_ABREAST; k++)

/* Inlined wherever it is called, so that the constants among its arguments shape its code. */
#if defined(__GNUC__)
#define BW_INLINE static inline __attribute__((always_inline))
#else
#define BW_INLINE static inline
#endif

/*
 * Where the values of all elements are made before anything further is done with one of them, or with the pointers: a compiler that does not know
 * the core's delays keeps to that order. Between a product and what takes fewer cycles, such as a conversion or a limit, belong two instructions
 * of other kinds: both results would be written in the same cycle, and the later one would begin again.
 */
#if defined(__riscv_flen) && __riscv_flen >= 64
#define BW_MADE(v) \
  __asm__("" : "+f"((v)[0]), "+f"((v)[1]), "+f"((v)[2]), "+f"((v)[3]), "+f"((v)[4]), "+f"((v)[5]), "+f"((v)[6]), "+f"((v)[7]))
#define BW_MADE_BEFORE(v, p, q)                                                                                         \
  __asm__(""                                                                                                            \
          : "+f"((v)[0]), "+f"((v)[1]), "+f"((v)[2]), "+f"((v)[3]), "+f"((v)[4]), "+f"((v)[5]), "+f"((v)[6]), "+f"((v)[7]), \
            "+r"(p), "+r"(q))
#else
#define BW_MADE(v) (void)(v)
#define BW_MADE_BEFORE(v, p, q) (void)(v), (void)(p), (void)(q)
#endif

/* 1.5 * 2^52: a sum with it, of less than 2^51, is rounded half to even to an integer, which stands in its low bits. */
#define BW_WHOLE 6755399441055744.0

/* a * b + c with one rounding. Elsewhere with two, so the product must be a double or the sum the same without its last bits. */
static inline double bw_multiply_add(double a, double b, double c)
{
#if defined(__riscv_flen) && __riscv_flen >= 64
  double sum;
  __asm__("fmadd.d %0, %1, %2, %3" : "=f"(sum) : "f"(a), "f"(b), "f"(c));
  return sum;
#else
  return a * b + c;
#endif
}

/* lo..hi; value is not a NaN. */
static inline double bw_limit(double value, double lo, double hi)
{
#if defined(__riscv_flen) && __riscv_flen >= 64
  double limited;
  __asm__("fmax.d %0, %1, %2" : "=f"(limited) : "f"(value), "f"(lo));
  __asm__("fmin.d %0, %1, %2" : "=f"(limited) : "f"(limited), "f"(hi));
  return limited;
#else
  return value < lo ? lo : value > hi ? hi : value;
#endif
}

/* rne(value), |value| < 2^31. */
static inline int32_t bw_rounded(double value)
{
  return bw_round_limited(value, INT32_MIN, INT32_MAX);
}

/* Eight doubles, limited and rounded to integers of a dtype, stored from `y` on: each operation for all of them before the next. */
#define BW_STORE_ROUNDED(dtype, v, lo, hi, y)              \
  do {                                                     \
    int32_t rounded[BW_ABREAST];                           \
    BW_EACH(k) (v)[k] = bw_limit((v)[k], lo, hi);          \
    BW_EACH(k) rounded[k] = bw_rounded((v)[k]);            \
    BW_EACH(k) (y)[k] = (bw_##dtype)rounded[k];            \
  } while (0)

/* The integer in the low bits of BW_WHOLE + integer. */
static inline int64_t bw_low_bits(double sum)
{
  union {
    double value;
    int64_t bits;
  } low;
  low.value = sum;
  return low.bits;
}

/* Stores the integers in the low bits of eight sums; y is aligned to 4 bytes. */
BW_INLINE void bw_store_i8(const double *sums, int8_t *y)
{
  BW_EACH(k) y[k] = (int8_t)bw_low_bits(sums[k]);
}

/* Two of them with three instructions: the low word of a float register goes to memory as it is, and the next element covers its upper half. */
BW_INLINE void bw_store_i16(const double *sums, int16_t *y)
{
#if defined(__riscv_flen) && __riscv_flen >= 64
  const int64_t a = bw_low_bits(sums[1]), b = bw_low_bits(sums[3]), c = bw_low_bits(sums[5]), d = bw_low_bits(sums[7]);
  for (int32_t k = 0; k < BW_ABREAST; k += 2) __asm__("fsw %1, %0" : "=m"(*(int32_t *)(void *)(y + k)) : "f"(sums[k]));
  y[1] = (int16_t)a;
  y[3] = (int16_t)b;
  y[5] = (int16_t)c;
  y[7] = (int16_t)d;
#else
  BW_EACH(k) y[k] = (int16_t)bw_low_bits(sums[k]);
#endif
}

#endif
