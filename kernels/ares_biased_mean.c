#include "arithmetic.h"

#define BW_DEFINE(from, to)                                                                                            \
  void bw_ares_biased_mean_##from##_##to(int32_t elements, int32_t count, const bw_##from *restrict sum,               \
                                         bw_##to *restrict y)                                                          \
  {                                                                                                                    \
    for (int32_t k = 0; k < elements; k++) y[k] = (bw_##to)((sum[k] + count / 2) / count); /* C truncates */           \
  }

BW_DEFINE(i32, i8)
