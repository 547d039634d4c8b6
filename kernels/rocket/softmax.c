#include "ivit.h"
#include "rocket/greatest.h"
#include "rocket/rocket.h"

/* An exponential e < 2^23 for two uses: its bits, less those of 2^23, are the integer, which adds up; as a float it is 2^23 + e. */
typedef union {
  int32_t bits;
  float value;
} exponential;

/* What makes shares of exponentials: the float32 `factor`, and 2^23 times that. */
typedef struct {
  float factor, shifted;
} reciprocal;

/* floor(fl(e * factor)); no product is negative. A fused multiply-add rounds (2^23 + e) * factor - 2^23 * factor once, and that is e * factor. */
static inline int32_t share(exponential e, reciprocal of)
{
#if defined(__riscv_flen)
  float product;
  __asm__("fmsub.s %0, %1, %2, %3" : "=f"(product) : "f"(e.value), "f"(of.factor), "f"(of.shifted));
#else
  const float product = (e.value - 8388608.0f) * of.factor;
#endif
  return (int32_t)product;
}

/* Four exponentials, on their way from the table to the row; returns the sum of their bits. */
static inline int64_t gather(const int8_t *restrict x, const int32_t *restrict own, exponential *restrict e)
{
  const int32_t *const a = own + x[0], *const b = own + x[1], *const c = own + x[2], *const d = own + x[3];
  const int32_t p = *a, q = *b, r = *c, s = *d;
  e[0].bits = p;
  e[1].bits = q;
  e[2].bits = r;
  e[3].bits = s;
  return ((int64_t)p + q) + ((int64_t)r + s);
}

/* The exponentials of a row; returns their sum. */
static inline int64_t gather_row(int32_t columns, const int8_t *restrict x, const int32_t *restrict own, exponential *restrict e)
{
  const int64_t bits_of_2_23 = 0x4b000000;
  int64_t sum = -bits_of_2_23 * columns;
  int32_t left = columns;
  for (; left >= 16; left -= 16, x += 16, e += 16) {
    sum += (gather(x, own, e) + gather(x + 4, own, e + 4)) + (gather(x + 8, own, e + 8) + gather(x + 12, own, e + 12));
  }
  for (; left >= 4; left -= 4, x += 4, e += 4) sum += gather(x, own, e);
  for (; left > 0; left--, x++, e++) sum += e->bits = own[*x];
  return sum;
}

#define BW_DEFINE(to, bits)                                                                                        \
  static inline void shares_##to(const exponential *restrict e, reciprocal of, int32_t mask, bw_##to *restrict y)  \
  {                                                                                                                \
    const int32_t a = share(e[0], of), b = share(e[1], of), c = share(e[2], of), d = share(e[3], of);              \
    const int32_t f = share(e[4], of), g = share(e[5], of), h = share(e[6], of), i = share(e[7], of);              \
    y[0] = (bw_##to)(a ^ mask);                                                                                    \
    y[1] = (bw_##to)(b ^ mask);                                                                                    \
    y[2] = (bw_##to)(c ^ mask);                                                                                    \
    y[3] = (bw_##to)(d ^ mask);                                                                                    \
    y[4] = (bw_##to)(f ^ mask);                                                                                    \
    y[5] = (bw_##to)(g ^ mask);                                                                                    \
    y[6] = (bw_##to)(h ^ mask);                                                                                    \
    y[7] = (bw_##to)(i ^ mask);                                                                                    \
  }                                                                                                                \
                                                                                                                   \
  void bw_rocket_softmax_##to(int32_t rows, int32_t columns, int32_t mask, const int8_t *restrict x,               \
                              const int32_t *restrict table, bw_##to *restrict y)                                  \
  {                                                                                                                \
    exponential e[BW_ROCKET_SOFTMAX_COLUMNS];                                                                      \
    for (int32_t row = 0; row < rows; row++, x += columns, y += columns) {                                         \
      const int32_t *const own = table + 256 * (bw_greatest(x, columns) + 128) + 128;                              \
      const float sum = (float)gather_row(columns, x, own, e), factor = bw_ivit_reciprocal(sum) / bw_power_of_two(32 - (bits)); \
      const reciprocal of = {.factor = factor, .shifted = 8388608.0f * factor};                                    \
      int32_t j = 0;                                                                                               \
      for (; j + 16 <= columns; j += 16) {                                                                         \
        shares_##to(e + j, of, mask, y + j);                                                                       \
        shares_##to(e + j + 8, of, mask, y + j + 8);                                                               \
      }                                                                                                            \
      for (; j + 8 <= columns; j += 8) shares_##to(e + j, of, mask, y + j);                                        \
      if (j < columns && columns >= 8) {                                                                           \
        shares_##to(e + columns - 8, of, mask, y + columns - 8); /* some of them once more */                      \
      } else {                                                                                                     \
        for (; j < columns; j++) y[j] = (bw_##to)(share(e[j], of) ^ mask);                                         \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(u8, 8)
BW_DEFINE(u16, 16)
#undef BW_DEFINE

/* A row of which only some elements are seen: those are brought together, done as a row of their own, and go back to their places. */
#define BW_DEFINE(to, width)                                                                                       \
  static void masked_row_##to(int32_t columns, int32_t count, const uint8_t *restrict seen, exponential hidden,    \
                              const int8_t *restrict x, const int32_t *restrict table, bw_##to *restrict y)        \
  {                                                                                                                \
    int8_t kept[BW_ROCKET_MASKED_COLUMNS];                                                                         \
    exponential e[BW_ROCKET_MASKED_COLUMNS];                                                                       \
    bw_##to made[8];                                                                                               \
    for (int32_t k = 0; k < count; k++) kept[k] = x[seen[k]];                                                      \
    const int32_t *const own = table + 256 * (bw_greatest(kept, count) + 128) + 128;                               \
    const int64_t others = (int64_t)(columns - count) * (hidden.bits - 0x4b000000);                                \
    const float sum = (float)(gather_row(count, kept, own, e) + others);                                           \
    const float factor = bw_ivit_reciprocal(sum) / bw_power_of_two(32 - (width));                                  \
    const reciprocal of = {.factor = factor, .shifted = 8388608.0f * factor};                                      \
    const bw_##to rest = (bw_##to)share(hidden, of);                                                               \
    for (int32_t j = 0; j < columns; j++) y[j] = rest;                                                             \
    int32_t k = 0;                                                                                                 \
    for (; k + 8 <= count; k += 8) {                                                                               \
      shares_##to(e + k, of, 0, made);                                                                             \
      for (int32_t l = 0; l < 8; l++) y[seen[k + l]] = made[l];                                                    \
    }                                                                                                              \
    for (; k < count; k++) y[seen[k]] = (bw_##to)share(e[k], of);                                                  \
  }                                                                                                                \
                                                                                                                   \
  void bw_rocket_masked_softmax_##to(const bw_ivit_rows *shape, const int8_t *restrict x, const int32_t *restrict table, \
                                     const uint8_t *restrict seen, int32_t hidden, bw_##to *restrict y)            \
  {                                                                                                                \
    const int32_t columns = shape->columns, tokens = shape->tokens, rows = shape->heads * tokens, next = columns + 1; \
    const exponential other = {.bits = 0x4b000000 + hidden};                                                       \
    for (int32_t left = shape->rows; left > 0; left -= rows, seen += tokens * next) {                              \
      int32_t whole = 0;                                                                                           \
      while (whole < tokens && seen[whole * next] == columns) whole++;                                             \
      if (whole == tokens) bw_rocket_softmax_##to(rows, columns, 0, x, table, y);                                  \
      for (int32_t row = 0; row < rows; row++, x += columns, y += columns) {                                       \
        const uint8_t *const list = seen + row % tokens * next;                                                    \
        if (whole < tokens) masked_row_##to(columns, list[0], list + 1, other, x, table, y);                       \
      }                                                                                                            \
    }                                                                                                              \
  }

BW_DEFINE(u8, 8)
BW_DEFINE(u16, 16)
