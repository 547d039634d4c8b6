#include "bitwright.h"

/* The least value of each dtype: the table's first entry is its result. */
enum { LEAST_i8 = INT8_MIN, LEAST_u8 = 0, LEAST_i16 = INT16_MIN, LEAST_u16 = 0 };

#define BW_DEFINE(from, to)                                                                                        \
  void bw_lookup_##from##_##to(int32_t count, const bw_##from *restrict x, const bw_##to *restrict table,          \
                               bw_##to *restrict y)                                                                \
  {                                                                                                                \
    for (int32_t k = 0; k < count; k++) y[k] = table[x[k] - LEAST_##from];                                         \
  }

BW_TO_EACH_INTEGER(BW_DEFINE, i8)
BW_TO_EACH_INTEGER(BW_DEFINE, u8)
BW_TO_EACH_INTEGER(BW_DEFINE, i16)
BW_TO_EACH_INTEGER(BW_DEFINE, u16)
