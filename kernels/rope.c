#include "bitwright.h"

#define BW_DEFINE(dtype)                                                                                           \
  void bw_rope_##dtype(const bw_rope *shape, const bw_##dtype *restrict x, const int32_t *restrict cosines,        \
                       const int32_t *restrict sines, int32_t *restrict y)                                         \
  {                                                                                                                \
    const int32_t pairs = shape->pairs, step = shape->interleaved ? 2 : 1, other = shape->interleaved ? 1 : pairs; \
    for (int32_t block = 0; block < shape->outer; block++) {                                                       \
      const int32_t *c = cosines, *s = sines;                                                                      \
      for (int32_t position = 0; position < shape->positions; position++) {                                        \
        for (int32_t k = 0; k < pairs; k++) {                                                                      \
          const int32_t even = x[k * step], odd = x[k * step + other];                                             \
          y[k * step] = even * c[k] - odd * s[k];                                                                  \
          y[k * step + other] = even * s[k] + odd * c[k];                                                          \
        }                                                                                                          \
        x += 2 * pairs, y += 2 * pairs, c += pairs, s += pairs;                                                    \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_ACTIVATION(BW_DEFINE)
