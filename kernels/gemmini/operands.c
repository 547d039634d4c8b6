#include "gemmini/product.h"

#include "arithmetic.h"

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

/* Four elements at a time: what is loaded can be used two instructions later. */
#define BW_DEFINE(dtype)                                                                                                     \
  static void split_row_##dtype(int32_t count, int32_t stride, int32_t offset, const bw_##dtype *restrict x,                 \
                                int8_t *restrict y)                                                                          \
  {                                                                                                                          \
    for (; count >= 4; count -= 4, x += 4 * stride, y += 4) {                                                                \
      const int32_t a = x[0], b = x[stride], c = x[2 * stride], d = x[3 * stride];                                           \
      y[0] = (int8_t)(a - offset);                                                                                           \
      y[1] = (int8_t)(b - offset);                                                                                           \
      y[2] = (int8_t)(c - offset);                                                                                           \
      y[3] = (int8_t)(d - offset);                                                                                           \
    }                                                                                                                        \
    for (; count > 0; count--, x += stride) *y++ = (int8_t)(*x - offset);                                                    \
  }                                                                                                                          \
                                                                                                                             \
  void bw_gemmini_split_##dtype(const bw_gemmini_split *shape, const bw_##dtype *restrict x, int8_t *restrict y)             \
  {                                                                                                                          \
    const int32_t width = shape->width, stride = shape->stride, split = (width + stride - 1) / stride;                       \
    for (int32_t c = 0; c < shape->channels; c++, x += shape->height * width) {                                              \
      for (int32_t row = 0; row < shape->height; row += shape->row_step) {                                                   \
        for (int32_t p = 0; p < shape->phases; p++, y += split) {                                                            \
          split_row_##dtype((width - p + stride - 1) / stride, stride, shape->offset, x + row * width + p, y);               \
        }                                                                                                                    \
      }                                                                                                                      \
    }                                                                                                                        \
  }

BW_DEFINE(i8)
BW_DEFINE(u8)
#undef BW_DEFINE

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

/* [first, last) of the rows of a phase that lie in the image. */
static covered covered_rows(const bw_gemmini_columns *shape, int32_t phase)
{
  const int32_t stride = shape->stride_height, before = shape->pad_top - phase;
  const int32_t first = before > 0 ? (before + stride - 1) / stride : 0;
  const int32_t reach = shape->height + before;
  const int32_t last = reach > 0 ? (reach + stride - 1) / stride : 0;
  return (covered){.first = first < shape->rows ? first : shape->rows, .last = last < shape->rows ? last : shape->rows};
}

/* Areas of the scratchpad that take turns: each has as many rows as a line has bytes, whatever the array's size; the last one has what is not there. */
enum { BW_AREAS = 8, BW_NOTHING = (BW_AREAS - 1) * GEMMINI_LINE };

/* Stores nothing in rows and columns of y, whose rows are as long as stores are configured. */
static void begin_nothing(int32_t dim, covered rows, covered columns, int32_t width, int8_t *y)
{
  for (int32_t q = rows.first; q < rows.last; q += dim)
    for (int32_t j = columns.first; j < columns.last; j += GEMMINI_LINE)
      gemmini_store(y + q * width + j, gemmini_block(BW_NOTHING, bw_least(dim, rows.last - q), bw_least(GEMMINI_LINE, columns.last - j)));
}

/* The same for all that is not in the image around a block of it. */
static void begin_border(const bw_gemmini_columns *shape, covered rows, covered columns, int8_t *y)
{
  const int32_t dim = 1 << shape->dim_bits, width = shape->columns;
  const covered all = {.first = 0, .last = width};
  begin_nothing(dim, (covered){.first = 0, .last = rows.first}, all, width, y);
  begin_nothing(dim, rows, (covered){.first = 0, .last = columns.first}, width, y);
  begin_nothing(dim, rows, (covered){.first = columns.last, .last = width}, width, y);
  begin_nothing(dim, (covered){.first = rows.last, .last = shape->rows}, all, width, y);
}

void bw_gemmini_begin_columns(const bw_gemmini_columns *shape, const int8_t *x, int8_t *y)
{
  const int32_t dim = 1 << shape->dim_bits, stride = shape->stride_width, split = (shape->width + stride - 1) / stride, width = shape->split * split;
  const int32_t step = shape->stride_height * width, channel = shape->height * width, next = shape->kernel_width * shape->plane;
  int8_t *const nothing = y + shape->channels * next;
  for (int32_t j = 0; j < GEMMINI_LINE; j++) nothing[j] = (int8_t)-shape->offset;
  gemmini_configure_loads(1, 0, dim);
  gemmini_load(1, nothing, gemmini_block(BW_NOTHING, dim, GEMMINI_LINE));
  gemmini_configure_loads(0, step, dim);
  gemmini_configure_stores(shape->columns);
  uint32_t area = 0;
  for (int32_t v = 0; v < shape->kernel_width; v++) {
    covered columns = covered_columns(shape, v);
    if (columns.last < columns.first) columns.last = columns.first = shape->columns;
    const int32_t column = columns.first * stride + v - shape->pad_left, phase = column % stride;
    for (int32_t p = 0; p < shape->phases; p++) {
      covered rows = covered_rows(shape, p);
      if (rows.last < rows.first || columns.first == columns.last) rows.last = rows.first = shape->rows;
      const int8_t *from = x + (rows.first * shape->stride_height + p - shape->pad_top) * width + phase * split + (column - phase) / stride;
      int8_t *to = y + v * shape->plane + p * shape->rows * shape->columns;
      for (int32_t c = 0; c < shape->channels; c++, from += channel, to += next) {
        begin_border(shape, rows, columns, to);
        for (int32_t q = rows.first; q < rows.last; q += dim) {
          for (int32_t j = columns.first; j < columns.last; j += GEMMINI_LINE) {
            const uint64_t block = gemmini_block(area, bw_least(dim, rows.last - q), bw_least(GEMMINI_LINE, columns.last - j));
            gemmini_load(0, from + (q - rows.first) * step + j - columns.first, block);
            gemmini_store(to + q * shape->columns + j, block);
            area = area + GEMMINI_LINE == BW_NOTHING ? 0 : area + GEMMINI_LINE;
          }
        }
      }
    }
  }
}
