#include "bitwright.h"

#define BW_DEFINE(from, to, low)                                                                                   \
  void bw_row_lookup_##from##_##to(int32_t rows, int32_t columns, const bw_##from *restrict x,                     \
                                   const bw_##to *restrict table, bw_##to *restrict y)                             \
  {                                                                                                                \
    for (int32_t row = 0; row < rows; row++, x += columns, y += columns) {                                         \
      int32_t greatest = low;                                                                                      \
      for (int32_t j = 0; j < columns; j++) greatest = x[j] > greatest ? x[j] : greatest;                          \
      const bw_##to *const own = table + 256 * (greatest - (low)) - (low);                                         \
      for (int32_t j = 0; j < columns; j++) y[j] = own[x[j]];                                                      \
    }                                                                                                              \
  }

BW_DEFINE(i8, i8, -128)
BW_DEFINE(i8, u8, -128)
BW_DEFINE(i8, i16, -128)
BW_DEFINE(i8, u16, -128)
BW_DEFINE(i8, i32, -128)
BW_DEFINE(u8, i8, 0)
BW_DEFINE(u8, u8, 0)
BW_DEFINE(u8, i16, 0)
BW_DEFINE(u8, u16, 0)
BW_DEFINE(u8, i32, 0)
