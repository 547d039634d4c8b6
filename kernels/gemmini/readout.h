/* Bytes that Gemmini's accumulator was read out to, and what the core then makes of them in place. */
#ifndef BITWRIGHT_GEMMINI_READOUT_H
#define BITWRIGHT_GEMMINI_READOUT_H

#include <stdint.h>

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
