#include "rocket/greatest.h"
#include "rocket/look_up.h"
#include "rocket/rocket.h"

#define BW_DEFINE(to)                                                                                              \
  void bw_rocket_row_lookup_##to(int32_t rows, int32_t columns, const int8_t *x, const bw_##to *restrict table, bw_##to *y) \
  {                                                                                                                \
    for (int32_t row = 0; row < rows; row++) {                                                                     \
      const bw_##to *const own = table + 256 * (bw_greatest(x, columns) + 128) + 128;                              \
      int32_t left = columns;                                                                                      \
      for (; left >= 16; left -= 16, x += 16, y += 16) {                                                           \
        BW_LOOK_UP(to, own, x, y)                                                                                  \
        BW_LOOK_UP(to, own, x + 8, y + 8)                                                                          \
      }                                                                                                            \
      for (; left > 0; left--) *y++ = own[*x++];                                                                   \
    }                                                                                                              \
  }

BW_DEFINE(i8)
BW_DEFINE(u8)
BW_DEFINE(i16)
BW_DEFINE(u16)
