#include "rocket/doubles.h"
#include "rocket/rocket.h"

static inline int32_t joined(const int32_t *high, const int32_t *low, int32_t at)
{
  return high[at] * 256 + low[at];
}

void bw_rocket_join_requantise_i8(int32_t rows, int32_t columns, const int32_t *restrict high, const int32_t *restrict low, double m,
                                  int8_t *restrict y, int32_t y_stride)
{
  const double lo = -128.0, hi = 127.0;
  for (int32_t row = 0; row < rows; row++, y += y_stride - columns) {
    int32_t left = columns;
    for (; left >= BW_ABREAST; left -= BW_ABREAST) {
      double v[BW_ABREAST];
      int32_t rounded[BW_ABREAST];
      BW_EACH(k) v[k] = (double)joined(high, low, k);
      BW_MADE(v);
      BW_EACH(k) v[k] = v[k] * m;
      BW_MADE_BEFORE(v, high, low);
      high += BW_ABREAST;
      low += BW_ABREAST;
      BW_MADE_BEFORE(v, high, low);
      BW_EACH(k) v[k] = bw_limit(v[k], lo, hi);
      BW_EACH(k) rounded[k] = bw_rounded(v[k]);
      BW_EACH(k) y[k] = (int8_t)rounded[k];
      y += BW_ABREAST;
    }
    for (; left > 0; left--, high++, low++) *y++ = (int8_t)bw_rounded(bw_limit((double)joined(high, low, 0) * m, lo, hi));
  }
}
