#include "exponential.h"
#include "softmax.h"

/* The exponential of a score's distance from the greatest, each `multiplier` / 2^exponent steps of 2^-24. */
static inline int32_t exponential_of(int64_t distance, int32_t multiplier, int32_t exponent, const int32_t *table)
{
  return bw_exponential(bw_shift_round_half_even(distance * multiplier, exponent), table);
}

#define BW_DEFINE(from, to)                                                                                        \
  void bw_wide_softmax_##from##_##to(const bw_softmax *shape, int32_t multiplier, int32_t exponent,                \
                                     const bw_##from *restrict x, const int32_t *restrict table,                   \
                                     bw_##to *restrict y)                                                          \
  {                                                                                                                \
    const int32_t columns = shape->columns;                                                                        \
    for (int32_t row = 0; row < shape->rows; row++, x += columns, y += columns) {                                  \
      int64_t greatest = x[0], sum = 0;                                                                            \
      for (int32_t k = 1; k < columns; k++) greatest = x[k] > greatest ? x[k] : greatest;                          \
      for (int32_t k = 0; k < columns; k++) sum += exponential_of(greatest - x[k], multiplier, exponent, table);   \
      const bw_share share = bw_share_of_sum(shape, sum);                                                          \
      for (int32_t k = 0; k < columns; k++)                                                                        \
        y[k] = (bw_##to)bw_share_of(exponential_of(greatest - x[k], multiplier, exponent, table), share);          \
    }                                                                                                              \
  }

BW_TO_EACH_INTEGER(BW_DEFINE, i16)
BW_TO_EACH_INTEGER(BW_DEFINE, u16)
BW_TO_EACH_INTEGER(BW_DEFINE, i32)
