#include "bitwright.h"

#define BW_DEFINE(dtype)                                                                                           \
  void bw_gather_##dtype(int32_t count, int32_t width, const bw_##dtype *restrict x, const int8_t *restrict rows,  \
                         int8_t *restrict y)                                                                       \
  {                                                                                                                \
    for (int32_t k = 0; k < count; k++, y += width) {                                                              \
      const int8_t *const row = rows + (int32_t)x[k] * width;                                                      \
      for (int32_t j = 0; j < width; j++) y[j] = row[j];                                                           \
    }                                                                                                              \
  }

BW_EACH_INTEGER(BW_DEFINE)
