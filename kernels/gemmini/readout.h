/* Sums that leave Gemmini's accumulator as bytes, read out twice: results lie between both, and where they differ, the core rounds. */
#ifndef BITWRIGHT_GEMMINI_READOUT_H
#define BITWRIGHT_GEMMINI_READOUT_H

#include "arithmetic.h"
#include "bitwright.h"

typedef struct {
  int32_t relu;    /* read-outs below 0 become 0 */
  int32_t lacking; /* what read-outs are less than results: 0, or 128 */
  int32_t lo, hi;
  int32_t own;     /* 1: every channel has a multiplier, a bias and an exponent of its own; 0: they share them */
} bw_gemmini_rounding;

typedef struct {
  const int32_t *less; /* [channels], what sums are less when they are read out for the second time */
  const int32_t *M;    /* the rounding's constants: clamp(rne((sum * M + B) / 2^E)), */
  const int64_t *B;
  const uint8_t *E;
  const float *m;      /* or, where this is not NULL, clamp(rne((float)sum * m)) */
} bw_gemmini_rounding_operands;

/* The result of a channel's sum as it is read out for the second time. */
static inline int32_t bw_gemmini_rounded(const bw_gemmini_rounding *shape, const bw_gemmini_rounding_operands *operands, int32_t channel, int32_t whole)
{
  const int32_t own = shape->own * channel;
  const int64_t sum = (int64_t)whole - operands->less[channel];
  if (operands->m) return bw_clamp(bw_round_half_even((float)sum * operands->m[own]), shape->lo, shape->hi);
  return bw_clamp(bw_shift_round_half_even(sum * operands->M[own] + operands->B[own], operands->E[own]), shape->lo, shape->hi);
}

/* y + 128, whose bytes are uint8_t, in place of y: eight at a time where they begin so. */
static inline void bw_gemmini_unsigned(int32_t count, void *y)
{
  uint64_t *const words = y;
  uint8_t *const bytes = y;
  const int32_t whole = (uintptr_t)y & 7 ? 0 : count / 8;
  for (int32_t i = 0; i < whole; i++) words[i] ^= 0x8080808080808080u;
  for (int32_t i = 8 * whole; i < count; i++) bytes[i] ^= 0x80;
}

/*
 * The first byte from `i` on that two read-outs gave differently, or `count`. What is before is made right: where both agree, results are the read-out
 * and what it lacks, 0 or 128. Eight at a time where y begins so, as `other` does: few words differ.
 */
static inline int32_t bw_gemmini_next_different(int32_t i, int32_t count, int32_t lacking, int8_t *y, const int8_t *other)
{
  const uint64_t each = lacking ? 0x8080808080808080u : 0;
  uint64_t *const a = (uint64_t *)(void *)y;
  const uint64_t *const b = (const uint64_t *)(const void *)other;
  const int32_t whole = (uintptr_t)y & 7 ? 0 : count - 7;
  for (; i < count; i++) {
    for (; (i & 7) == 0 && i < whole && a[i / 8] == b[i / 8]; i += 8) a[i / 8] ^= each;
    if (i == count || y[i] != other[i]) break;
    y[i] = (int8_t)(y[i] ^ lacking);
  }
  return i;
}

#endif
