#include "arithmetic.h"

/* A block of sums at a time, one term after the other: each term's dtype is asked for once in a block. */
#define BW_DEFINE(dtype)                                                                                           \
  void bw_dyadic_sum_##dtype(const bw_channels *shape, int32_t terms, const bw_view *restrict x,                   \
                             const int64_t *restrict M, const int64_t *restrict B, const uint8_t *restrict E,      \
                             bw_##dtype *restrict y)                                                               \
  {                                                                                                                \
    int64_t sums[BW_BLOCK];                                                                                        \
    int32_t position = 0;                                                                                          \
    BW_EACH_ROW(shape, c) {                                                                                        \
      for (int32_t rest = shape->inner, count; rest > 0; rest -= count, position += count) {                       \
        count = rest < BW_BLOCK ? rest : BW_BLOCK;                                                                 \
        for (int32_t k = 0; k < count; k++) sums[k] = B[c];                                                        \
        for (int32_t t = 0; t < terms; t++) bw_accumulate(&x[t], position, count, M[c * terms + t], sums);         \
        for (int32_t k = 0; k < count; k++) {                                                                      \
          y[position + k] = (bw_##dtype)bw_clamp(bw_shift_round_half_even(sums[k], E[c]), shape->lo, shape->hi);   \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_INTEGER(BW_DEFINE)
