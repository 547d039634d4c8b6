#include "bitwright.h"

/* How many of the ascending thresholds are <= x: a binary search, whose answer lies in [low, high]. */
static inline int32_t stairs(int32_t steps, const int32_t *thresholds, int32_t x)
{
  int32_t low = 0, high = steps;
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (thresholds[middle] <= x) low = middle + 1;
    else high = middle;
  }
  return low;
}

#define BW_DEFINE(from, to)                                                                                        \
  void bw_staircase_##from##_##to(int32_t count, int32_t steps, const bw_##from *restrict x,                       \
                                  const int32_t *restrict thresholds, const bw_##to *restrict values,              \
                                  bw_##to *restrict y)                                                             \
  {                                                                                                                \
    for (int32_t k = 0; k < count; k++) y[k] = values[stairs(steps, thresholds, x[k])];                            \
  }

BW_EACH_PAIR(BW_DEFINE)
