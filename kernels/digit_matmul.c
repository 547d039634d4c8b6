#include "bitwright.h"

#define BW_DEFINE(dtype)                                                                                              \
  void bw_digit_matmul_##dtype(const bw_matmul *shape, int32_t mask, const bw_##dtype *restrict a,                    \
                               const int8_t *restrict b, int32_t *restrict y)                                         \
  {                                                                                                                   \
    const int32_t depth = shape->depth, columns = shape->columns;                                                     \
    for (int32_t n = 0; n < shape->batch; n++, b += depth * columns) {                                                \
      for (int32_t i = 0; i < shape->rows; i++, y += columns) {                                                       \
        for (int32_t j = 0; j < columns; j++) y[j] = 0;                                                               \
        for (int32_t k = 0; k < depth; k++, a++) {                                                                    \
          const int32_t left = (bw_##dtype)(*a ^ mask);                                                               \
          for (int32_t j = 0; j < columns; j++) y[j] += left * b[k * columns + j];                                    \
        }                                                                                                             \
      }                                                                                                               \
    }                                                                                                                 \
  }

BW_DEFINE(i16)
BW_DEFINE(u16)
