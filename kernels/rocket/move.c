#include <stddef.h>

#include "rocket/rocket.h"

/* Bytes of a cache line: a block of a transposition writes so many of each row. */
enum { BW_LINE_BYTES = 64 };

/* Eight bytes at a time where both sides begin at such an address. */
#define BW_DEFINE_ROW(dtype)                                                                                       \
  static void row_##dtype(int32_t count, const bw_##dtype *restrict x, bw_##dtype *restrict y)                     \
  {                                                                                                                \
    const int32_t in_word = (int32_t)(sizeof(uint64_t) / sizeof *x);                                               \
    if ((((uintptr_t)x | (uintptr_t)y) & (sizeof(uint64_t) - 1)) == 0) {                                           \
      const uint64_t *from = (const uint64_t *)(const void *)x;                                                    \
      uint64_t *to = (uint64_t *)(void *)y;                                                                        \
      const int32_t whole = count - count % (4 * in_word);                                                         \
      for (int32_t k = 0; k < whole; k += 4 * in_word, from += 4, to += 4) {                                       \
        const uint64_t a = from[0], b = from[1], c = from[2], d = from[3];                                         \
        to[0] = a;                                                                                                 \
        to[1] = b;                                                                                                 \
        to[2] = c;                                                                                                 \
        to[3] = d;                                                                                                 \
      }                                                                                                            \
      x += whole;                                                                                                  \
      y += whole;                                                                                                  \
      count -= whole;                                                                                              \
    }                                                                                                              \
    for (int32_t k = 0; k < count; k++) y[k] = x[k];                                                               \
  }

/* y[r * to + c] = x[r + c * from], four by four at a time. */
#define BW_DEFINE_TRANSPOSED(dtype)                                                                                \
  static void block_##dtype(int32_t count, int32_t from, int32_t to, const bw_##dtype *restrict x,                 \
                            bw_##dtype *restrict y)                                                                \
  {                                                                                                                \
    const bw_##dtype *a = x, *b = a + from, *c = b + from, *d = c + from;                                          \
    bw_##dtype *p = y, *q = p + to, *r = q + to, *s = r + to;                                                      \
    const ptrdiff_t next = 4 * (ptrdiff_t)from;                                                                    \
    for (; count > 0; count -= 4, a += next, b += next, c += next, d += next, p += 4, q += 4, r += 4, s += 4) {    \
      const bw_##dtype a0 = a[0], b0 = b[0], c0 = c[0], d0 = d[0], a1 = a[1], b1 = b[1], c1 = c[1], d1 = d[1];     \
      p[0] = a0, p[1] = b0, p[2] = c0, p[3] = d0;                                                                  \
      q[0] = a1, q[1] = b1, q[2] = c1, q[3] = d1;                                                                  \
      const bw_##dtype a2 = a[2], b2 = b[2], c2 = c[2], d2 = d[2], a3 = a[3], b3 = b[3], c3 = c[3], d3 = d[3];     \
      r[0] = a2, r[1] = b2, r[2] = c2, r[3] = d2;                                                                  \
      s[0] = a3, s[1] = b3, s[2] = c3, s[3] = d3;                                                                  \
    }                                                                                                              \
  }                                                                                                                \
                                                                                                                   \
  static void transposed_##dtype(int32_t rows, int32_t columns, int32_t from, int32_t to,                          \
                                 const bw_##dtype *restrict x, bw_##dtype *restrict y)                             \
  {                                                                                                                \
    const int32_t line = (int32_t)(BW_LINE_BYTES / sizeof *x), whole = rows - rows % 4;                            \
    for (int32_t first = 0; first < columns; first += line) {                                                      \
      const int32_t end = columns - first < line ? columns : first + line, in_fours = end - (end - first) % 4;     \
      for (int32_t r = 0; r < whole; r += 4) {                                                                     \
        block_##dtype(in_fours - first, from, to, x + r + first * from, y + r * to + first);                       \
      }                                                                                                            \
      for (int32_t r = 0; r < rows; r++) {                                                                         \
        for (int32_t c = r < whole ? in_fours : first; c < end; c++) y[r * to + c] = x[r + c * from];              \
      }                                                                                                            \
    }                                                                                                              \
  }

/* Rows of the last axis, or, where they are strided in the source and the axis before is not, blocks of the last two. */
#define BW_DEFINE(dtype)                                                                                           \
  BW_DEFINE_ROW(dtype)                                                                                             \
  BW_DEFINE_TRANSPOSED(dtype)                                                                                      \
                                                                                                                   \
  void bw_rocket_move_##dtype(const bw_move *move, const bw_##dtype *restrict x, bw_##dtype *restrict y)           \
  {                                                                                                                \
    const int32_t *const sizes = move->sizes, *const from = move->from, *const to = move->to;                      \
    const int32_t dense = from[5] == 1 && to[5] == 1, transposed = !dense && from[4] == 1 && to[5] == 1;           \
    int32_t at[4] = {0, 0, 0, 0};                                                                                  \
    x += move->from_offset;                                                                                        \
    y += move->to_offset;                                                                                          \
    for (;;) {                                                                                                     \
      int32_t source = 0, result = 0, axis = 4;                                                                    \
      for (int32_t k = 0; k < 4; k++) {                                                                            \
        source += at[k] * from[k];                                                                                 \
        result += at[k] * to[k];                                                                                   \
      }                                                                                                            \
      if (transposed) {                                                                                            \
        transposed_##dtype(sizes[4], sizes[5], from[5], to[4], x + source, y + result);                            \
      } else {                                                                                                     \
        for (int32_t k = 0; k < sizes[4]; k++, source += from[4], result += to[4]) {                               \
          if (dense) {                                                                                             \
            row_##dtype(sizes[5], x + source, y + result);                                                         \
          } else {                                                                                                 \
            for (int32_t l = 0; l < sizes[5]; l++) y[result + l * to[5]] = x[source + l * from[5]];                \
          }                                                                                                        \
        }                                                                                                          \
      }                                                                                                            \
      while (axis > 0 && ++at[axis - 1] == sizes[axis - 1]) at[--axis] = 0;                                        \
      if (axis == 0) return;                                                                                       \
    }                                                                                                              \
  }

BW_EACH_INTEGER(BW_DEFINE)
