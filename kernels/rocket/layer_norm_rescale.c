#include "rocket/layer_norm_lines.h"
#include "rocket/rocket.h"

/*
 * ivit-layer-norm and the ivit-rescale behind it. What the modules compute in floats is computed here in one double expression for each row's line
 * and channel, together with a bound of how far the two are apart; where the bound leaves a choice the modules' own operations decide.
 */

/* What all rows share. */
typedef struct {
  const float *bias, *s;
  const double *m, *lines;
  float scale;
} channels;

static int32_t exactly(int32_t q, const line *row, const channels *of, int32_t j, int32_t lo, int32_t hi)
{
  const float distance = bw_ivit_steps((float)q, of->scale) - row->mean;
  const float product = distance * row->factor;
  const float sum = bw_floor_exactly(product / 2.0f) + of->bias[j], integer = sum + 0.0f;
  return bw_round_limited(bw_ivit_rescale((double)integer, integer, of->s[j], of->m[j]), lo, hi);
}

/*
 * An element again, by a bound of its own: with t = d * factor / 2 and o = mean * factor / 2 the module's integer is within 2 + 7.4u|t| + 2.2u|o| +
 * 3.3u|bias| of t + bias, as src/targets/gemmini/core/layer-norm.ts says.
 */
static int32_t again(int32_t q, const line *row, const channels *of, int32_t j, int32_t lo, int32_t hi)
{
  const double bias = (double)of->bias[j], t = bw_multiply_add((double)q, row->slope, row->offset);
  const double product = (t + bias) * of->m[j], rest = product - bw_round_exactly(product);
  const double bound = 2.0 + (7.4 * magnitude(t) + 2.2 * magnitude(row->offset) + 3.3 * magnitude(bias)) * 0x1p-24;
  if (magnitude(rest) + magnitude(of->m[j]) * bound < 0.5) return bw_round_limited(product, lo, hi);
  return exactly(q, row, of, j, lo, hi);
}

/* An integer next to value, limited to 32 bits. */
static inline int32_t next_to(double value)
{
#if defined(__riscv_flen) && __riscv_flen >= 64
  int32_t integer;
  __asm__("fcvt.w.d %0, %1, rtz" : "=r"(integer) : "f"(value));
  return integer;
#else
  return value <= -2147483648.0 ? INT32_MIN : value >= 2147483647.0 ? INT32_MAX : (int32_t)value;
#endif
}

typedef struct {
  double slope0, offset0, slope1, offset1;
} two_lines;

/*
 * A result is the upper `bits` of a word, the fraction below it: the conversion limits both at once. A fraction below `close` is too close to
 * the middle between two results. What is beyond the least result has the fraction 0, so it is found among those.
 */
#define BW_DEFINE(from, to, bits, lo, hi)                                                                            \
  static __attribute__((noinline)) void again_##from##_##to(const int32_t *word, int32_t count, uint32_t close, const line *row, \
                                                            const channels *of, int32_t j, const bw_##from *x, bw_##to *y) \
  {                                                                                                                  \
    for (int32_t k = 0; k < count; k++) {                                                                            \
      if ((uint32_t)word[k] << (bits) < close) y[k] = (bw_##to)again(x[k], row, of, j + k, lo, hi);                  \
    }                                                                                                                \
  }                                                                                                                  \
                                                                                                                     \
  static void tail_##from##_##to(int32_t columns, const line *row, const channels *of, const bw_##from *x, bw_##to *y) \
  {                                                                                                                  \
    for (int32_t j = columns - columns % BW_ABREAST; j < columns; j++) y[j] = (bw_##to)again(x[j], row, of, j, lo, hi); \
  }                                                                                                                  \
                                                                                                                     \
  static void row_##from##_##to(int32_t columns, uint32_t close, const line *row, const channels *of,                \
                                const bw_##from *restrict x, bw_##to *restrict y)                                    \
  {                                                                                                                  \
    const double slope = row->slope, offset = row->offset, *lines = of->lines;                                       \
    const bw_##from *from = x, *const last = x + columns - columns % BW_ABREAST;                                     \
    for (bw_##to *result = y; from < last; result += BW_ABREAST) {                                                   \
      double v[BW_ABREAST], a[BW_ABREAST], b[BW_ABREAST];                                                            \
      int32_t word[BW_ABREAST];                                                                                      \
      BW_EACH(k) v[k] = (double)from[k];                                                                             \
      BW_MADE(v);                                                                                                    \
      BW_EACH(k) a[k] = lines[2 * k], b[k] = lines[2 * k + 1];                                                       \
      BW_EACH(k) v[k] = bw_multiply_add(v[k], slope, offset);                                                        \
      BW_MADE(v);                                                                                                    \
      BW_MADE(a);                                                                                                    \
      BW_MADE(b);                                                                                                    \
      BW_EACH(k) v[k] = bw_multiply_add(v[k], a[k], b[k]);                                                           \
      BW_MADE_BEFORE(v, from, lines);                                                                                \
      from += BW_ABREAST;                                                                                            \
      lines += 2 * BW_ABREAST;                                                                                       \
      BW_MADE_BEFORE(v, from, lines);                                                                                \
      BW_EACH(k) word[k] = next_to(v[k]);                                                                            \
      BW_EACH(k) result[k] = (bw_##to)(word[k] >> (32 - (bits)));                                                    \
      BW_EACH(k) if ((uint32_t)word[k] << (bits) < close)                                                            \
      {                                                                                                              \
        const int32_t words[] = {word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]};            \
        const bw_##from *const source = from - BW_ABREAST;                                                           \
        again_##from##_##to(words, BW_ABREAST, close, row, of, (int32_t)(source - x), source, result);               \
        break;                                                                                                       \
      }                                                                                                              \
    }                                                                                                                \
    tail_##from##_##to(columns, row, of, x, y);                                                                      \
  }                                                                                                                  \
                                                                                                                     \
  /* Four columns of two rows, which share the loads of the channels' lines. */                                      \
  BW_INLINE void four_##from##_##to(two_lines own, const line *row, uint32_t close, const channels *of, int32_t j, const double *lines, \
                                    const bw_##from **x0, const bw_##from **x1, bw_##to *y0, bw_##to *y1)            \
  {                                                                                                                  \
    double v[BW_ABREAST], channel[BW_ABREAST];                                                                       \
    int32_t word[BW_ABREAST];                                                                                        \
    const bw_##from *from0 = *x0, *from1 = *x1;                                                                      \
    BW_EACH(k) v[k] = (double)(k < 4 ? from0[k] : from1[k - 4]);                                                     \
    BW_MADE(v);                                                                                                      \
    BW_EACH(k) channel[k] = lines[k];                                                                                \
    BW_EACH(k) v[k] = bw_multiply_add(v[k], k < 4 ? own.slope0 : own.slope1, k < 4 ? own.offset0 : own.offset1);     \
    BW_MADE(v);                                                                                                      \
    BW_MADE(channel);                                                                                                \
    BW_EACH(k) v[k] = bw_multiply_add(v[k], channel[2 * (k % 4)], channel[2 * (k % 4) + 1]);                         \
    BW_MADE_BEFORE(v, from0, from1);                                                                                 \
    from0 += 4;                                                                                                      \
    from1 += 4;                                                                                                      \
    BW_MADE_BEFORE(v, from0, from1);                                                                                 \
    BW_EACH(k) word[k] = next_to(v[k]);                                                                              \
    BW_EACH(k) *(k < 4 ? y0 + k : y1 + k - 4) = (bw_##to)(word[k] >> (32 - (bits)));                                 \
    *x0 = from0;                                                                                                     \
    *x1 = from1;                                                                                                     \
    BW_EACH(k) if ((uint32_t)word[k] << (bits) < close)                                                              \
    {                                                                                                                \
      const int32_t words[] = {word[0], word[1], word[2], word[3], word[4], word[5], word[6], word[7]};              \
      again_##from##_##to(words, 4, close, &row[0], of, j, from0 - 4, y0);                                           \
      again_##from##_##to(words + 4, 4, close, &row[1], of, j, from1 - 4, y1);                                       \
      break;                                                                                                         \
    }                                                                                                                \
  }                                                                                                                  \
                                                                                                                     \
  static void pair_##from##_##to(int32_t columns, uint32_t close, const line row[2], const channels *of, const bw_##from *x, \
                                 bw_##to *y)                                                                         \
  {                                                                                                                  \
    const two_lines own = {row[0].slope, row[0].offset, row[1].slope, row[1].offset};                                \
    const bw_##from *x0 = x, *x1 = x + columns, *const last = x + columns - columns % BW_ABREAST;                    \
    bw_##to *y0 = y, *y1 = y + columns;                                                                              \
    for (const double *lines = of->lines; x0 < last; y0 += BW_ABREAST, y1 += BW_ABREAST, lines += 2 * BW_ABREAST) {  \
      four_##from##_##to(own, row, close, of, (int32_t)(x0 - x), lines, &x0, &x1, y0, y1);                           \
      four_##from##_##to(own, row, close, of, (int32_t)(x0 - x), lines + BW_ABREAST, &x0, &x1, y0 + 4, y1 + 4);      \
    }                                                                                                                \
    tail_##from##_##to(columns, &row[0], of, x, y);                                                                  \
    tail_##from##_##to(columns, &row[1], of, x + columns, y + columns);                                              \
  }                                                                                                                  \
                                                                                                                     \
  void bw_rocket_layer_norm_rescale_##from##_##to(const bw_rocket_rows *shape, float scale, const bw_##from *x,      \
                                                  const float *bias, const float *s, const double *m,                \
                                                  const double *lines, bw_##to *y)                                   \
  {                                                                                                                  \
    const int32_t columns = shape->columns, rows = shape->rows;                                                      \
    const uint32_t close = (uint32_t)shape->close;                                                                   \
    const double inverse = lines[2 * columns];                                                                       \
    const channels of = {.bias = bias, .s = s, .m = m, .lines = lines, .scale = scale};                              \
    int32_t r = 0;                                                                                                   \
    for (; r + 2 <= rows; r += 2) {                                                                                  \
      const bw_##from *const source[2] = {x + r * columns, x + (r + 1) * columns};                                   \
      const sums row[2] = {sums_##from(columns, source[0]), sums_##from(columns, source[1])};                        \
      line found[2];                                                                                                 \
      if (!lines_certain((double)columns, inverse, row, found))                                                      \
        BW_BOTH(k) found[k] = line_##from(columns, scale, inverse, row[k], source[k]);                               \
      const uint32_t usual = found[0].bounded && found[1].bounded ? close : UINT32_MAX;                              \
      pair_##from##_##to(columns, usual, found, &of, source[0], y + r * columns);                                    \
    }                                                                                                                \
    if (r == rows) return;                                                                                           \
    x += r * columns;                                                                                                \
    y += r * columns;                                                                                                \
    const line found = line_##from(columns, scale, inverse, sums_##from(columns, x), x);                             \
    row_##from##_##to(columns, found.bounded ? close : UINT32_MAX, &found, &of, x, y);                               \
  }

BW_DEFINE(i8, i8, 8, INT8_MIN, INT8_MAX)
BW_DEFINE(i8, i16, 16, INT16_MIN, INT16_MAX)
BW_DEFINE(i16, i8, 8, INT8_MIN, INT8_MAX)
BW_DEFINE(i16, i16, 16, INT16_MIN, INT16_MAX)
