#include "rocket/doubles.h"
#include "rocket/rocket.h"

/* Two sums at a time: neither is negative, so nothing is carried from one into the other. */
static inline int64_t pair(const int32_t *high, const int32_t *low)
{
  return *(const int64_t *)(const void *)high * 256 + *(const int64_t *)(const void *)low;
}

/* sum * m - less, rounded once: less is more * m, so that is fl((sum - more) * m). */
static inline double scaled(double sum, int32_t more, double m, double less)
{
#if defined(__riscv_flen) && __riscv_flen >= 64
  double product;
  (void)more;
  __asm__("fmsub.d %0, %1, %2, %3" : "=f"(product) : "f"(sum), "f"(m), "f"(less));
  return product;
#else
  (void)less;
  return (sum - (double)more) * m;
#endif
}

void bw_rocket_join_requantise_i8(int32_t rows, int32_t columns, const int32_t *restrict high, const int32_t *restrict low, int32_t more,
                                  double m, int8_t *restrict y, int32_t y_stride)
{
  const double lo = -128.0, hi = 127.0, less = (double)more * m;
  const int32_t together = columns & 1 ? columns + 1 : BW_ABREAST; /* pairs are aligned where rows are even */
  for (int32_t row = 0; row < rows; row++, y += y_stride - columns) {
    int32_t left = columns;
    for (; left >= together; left -= BW_ABREAST) {
      double v[BW_ABREAST];
      int32_t rounded[BW_ABREAST];
      int64_t joined[BW_ABREAST / 2];
      for (int32_t k = 0; k < BW_ABREAST / 2; k++) joined[k] = pair(high + 2 * k, low + 2 * k);
      BW_EACH(k) v[k] = (double)(int32_t)(k & 1 ? joined[k / 2] >> 32 : joined[k / 2]);
      BW_MADE(v);
      BW_EACH(k) v[k] = scaled(v[k], more, m, less);
      BW_MADE_BEFORE(v, high, low);
      high += BW_ABREAST;
      low += BW_ABREAST;
      BW_MADE_BEFORE(v, high, low);
      BW_EACH(k) v[k] = bw_limit(v[k], lo, hi);
      BW_EACH(k) rounded[k] = bw_rounded(v[k]);
      BW_EACH(k) y[k] = (int8_t)rounded[k];
      y += BW_ABREAST;
    }
    for (; left > 0; left--, high++, low++) {
      *y++ = (int8_t)bw_rounded(bw_limit(scaled((double)(*high * 256 + *low), more, m, less), lo, hi));
    }
  }
}
