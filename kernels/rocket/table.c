#include "rocket/look_up.h"
#include "rocket/rocket.h"

#define BW_DEFINE(from, to)                                                                                        \
  static void look_up_##from##_##to(int32_t count, const bw_##to *restrict own, const bw_##from *x, bw_##to *y)    \
  {                                                                                                                \
    for (; count >= 8; count -= 8, x += 8, y += 8) BW_LOOK_UP(to, own, x, y)                                       \
    for (; count > 0; count--) *y++ = own[*x++];                                                                   \
  }                                                                                                                \
                                                                                                                   \
  void bw_rocket_table_##from##_##to(const bw_rocket_table *shape, const bw_##from *x, const bw_##to *restrict table, bw_##to *y) \
  {                                                                                                                \
    const int32_t inner = shape->inner;                                                                            \
    for (int32_t block = 0; block < shape->outer; block++) {                                                       \
      for (int32_t c = 0; c < shape->channels; c++, x += inner, y += inner) {                                      \
        look_up_##from##_##to(inner, table + c * shape->span - shape->least, x, y);                                \
      }                                                                                                            \
    }                                                                                                              \
  }

#define BW_DEFINE_FROM(from) BW_DEFINE(from, i8) BW_DEFINE(from, u8)
BW_EACH_INTEGER(BW_DEFINE_FROM)
