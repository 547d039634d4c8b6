#include "bitwright.h"

/* The last axis is the inner loop; where it is dense on both sides, compilers make it a block copy. */
#define BW_DEFINE(from_type, to_type)                                                                              \
  static inline void move_row_##from_type##_##to_type(int32_t count, int32_t from, int32_t to,                     \
                                                      const bw_##from_type *restrict x, bw_##to_type *restrict y)  \
  {                                                                                                                \
    if (from == 1 && to == 1) {                                                                                    \
      for (int32_t k = 0; k < count; k++) y[k] = (bw_##to_type)x[k];                                               \
    } else {                                                                                                       \
      for (int32_t k = 0; k < count; k++) y[k * to] = (bw_##to_type)x[k * from];                                   \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  void bw_move_##from_type##_##to_type(const bw_move *move, const bw_##from_type *restrict x,                      \
                                       bw_##to_type *restrict y)                                                   \
  {                                                                                                                \
    const int32_t *const sizes = move->sizes, *const from = move->from, *const to = move->to;                      \
    for (int32_t a = 0; a < sizes[0]; a++) {                                                                       \
      for (int32_t b = 0; b < sizes[1]; b++) {                                                                     \
        for (int32_t c = 0; c < sizes[2]; c++) {                                                                   \
          for (int32_t d = 0; d < sizes[3]; d++) {                                                                 \
            for (int32_t e = 0; e < sizes[4]; e++) {                                                               \
              const int32_t source = a * from[0] + b * from[1] + c * from[2] + d * from[3] + e * from[4];          \
              const int32_t result = a * to[0] + b * to[1] + c * to[2] + d * to[3] + e * to[4];                    \
              move_row_##from_type##_##to_type(sizes[5], from[5], to[5], x + move->from_offset + source,           \
                                               y + move->to_offset + result);                                      \
            }                                                                                                      \
          }                                                                                                        \
        }                                                                                                          \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_EACH_PAIR(BW_DEFINE)
BW_DEFINE(f32, f32)
