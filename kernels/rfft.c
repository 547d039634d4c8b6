#include "bitwright.h"

/* The place in the tables goes on by the frequency, at most half a turn at a time. */
#define BW_DEFINE(dtype)                                                                                           \
  void bw_rfft_##dtype(int32_t rows, int32_t length, const bw_##dtype *restrict x, const int32_t *restrict cosines, \
                       const int32_t *restrict sines, int32_t *restrict y)                                         \
  {                                                                                                                \
    const int32_t bins = length / 2 + 1;                                                                           \
    for (int32_t row = 0; row < rows; row++, x += length, y += 2 * bins) {                                         \
      for (int32_t bin = 0; bin < bins; bin++) {                                                                   \
        int32_t re = 0, im = 0;                                                                                    \
        for (int32_t n = 0, place = 0; n < length; n++) {                                                          \
          re += x[n] * cosines[place];                                                                             \
          im -= x[n] * sines[place];                                                                               \
          place += bin;                                                                                            \
          if (place >= length) place -= length;                                                                    \
        }                                                                                                          \
        y[bin] = re;                                                                                               \
        y[bins + bin] = im;                                                                                        \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_ACTIVATION(BW_DEFINE)
