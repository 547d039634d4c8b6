#include "softmax.h"

#define BW_DEFINE(from, to)                                                                                        \
  void bw_softmax_##from##_##to(const bw_softmax *shape, const bw_##from *restrict x,                              \
                                const int32_t *restrict table, bw_##to *restrict y)                                \
  {                                                                                                                \
    const int32_t columns = shape->columns;                                                                        \
    for (int32_t row = 0; row < shape->rows; row++, x += columns, y += columns) {                                  \
      int32_t greatest = x[0];                                                                                     \
      for (int32_t k = 1; k < columns; k++) greatest = x[k] > greatest ? x[k] : greatest;                          \
      int64_t sum = 0;                                                                                             \
      for (int32_t k = 0; k < columns; k++) sum += table[greatest - x[k]];                                         \
      const bw_share share = bw_share_of_sum(shape, sum);                                                          \
      for (int32_t k = 0; k < columns; k++) y[k] = (bw_##to)bw_share_of(table[greatest - x[k]], share);            \
    }                                                                                                              \
  }

BW_TO_EACH_INTEGER(BW_DEFINE, i8)
BW_TO_EACH_INTEGER(BW_DEFINE, u8)
