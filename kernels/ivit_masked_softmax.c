#include "ivit_softmax.h"

#define BW_DEFINE(to, bits)                                                                                        \
  void bw_ivit_masked_softmax_i8_##to(const bw_ivit_rows *shape, float scale, const int8_t *restrict x,            \
                                      const float *restrict mask, bw_##to *restrict y)                             \
  {                                                                                                                \
    BW_IVIT_SOFTMAX(to, bits, mask[BW_IVIT_MASK_ROW(shape, row) + j]) \
  }

BW_DEFINE(u8, 8)
BW_DEFINE(u16, 16)
