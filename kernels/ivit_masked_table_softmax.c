#include "ivit_softmax.h"

#define BW_DEFINE(to, bits)                                                                                        \
  void bw_ivit_masked_table_softmax_##to(const bw_ivit_rows *shape, const int8_t *restrict x,                      \
                                         const int32_t *restrict table, const uint8_t *restrict mask, int32_t hidden, \
                                         bw_##to *restrict y)                                                      \
  {                                                                                                                \
    BW_IVIT_TABLE_SOFTMAX(to, bits, !mask[BW_IVIT_MASK_ROW(shape, row) + j],                                       \
                          mask[BW_IVIT_MASK_ROW(shape, row) + j] ? hidden : own[x[j]])                             \
  }

BW_DEFINE(u8, 8)
BW_DEFINE(u16, 16)
