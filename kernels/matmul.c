#include "bitwright.h"

#define BW_DEFINE(left, right)                                                                                     \
  void bw_matmul_##left##_##right(const bw_matmul *shape, const bw_##left *restrict a, const bw_##right *restrict b, \
                                  int32_t *restrict y)                                                             \
  {                                                                                                                \
    const int32_t depth = shape->depth, columns = shape->columns;                                                  \
    const int32_t along = shape->transpose ? 1 : columns, across = shape->transpose ? depth : 1;                   \
    for (int32_t n = 0; n < shape->batch; n++, b += depth * columns) {                                             \
      for (int32_t i = 0; i < shape->rows; i++, a += depth) {                                                      \
        for (int32_t j = 0; j < columns; j++) {                                                                    \
          int32_t sum = 0;                                                                                         \
          for (int32_t k = 0; k < depth; k++) sum += (int32_t)a[k] * b[j * across + k * along];                    \
          *y++ = sum;                                                                                              \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_ACTIVATION_PAIR(BW_DEFINE)
BW_DEFINE(i32, i8)
BW_DEFINE(i32, u8)
