#include "../softmax.h"
#include "rounding.h"
#include "simd.h"

/* Rows that are longer look their shares up: there are only so many distances from the greatest. */
enum { DISTANCES = 256, SHORT_ROW = 192 };

/* The shares of `count` exponentials. */
BW_INLINE void shares_of(int32_t count, const int32_t *exponentials, bw_share share, int32_t *shares)
{
  int32_t k = 0;
  if (share.exponent >= 32 && share.exponent <= 62) {
    const rounding by = rounding_by(share.exponent);
    const vector offset = offset_of(0, 0, share.exponent), factor = splat_x32((int32_t)share.factor), hi = splat_x32(share.hi);
    for (; k + 4 <= count; k += 4) {
      const vector e = load(exponentials + k);
      const vector low = add_x64(offset, multiply_low_i32(e, factor)), high = add_x64(offset, multiply_high_i32(e, factor));
      store(shares + k, min_i32(round_x32(0, &by, low, high), hi));
    }
  }
  for (; k < count; k++) shares[k] = bw_share_of(exponentials[k], share);
}

#define BW_DEFINE(from, to)                                                                                        \
  void bw_simd_softmax_##from##_##to(const bw_softmax *shape, const bw_##from *x, const int32_t *table, bw_##to *y) \
  {                                                                                                                \
    const int32_t columns = shape->columns;                                                                        \
    int32_t exponentials[SHORT_ROW], shares[DISTANCES];                                                            \
    for (int32_t row = 0; row < shape->rows; row++, x += columns, y += columns) {                                  \
      int32_t greatest = x[0];                                                                                     \
      for (int32_t k = 1; k < columns; k++) greatest = x[k] > greatest ? x[k] : greatest;                          \
      int64_t sum = 0;                                                                                             \
      if (columns <= SHORT_ROW) {                                                                                  \
        for (int32_t k = 0; k < columns; k++) sum += exponentials[k] = table[greatest - x[k]];                     \
        shares_of(columns, exponentials, bw_share_of_sum(shape, sum), shares);                                     \
        for (int32_t k = 0; k < columns; k++) y[k] = (bw_##to)shares[k];                                           \
      } else {                                                                                                     \
        for (int32_t k = 0; k < columns; k++) sum += table[greatest - x[k]];                                       \
        shares_of(DISTANCES, table, bw_share_of_sum(shape, sum), shares);                                          \
        for (int32_t k = 0; k < columns; k++) y[k] = (bw_##to)shares[greatest - x[k]];                             \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(i8, i8)
BW_DEFINE(i8, u8)
BW_DEFINE(i8, i32)
BW_DEFINE(u8, u8)
BW_DEFINE(u8, i32)
