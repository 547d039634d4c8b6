#include "ivit.h"
#include "rocket/rocket.h"

/*
 * ivit-layer-norm and the ivit-rescale behind it. What the modules compute in floats is computed here in integers and in one double expression,
 * together with a bound of how far the two are apart; where the bound leaves a choice the modules' own operations decide.
 *
 * u = 2^-24 is the relative error of a float operation, q an element, xi = q + e the step that the module sees, |e| <= 2.01u|q|; mu is the
 * mean, d = q - mu, y = fl(xi - mu), so |y - d| <= 2.02u|q| + u|d|.
 */

/* Of one row. Where the mean exceeds the root, nothing is known of the distance between line and module. */
typedef struct {
  float mean, factor;
  int bounded;
} statistics;

/* The root, of a float that is an integer; one less or more where the float is next to a square. */
static inline float about_root(float square)
{
#if defined(__riscv_flen)
  float root;
  __asm__("fsqrt.s %0, %1, rtz" : "=f"(root) : "f"(square));
  return root;
#else
  const int64_t integer = (int64_t)square;
  int64_t root = 0;
  for (int64_t bit = (int64_t)1 << 30; bit > 0; bit >>= 1) {
    if ((root + bit) * (root + bit) <= integer) root += bit;
  }
  return (float)root;
#endif
}

/* a * b + c with one rounding or two. */
static inline double multiply_add(double a, double b, double c)
{
#if defined(__riscv_flen) && __riscv_flen >= 64
  double sum;
  __asm__("fmadd.d %0, %1, %2, %3" : "=f"(sum) : "f"(a), "f"(b), "f"(c));
  return sum;
#else
  return a * b + c;
#endif
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

/*
 * The root that the module finds of every V within 1/2 of `square` below 2^18, 0 where they do not agree: a quotient is no multiple of the
 * root that a smaller V would make one less, and none comes so close to the next integer that a float rounds up to it.
 */
static inline int32_t ten_steps(int32_t square)
{
  int32_t root = 65536;
  for (int32_t step = 0; step < 10; step++) {
    const int32_t quotient = square / root;
    if (quotient * root == square) return 0;
    root = (root + quotient) >> 1;
  }
  return root;
}

static inline statistics statistics_of(float mean, float root)
{
  const float factor = bw_floor_exactly(2147483648.0f / root);
  return (statistics){.mean = mean, .factor = factor, .bounded = (mean < 0.0f ? -mean : mean) <= root};
}

/*
 * From sum and squares, S = sum q and Q = sum q^2, both exact. False where they do not tell:
 * - mean = rne(fl(sum xi / C)): |sum xi / C - S / C| <= 2.01u * mean|q|, the float adds 1.01u * mean|q|, and mean|q| <= Q / C / 4096 + 1024.
 *   So it is rne(S / C) where S / C is further than 4u * (Q / C / 4096 + 1024) = Q / C * 2^-34 + 2^-12 from the middle.
 * - The module's V is a float within 4u * sum |d||q| + 4u * V (1 + ...) of V = sum d^2, and sum |d||q| <= (V + Q) / 2: within 2u * (Q + 3V).
 *   Ten steps of Newton's method in floats give floor(sqrt(V)) for every V from 2^18 to 2^44 that is 4u * V below the next square less 1, from
 *   where on they alternate: 4u * (Q + 3V) covers both. Smaller ones they do not bring as far, so there the steps are taken.
 */
static inline int statistics_certain(int32_t columns, int32_t sum, double squares, double inverse, statistics *found)
{
  const double total = (double)sum, exact = total * inverse, mean = bw_round_exactly(exact), rest = exact - mean;
  const double least = 0.5 - 0x1p-12 - squares * inverse * 0x1p-34;
  const double variance = squares - mean * (2.0 * total - (double)columns * mean);
  const double margin = (squares + 3.0 * variance) * 0x1p-22;
  if (!(rest < least && -rest < least)) return 0;
  int32_t root;
  if (variance < 262144.0) {
    if (margin >= 0.5) return 0;
    root = ten_steps((int32_t)variance);
    if (root == 0) return 0;
  } else {
    root = (int32_t)about_root((float)variance);
    const double square = (double)root * (double)root, last = square + 2.0 * (double)root;
    if (!(variance - margin >= square && variance + margin < last)) return 0;
  }
  *found = statistics_of((float)mean, (float)root);
  return 1;
}

static inline float element_steps(float integer, float scale, double inverse)
{
  return bw_quotient(integer * scale, inverse);
}

#define BW_DEFINE_STATISTICS(from)                                                                                   \
  static __attribute__((noinline)) statistics statistics_exactly_##from(int32_t columns, float scale, const bw_##from *x) \
  {                                                                                                                  \
    const double inverse = 1.0 / (double)scale;                                                                      \
    double sum = 0.0, squares = 0.0;                                                                                 \
    for (int32_t j = 0; j < columns; j++) sum += (double)element_steps((float)x[j], scale, inverse);                 \
    const float mean = (float)bw_round_exactly((double)(float)(sum / columns));                                      \
    for (int32_t j = 0; j < columns; j++) {                                                                          \
      const float distance = element_steps((float)x[j], scale, inverse) - mean, square = distance * distance;        \
      squares += (double)square;                                                                                     \
    }                                                                                                                \
    return statistics_of(mean, bw_ivit_root((float)squares));                                                        \
  }                                                                                                                  \
                                                                                                                     \
  static inline statistics statistics_##from(int32_t columns, float scale, double inverse, const bw_##from *restrict x) \
  {                                                                                                                  \
    int32_t sum = 0, j = 0;                                                                                          \
    double s0 = 0.0, s1 = 0.0, s2 = 0.0, s3 = 0.0;                                                                   \
    for (; j + 8 <= columns; j += 8) {                                                                               \
      const int32_t a0 = x[j], a1 = x[j + 1], a2 = x[j + 2], a3 = x[j + 3];                                          \
      const int32_t a4 = x[j + 4], a5 = x[j + 5], a6 = x[j + 6], a7 = x[j + 7];                                      \
      const double d0 = (double)a0, d1 = (double)a1, d2 = (double)a2, d3 = (double)a3;                               \
      const double d4 = (double)a4, d5 = (double)a5, d6 = (double)a6, d7 = (double)a7;                               \
      sum += a0 + a1 + a2 + a3 + a4 + a5 + a6 + a7;                                                                  \
      s0 = multiply_add(d0, d0, s0);                                                                                 \
      s1 = multiply_add(d1, d1, s1);                                                                                 \
      s2 = multiply_add(d2, d2, s2);                                                                                 \
      s3 = multiply_add(d3, d3, s3);                                                                                 \
      s0 = multiply_add(d4, d4, s0);                                                                                 \
      s1 = multiply_add(d5, d5, s1);                                                                                 \
      s2 = multiply_add(d6, d6, s2);                                                                                 \
      s3 = multiply_add(d7, d7, s3);                                                                                 \
    }                                                                                                                \
    for (; j < columns; j++) {                                                                                       \
      sum += x[j];                                                                                                   \
      s0 = multiply_add((double)x[j], (double)x[j], s0);                                                             \
    }                                                                                                                \
    statistics found;                                                                                                \
    if (statistics_certain(columns, sum, (s0 + s1) + (s2 + s3), inverse, &found)) return found;                      \
    return statistics_exactly_##from(columns, scale, x);                                                             \
  }

BW_DEFINE_STATISTICS(i8)
BW_DEFINE_STATISTICS(i16)

/* What elements are computed from: the row's line q * slope + offset, then each channel's. */
typedef struct {
  statistics statistics;
  double slope, offset;
  uint32_t close; /* what is below it, in the fraction, is too close to the middle between two results */
  float scale;
} line;

static int32_t exactly(int32_t q, const line *row, float bias, float s, double m, int32_t lo, int32_t hi)
{
  const float distance = bw_ivit_steps((float)q, row->scale) - row->statistics.mean;
  const float product = distance * row->statistics.factor;
  const float sum = bw_floor_exactly(product / 2.0f) + bias, integer = sum + 0.0f;
  return bw_round_limited(bw_ivit_rescale((double)integer, integer, s, m), lo, hi);
}

/*
 * A result is the upper `bits` of a word, the fraction below it: the conversion limits both at once. What exceeds the least result has the
 * fraction 0, so it is found among those that are too close.
 */
#define BW_DEFINE(from, to, bits, lo, hi)                                                                            \
  static __attribute__((noinline)) void again_##from##_##to(int32_t count, const line *row, const bw_##from *x,      \
                                                            const float *bias, const float *s, const double *m,      \
                                                            const double *lines, bw_##to *y)                         \
  {                                                                                                                  \
    for (int32_t j = 0; j < count; j++) {                                                                            \
      const double integer = multiply_add((double)x[j], row->slope, row->offset);                                    \
      const int32_t word = next_to(multiply_add(integer, lines[2 * j], lines[2 * j + 1]));                           \
      if ((uint32_t)word << (bits) >= row->close) y[j] = (bw_##to)(word >> (32 - (bits)));                           \
      else if (word == INT32_MIN && row->statistics.bounded) y[j] = lo;                                              \
      else y[j] = (bw_##to)exactly(x[j], row, bias[j], s[j], m[j], lo, hi);                                          \
    }                                                                                                                \
  }                                                                                                                  \
                                                                                                                     \
  void bw_rocket_layer_norm_rescale_##from##_##to(const bw_rocket_rows *shape, float scale, const bw_##from *restrict x, \
                                                  const float *restrict bias, const float *restrict s,               \
                                                  const double *restrict m, const double *restrict lines,            \
                                                  bw_##to *restrict y)                                               \
  {                                                                                                                  \
    const int32_t columns = shape->columns;                                                                          \
    for (int32_t r = 0; r < shape->rows; r++, x += columns, y += columns) {                                          \
      const statistics found = statistics_##from(columns, scale, lines[2 * columns], x);                             \
      const double slope = 0.5 * (double)found.factor, offset = -slope * (double)found.mean;                         \
      const uint32_t close = found.bounded ? (uint32_t)shape->close : UINT32_MAX;                                    \
      const line row = {.statistics = found, .slope = slope, .offset = offset, .close = close, .scale = scale};      \
      const double *of = lines;                                                                                      \
      int32_t j = 0;                                                                                                 \
      for (; j + 8 <= columns; j += 8, of += 16) {                                                                   \
        const double q0 = (double)x[j], q1 = (double)x[j + 1], q2 = (double)x[j + 2], q3 = (double)x[j + 3];         \
        const double q4 = (double)x[j + 4], q5 = (double)x[j + 5], q6 = (double)x[j + 6], q7 = (double)x[j + 7];     \
        const double i0 = multiply_add(q0, slope, offset), i1 = multiply_add(q1, slope, offset);                     \
        const double i2 = multiply_add(q2, slope, offset), i3 = multiply_add(q3, slope, offset);                     \
        const double i4 = multiply_add(q4, slope, offset), i5 = multiply_add(q5, slope, offset);                     \
        const double i6 = multiply_add(q6, slope, offset), i7 = multiply_add(q7, slope, offset);                     \
        const int32_t w0 = next_to(multiply_add(i0, of[0], of[1])), w1 = next_to(multiply_add(i1, of[2], of[3]));    \
        const int32_t w2 = next_to(multiply_add(i2, of[4], of[5])), w3 = next_to(multiply_add(i3, of[6], of[7]));    \
        const int32_t w4 = next_to(multiply_add(i4, of[8], of[9])), w5 = next_to(multiply_add(i5, of[10], of[11]));  \
        const int32_t w6 = next_to(multiply_add(i6, of[12], of[13])), w7 = next_to(multiply_add(i7, of[14], of[15])); \
        y[j] = (bw_##to)(w0 >> (32 - (bits)));                                                                       \
        y[j + 1] = (bw_##to)(w1 >> (32 - (bits)));                                                                   \
        y[j + 2] = (bw_##to)(w2 >> (32 - (bits)));                                                                   \
        y[j + 3] = (bw_##to)(w3 >> (32 - (bits)));                                                                   \
        y[j + 4] = (bw_##to)(w4 >> (32 - (bits)));                                                                   \
        y[j + 5] = (bw_##to)(w5 >> (32 - (bits)));                                                                   \
        y[j + 6] = (bw_##to)(w6 >> (32 - (bits)));                                                                   \
        y[j + 7] = (bw_##to)(w7 >> (32 - (bits)));                                                                   \
        if ((uint32_t)w0 << (bits) < close || (uint32_t)w1 << (bits) < close || (uint32_t)w2 << (bits) < close ||    \
            (uint32_t)w3 << (bits) < close || (uint32_t)w4 << (bits) < close || (uint32_t)w5 << (bits) < close ||    \
            (uint32_t)w6 << (bits) < close || (uint32_t)w7 << (bits) < close)                                        \
          again_##from##_##to(8, &row, x + j, bias + j, s + j, m + j, of, y + j);                                    \
      }                                                                                                              \
      if (j < columns) again_##from##_##to(columns - j, &row, x + j, bias + j, s + j, m + j, of, y + j);             \
    }                                                                                                                \
  }

BW_DEFINE(i8, i8, 8, INT8_MIN, INT8_MAX)
BW_DEFINE(i8, i16, 16, INT16_MIN, INT16_MAX)
BW_DEFINE(i16, i8, 8, INT8_MIN, INT8_MAX)
BW_DEFINE(i16, i16, 16, INT16_MIN, INT16_MAX)
