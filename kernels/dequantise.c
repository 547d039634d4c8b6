#include "arithmetic.h"

/* Product and sum are two roundings: compile with -ffp-contract=off, or a machine with a fused multiply-add makes one of them. */
#define BW_DEFINE(dtype)                                                                                           \
  void bw_dequantise_##dtype(const bw_dequantise *shape, const bw_##dtype *restrict acc, const float *restrict s,  \
                             const float *restrict b, float *restrict y)                                           \
  {                                                                                                                \
    BW_EACH_ROW(shape, c) {                                                                                        \
      for (int32_t i = 0; i < shape->inner; i++) {                                                                 \
        const float product = (float)*acc++ * s[c];                                                                \
        const float real = product + b[c];                                                                         \
        *y++ = shape->relu && !(real > 0.0f) ? 0.0f : real;                                                        \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_INTEGER(BW_DEFINE)
