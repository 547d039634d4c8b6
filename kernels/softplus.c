#include "bitwright.h"

void bw_softplus_i32(int32_t count, const int32_t *restrict x, const int32_t *restrict table, int32_t *restrict y)
{
  for (int32_t k = 0; k < count; k++) {
    const int32_t size = x[k] < 0 ? -x[k] : x[k], positive = x[k] < 0 ? 0 : x[k];
    const int32_t q = size < 1048575 ? size : 1048575, i = q >> 10;
    y[k] = positive * 256 + table[i] - (((table[i] - table[i + 1]) * (q & 1023) + 512) >> 10);
  }
}
