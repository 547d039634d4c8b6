#include "gemmini/product.h"

/* Eight bytes at a time where both sides begin at such an address: their highest bits are kept from borrowing, and put right afterwards. */
void bw_gemmini_shift(int32_t count, int32_t offset, const uint8_t *restrict x, int8_t *restrict y)
{
  int32_t i = 0;
  if ((((uintptr_t)x | (uintptr_t)y) & 7) == 0) {
    const uint64_t each = 0x0101010101010101u, high = 0x80 * each;
    const uint64_t less = (uint64_t)(offset & 0x7f) * each, kept = (offset & 0x80 ? 0 : high);
    const uint64_t *const from = (const uint64_t *)(const void *)x;
    uint64_t *const to = (uint64_t *)(void *)y;
    for (; i + 8 <= count; i += 8) {
      const uint64_t bytes = from[i / 8];
      to[i / 8] = ((bytes | high) - less) ^ ((bytes ^ kept) & high);
    }
  }
  for (; i < count; i++) y[i] = (int8_t)(x[i] - offset);
}

/* The high digit is rounded, so that the low one is signed. */
#define BW_DEFINE(dtype)                                                                                                     \
  void bw_gemmini_digits_##dtype(int32_t count, int32_t offset, const bw_##dtype *restrict x, int8_t *restrict high,         \
                                 int8_t *restrict low)                                                                       \
  {                                                                                                                          \
    for (int32_t i = 0; i < count; i++) {                                                                                    \
      const int32_t value = x[i];                                                                                            \
      high[i] = (int8_t)(((value + 128) >> 8) - offset);                                                                     \
      low[i] = (int8_t)((uint32_t)value & 0xff);                                                                             \
    }                                                                                                                        \
  }

BW_DEFINE(i16)
BW_DEFINE(u16)
#undef BW_DEFINE

void bw_gemmini_join(int32_t count, const int32_t *restrict high, int32_t *restrict sums)
{
  for (int32_t i = 0; i < count; i++) sums[i] += high[i] * 256;
}

/* [first, last) of the outputs whose tap lies in the row. */
typedef struct {
  int32_t first, last;
} covered;

static covered covered_columns(const bw_gemmini_columns *shape, int32_t tap)
{
  const int32_t stride = shape->stride_width, before = shape->pad_left - tap;
  const int32_t first = before > 0 ? (before + stride - 1) / stride : 0;
  const int32_t reach = shape->width + before;
  const int32_t last = reach > 0 ? (reach + stride - 1) / stride : 0;
  return (covered){.first = first, .last = last < shape->columns ? last : shape->columns};
}

#define BW_DEFINE(dtype)                                                                                                     \
  void bw_gemmini_columns_##dtype(const bw_gemmini_columns *shape, const bw_##dtype *restrict x, int8_t *restrict y)         \
  {                                                                                                                          \
    const int32_t stride = shape->stride_width, width = shape->width, offset = shape->offset;                                \
    const int8_t nothing = (int8_t)-offset;                                                                                  \
    for (int32_t c = 0; c < shape->channels; c++, x += shape->height * width) {                                              \
      for (int32_t v = 0; v < shape->kernel_width; v++, y += shape->plane) {                                                 \
        const covered inside = covered_columns(shape, v);                                                                    \
        int8_t *to = y;                                                                                                      \
        for (int32_t p = 0; p < shape->phases; p++) {                                                                        \
          for (int32_t q = 0; q < shape->rows; q++, to += shape->columns) {                                                  \
            const int32_t row = q * shape->stride_height + p - shape->pad_top;                                               \
            const int empty = row < 0 || row >= shape->height;                                                               \
            const int32_t first = empty || inside.first > inside.last ? shape->columns : inside.first;                       \
            const int32_t last = empty || inside.last < first ? first : inside.last;                                         \
            const bw_##dtype *from = x + row * width + first * stride + v - shape->pad_left;                                 \
            for (int32_t j = 0; j < first; j++) to[j] = nothing;                                                             \
            for (int32_t j = first; j < last; j++, from += stride) to[j] = (int8_t)(*from - offset);                         \
            for (int32_t j = last; j < shape->columns; j++) to[j] = nothing;                                                 \
          }                                                                                                                  \
        }                                                                                                                    \
      }                                                                                                                      \
    }                                                                                                                        \
  }

BW_DEFINE(i8)
BW_DEFINE(u8)
