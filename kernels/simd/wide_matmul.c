#include "simd.h"

/* One element of the left times a row of the right after the other: neighbouring columns share vectors. */
#define BW_DEFINE(right)                                                                                           \
  void bw_simd_matmul_i32_##right(const bw_matmul *shape, const int32_t *a, const bw_##right *b, int32_t *y)       \
  {                                                                                                                \
    const int32_t depth = shape->depth, columns = shape->columns;                                                  \
    if (shape->transpose) {                                                                                        \
      bw_matmul_i32_##right(shape, a, b, y);                                                                       \
      return;                                                                                                      \
    }                                                                                                              \
    for (int32_t n = 0; n < shape->batch; n++, b += depth * columns) {                                             \
      for (int32_t i = 0; i < shape->rows; i++, a += depth, y += columns) {                                        \
        for (int32_t j = 0; j < columns; j++) y[j] = 0;                                                            \
        for (int32_t k = 0; k < depth; k++)                                                                        \
          for (int32_t j = 0; j < columns; j++) y[j] += a[k] * b[k * columns + j];                                 \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i8)
BW_DEFINE(u8)
