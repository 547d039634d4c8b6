#include "arithmetic.h"

/* How many of the ascending angles, none beyond half a turn, are not beyond that of (re, im), im >= 0. */
static inline int32_t turns_below(int32_t count, const int32_t *turns, int64_t re, int64_t im)
{
  int32_t low = 0, high = count;
  while (low < high) {
    const int32_t middle = low + (high - low) / 2;
    if (im * turns[2 * middle] - re * turns[2 * middle + 1] >= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

#define BW_DEFINE(dtype)                                                                                           \
  void bw_phase_##dtype(const bw_phase *shape, const int32_t *restrict spectrum, const int32_t *restrict turns,    \
                        bw_##dtype *restrict y)                                                                    \
  {                                                                                                                \
    const int32_t bins = shape->bins;                                                                              \
    for (int32_t row = 0; row < shape->rows; row++, spectrum += 2 * bins, y += bins) {                             \
      for (int32_t bin = 0; bin < bins; bin++) {                                                                   \
        const int64_t re = spectrum[bin], im = spectrum[bins + bin];                                               \
        const int32_t turned = re == 0 && im == 0 ? 0 : turns_below(shape->count, turns, re, im < 0 ? -im : im);   \
        y[bin] = (bw_##dtype)bw_clamp(im < 0 ? -turned : turned, shape->lo, shape->hi);                            \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_ACTIVATION(BW_DEFINE)
