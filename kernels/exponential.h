/* exp(-x) in integers, for the kernels whose Programs carry its table. */
#ifndef BITWRIGHT_EXPONENTIAL_H
#define BITWRIGHT_EXPONENTIAL_H

#include "arithmetic.h"

/* The table's first part is exp(-i/16), i < 368, the second exp(-j/4096), j < 256, in 2^-30. */
enum { BW_COARSE_EXPONENTIALS = 368, BW_EXPONENTIAL_LIMIT = 23 * 16777216 - 2049 };

/* exp(-t / 2^24) in 2^-30, t >= 0: the entries for the multiple of 2^-12 next to t, and one term of the series for the rest. */
static inline int32_t bw_exponential(int64_t t, const int32_t *table)
{
  const int32_t v = (t < BW_EXPONENTIAL_LIMIT ? (int32_t)t : BW_EXPONENTIAL_LIMIT) + 2048;
  const int32_t rest = (v & 4095) - 2048;
  const int64_t fine = table[BW_COARSE_EXPONENTIALS + ((v >> 12) & 255)];
  const int32_t entry = (int32_t)((table[v >> 20] * fine) >> 30);
  return entry - (((entry >> 12) * rest) >> 12);
}

#endif
