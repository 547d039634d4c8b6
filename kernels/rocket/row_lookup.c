#include "rocket/greatest.h"
#include "rocket/rocket.h"

/* Eight elements: all addresses, then all entries, so that nothing waits for a load, and results may lie where the elements do. */
#define BW_LOOK_UP(to, own, x, y)                                                                                 \
  {                                                                                                               \
    const bw_##to *const a = (own) + (x)[0], *const b = (own) + (x)[1], *const c = (own) + (x)[2], *const d = (own) + (x)[3]; \
    const bw_##to *const e = (own) + (x)[4], *const f = (own) + (x)[5], *const g = (own) + (x)[6], *const h = (own) + (x)[7]; \
    const bw_##to p = *a, q = *b, r = *c, s = *d, t = *e, u = *f, v = *g, w = *h;                                 \
    (y)[0] = p;                                                                                                   \
    (y)[1] = q;                                                                                                   \
    (y)[2] = r;                                                                                                   \
    (y)[3] = s;                                                                                                   \
    (y)[4] = t;                                                                                                   \
    (y)[5] = u;                                                                                                   \
    (y)[6] = v;                                                                                                   \
    (y)[7] = w;                                                                                                   \
  }

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
