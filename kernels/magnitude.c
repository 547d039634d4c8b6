#include "bitwright.h"

/* How many of the ascending thresholds are <= power: a binary search, whose answer lies in [low, high]. */
static inline int32_t steps_below(int32_t count, const uint32_t *thresholds, int64_t power)
{
  int32_t low = 0, high = count;
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    const int64_t threshold = (int64_t)thresholds[2 * middle] << 32 | thresholds[2 * middle + 1];
    if (threshold <= power) low = middle + 1;
    else high = middle;
  }
  return low;
}

#define BW_DEFINE(dtype)                                                                                           \
  void bw_magnitude_##dtype(int32_t rows, int32_t bins, int32_t count, const int32_t *restrict spectrum,           \
                            const uint32_t *restrict thresholds, bw_##dtype *restrict y)                           \
  {                                                                                                                \
    for (int32_t row = 0; row < rows; row++, spectrum += 2 * bins, y += bins) {                                    \
      for (int32_t bin = 0; bin < bins; bin++) {                                                                   \
        const int64_t re = spectrum[bin], im = spectrum[bins + bin];                                               \
        y[bin] = (bw_##dtype)steps_below(count, thresholds, re * re + im * im);                                    \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_ACTIVATION(BW_DEFINE)
