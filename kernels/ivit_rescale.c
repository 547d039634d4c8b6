#include "ivit.h"

/* rne(product), limited, and whether the rounding of the module's steps could tell another integer. A NaN or what exceeds 32 bits is not certain. */
typedef struct {
  int32_t value;
  int certain;
} rounded;

static inline rounded round_product(double product, int32_t lo, int32_t hi)
{
  const int32_t whole = bw_round_limited(product, INT32_MIN, INT32_MAX);
  const double rest = product - (double)whole, margin = product * (1.0 / 2097152.0);
  const double distance = (rest < 0.0 ? -rest : rest) + (margin < 0.0 ? -margin : margin);
  return (rounded){.value = whole < lo ? lo : whole > hi ? hi : whole, .certain = distance < 0.5};
}

/* Four products are under way at a time. `step` is 1 where every element has its own constants, 0 where they share them. */
#define BW_DEFINE(from, to)                                                                                        \
  static inline bw_##to exactly_##from##_##to(bw_##from x, float s, double m, int32_t lo, int32_t hi)              \
  {                                                                                                                \
    return (bw_##to)bw_round_limited(bw_ivit_rescale((double)x, (float)x, s, m), lo, hi);                          \
  }                                                                                                                \
                                                                                                                   \
  static inline void rescale_##from##_##to(int32_t count, int32_t step, int32_t lo, int32_t hi,                    \
                                           const bw_##from *restrict x, const float *restrict s,                   \
                                           const double *restrict m, bw_##to *restrict y)                          \
  {                                                                                                                \
    int32_t i = 0;                                                                                                 \
    for (; i + 4 <= count; i += 4, s += 4 * step, m += 4 * step) {                                                 \
      const rounded a = round_product((double)x[i] * m[0], lo, hi);                                                \
      const rounded b = round_product((double)x[i + 1] * m[step], lo, hi);                                         \
      const rounded c = round_product((double)x[i + 2] * m[2 * step], lo, hi);                                     \
      const rounded d = round_product((double)x[i + 3] * m[3 * step], lo, hi);                                     \
      y[i] = (bw_##to)a.value;                                                                                     \
      y[i + 1] = (bw_##to)b.value;                                                                                 \
      y[i + 2] = (bw_##to)c.value;                                                                                 \
      y[i + 3] = (bw_##to)d.value;                                                                                 \
      if (a.certain & b.certain & c.certain & d.certain) continue;                                                 \
      for (int32_t k = 0; k < 4; k++) y[i + k] = exactly_##from##_##to(x[i + k], s[k * step], m[k * step], lo, hi); \
    }                                                                                                              \
    for (; i < count; i++, s += step, m += step) y[i] = exactly_##from##_##to(x[i], *s, *m, lo, hi);               \
  }                                                                                                                \
                                                                                                                   \
  void bw_ivit_rescale_##from##_##to(const bw_channels *shape, const bw_##from *restrict x, const float *restrict s, \
                                     const double *restrict m, bw_##to *restrict y)                                \
  {                                                                                                                \
    const int32_t inner = shape->inner, channels = shape->channels, lo = shape->lo, hi = shape->hi;                \
    for (int32_t block = 0; block < shape->outer; block++) {                                                       \
      if (inner == 1) {                                                                                            \
        rescale_##from##_##to(channels, 1, lo, hi, x, s, m, y);                                                    \
      } else {                                                                                                     \
        for (int32_t c = 0; c < channels; c++) {                                                                   \
          rescale_##from##_##to(inner, 0, lo, hi, x + c * inner, s + c, m + c, y + c * inner);                     \
        }                                                                                                          \
      }                                                                                                            \
      x += channels * inner;                                                                                       \
      y += channels * inner;                                                                                       \
    }                                                                                                              \
  }

BW_DEFINE(i32, i8)
BW_DEFINE(i32, i16)
BW_DEFINE(f32, i8)
BW_DEFINE(f32, i16)
