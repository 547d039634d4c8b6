#include "ivit_softmax.h"

#define BW_DEFINE(to, bits)                                                                                        \
  void bw_ivit_softmax_i8_##to(const bw_ivit_rows *shape, float scale, const int8_t *restrict x, bw_##to *restrict y) \
  {                                                                                                                \
    BW_IVIT_SOFTMAX(to, bits, 0.0f)                                                                                \
  }

BW_DEFINE(u8, 8)
BW_DEFINE(u16, 16)
