/*
 * Mean and root of a row of ivit-layer-norm. What the module computes in floats is computed here in integers, together with a bound of how far the
 * two are apart; where the bound leaves a choice the module's own operations decide.
 *
 * u = 2^-24 is the relative error of a float operation, q an element, xi = q + e the step that the module sees, |e| <= 2.01u|q|; mu is the
 * mean, d = q - mu, y = fl(xi - mu), so |y - d| <= 2.02u|q| + u|d|. C is the number of columns.
 */
#ifndef BITWRIGHT_ROCKET_LAYER_NORM_LINES_H
#define BITWRIGHT_ROCKET_LAYER_NORM_LINES_H

#include "rocket/doubles.h"

static inline double magnitude(double value)
{
#if defined(__riscv_flen) && __riscv_flen >= 64
  double positive;
  __asm__("fabs.d %0, %1" : "=f"(positive) : "f"(value));
  return positive;
#else
  return value < 0.0 ? -value : value;
#endif
}

/* S = sum q and Q = sum q^2 of a row, both exact. */
typedef struct {
  double total, squares;
} sums;

/* A row's line: q * slope + offset is half of (q - mean) * factor. */
typedef struct {
  double slope, offset;
  float mean, factor;
  int bounded; /* |mean| <= root: where it is not, nothing is known of the distance between line and module */
} line;

static inline float factor_of(float root)
{
  return bw_floor_exactly(2147483648.0f / root);
}

static inline line line_of(float mean, float root, float factor)
{
  const double slope = 0.5 * (double)factor;
  return (line){
    .slope = slope,
    .offset = -slope * (double)mean,
    .mean = mean,
    .factor = factor,
    .bounded = magnitude((double)mean) <= (double)root,
  };
}

/*
 * The module's mean is rne(fl(sum xi / C)). |sum xi / C - S / C| <= 2.01u * mean|q|, its rounding adds 1.01u * mean|q|, and mean|q| is at most
 * Q / C / 4096 + 1024. So it is rne(S / C) where S / C is further than 4u * (Q / C / 4096 + 1024) from the middle between two integers.
 */
static inline int is_mean(double mean, double quotient, double squares, double inverse)
{
  const double rest = quotient - mean;
  return magnitude(rest) + squares * (inverse * 0x1p-34) < 0.5 - 0x1p-12;
}

/* V = sum d^2 = Q - mu * (2S - C * mu), exact, whatever integer the mean is. */
static inline double variance_of(sums row, double columns, double mean)
{
  return row.squares - mean * (2.0 * row.total - columns * mean);
}

/*
 * The module's V is a float that far from V at most, 2u * (Q + 3V): y^2 - d^2 adds up to 4.1u * sum |d||q| + 2.1u * V, the squares and their sum
 * round by 2.1u * V, and sum |d||q| <= (V + Q) / 2.
 */
static inline double variance_margin(sums row, double variance)
{
  return (row.squares + 3.0 * variance) * 0x1p-23;
}

/* From here on the module's ten steps bring it to the root. */
static const double large_variance = 262144.0;

/* The root of a float that is large, downwards, or one less or more where the float is next to a square. */
static inline float about_root(float square)
{
#if defined(__riscv_flen)
  float root;
  __asm__("fsqrt.s %0, %1, rtz" : "=f"(root) : "f"(square));
  return (float)(int32_t)root;
#else
  const int64_t integer = (int64_t)square;
  int32_t root = 0;
  for (int32_t bit = 1 << 22; bit > 0; bit >>= 1) {
    if ((int64_t)(root + bit) * (root + bit) <= integer) root += bit;
  }
  return (float)root;
#endif
}

/*
 * Whether the roots that the module finds of V from low to high lie in least..most. From 2^18 to 2^44 its ten steps give floor(sqrt(V)), but for V
 * within 2u * V of the next square less 1, from where on they alternate between that and one more.
 */
static inline int holds_roots(double least, double most, double low, double high)
{
  return (low >= large_variance) & (least * least <= low) & (high + high * 0x1p-23 < most * most + 2.0 * most);
}

/*
 * The root that the module finds of every V within 1/2 of a small `square`, 0 where they do not agree: a quotient is no multiple of the root that
 * a smaller V would make one less, and none comes so close to the next integer that a float rounds up to it.
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

/* For each of two rows. */
#define BW_BOTH(k) for (int32_t k = 0; k < 2; k++)

/* Two conditions are found side by side, and not one after the other by branches. */
#if defined(__riscv_flen)
#define BW_FOUND(v) __asm__("" : "+r"((v)[0]), "+r"((v)[1]))
#else
#define BW_FOUND(v) (void)(v)
#endif

/* The lines of two rows, so that neither waits for itself alone; 0 where a mean or a root is not certain, or small. */
BW_INLINE int lines_certain(double columns, double inverse, const sums row[2], line found[2])
{
  double quotient[2], mean[2], variance[2], margin[2];
  float root[2], factor[2];
  int means[2], roots[2];
  BW_BOTH(k) quotient[k] = row[k].total * inverse;
  BW_BOTH(k) mean[k] = (double)bw_rounded(quotient[k]);
  BW_BOTH(k) variance[k] = variance_of(row[k], columns, mean[k]);
  BW_BOTH(k) root[k] = about_root((float)variance[k]);
  BW_BOTH(k) margin[k] = variance_margin(row[k], variance[k]);
  BW_BOTH(k) means[k] = is_mean(mean[k], quotient[k], row[k].squares, inverse);
  BW_FOUND(means);
  BW_BOTH(k) roots[k] = holds_roots((double)root[k], (double)root[k], variance[k] - margin[k], variance[k] + margin[k]);
  BW_FOUND(roots);
  if (!(means[0] & means[1] & roots[0] & roots[1])) return 0;
  BW_BOTH(k) factor[k] = (float)(int32_t)(2147483648.0f / root[k]);
  BW_BOTH(k) found[k] = line_of((float)mean[k], root[k], factor[k]);
  return 1;
}

static inline double sum_of(const double *v)
{
  return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]));
}

#define BW_DEFINE_LINE(from)                                                                                         \
  static sums sums_##from(int32_t columns, const bw_##from *x)                                                       \
  {                                                                                                                  \
    int32_t total = 0;                                                                                               \
    double squares[BW_ABREAST] = {0.0};                                                                              \
    const bw_##from *const end = x + columns, *const last = end - columns % BW_ABREAST;                              \
    for (; x < last; x += BW_ABREAST) {                                                                              \
      int32_t q[BW_ABREAST];                                                                                         \
      double d[BW_ABREAST];                                                                                          \
      BW_EACH(k) q[k] = x[k];                                                                                        \
      BW_EACH(k) d[k] = (double)q[k];                                                                                \
      BW_MADE(d);                                                                                                    \
      BW_EACH(k) total += q[k];                                                                                      \
      BW_EACH(k) squares[k] = bw_multiply_add(d[k], d[k], squares[k]);                                               \
      BW_MADE(squares);                                                                                              \
    }                                                                                                                \
    for (; x < end; x++) {                                                                                           \
      total += *x;                                                                                                   \
      squares[0] = bw_multiply_add((double)*x, (double)*x, squares[0]);                                              \
    }                                                                                                                \
    return (sums){.total = (double)total, .squares = sum_of(squares)};                                               \
  }                                                                                                                  \
                                                                                                                     \
  static float mean_exactly_##from(int32_t columns, float scale, const bw_##from *x)                                 \
  {                                                                                                                  \
    const double inverse = 1.0 / (double)scale;                                                                      \
    double sum = 0.0;                                                                                                \
    for (int32_t j = 0; j < columns; j++) {                                                                          \
      const float real = (float)x[j] * scale;                                                                        \
      sum += (double)bw_quotient(real, inverse);                                                                     \
    }                                                                                                                \
    return (float)bw_round_exactly((double)(float)(sum / columns));                                                  \
  }                                                                                                                  \
                                                                                                                     \
  static float root_exactly_##from(int32_t columns, float scale, float mean, const bw_##from *x)                     \
  {                                                                                                                  \
    const double inverse = 1.0 / (double)scale;                                                                      \
    double squares[BW_ABREAST] = {0.0};                                                                              \
    int32_t j = 0;                                                                                                   \
    for (; j + BW_ABREAST <= columns; j += BW_ABREAST) {                                                             \
      float v[BW_ABREAST];                                                                                           \
      double steps[BW_ABREAST];                                                                                      \
      BW_EACH(k) v[k] = (float)x[j + k];                                                                             \
      BW_MADE(v);                                                                                                    \
      BW_EACH(k) v[k] *= scale;                                                                                      \
      BW_MADE(v);                                                                                                    \
      BW_EACH(k) steps[k] = (double)v[k];                                                                            \
      BW_MADE(steps);                                                                                                \
      BW_EACH(k) steps[k] *= inverse; /* as bw_quotient */                                                           \
      BW_MADE(steps);                                                                                                \
      BW_EACH(k) v[k] = (float)steps[k];                                                                             \
      BW_MADE(v);                                                                                                    \
      BW_EACH(k) v[k] -= mean;                                                                                       \
      BW_MADE(v);                                                                                                    \
      BW_EACH(k) v[k] *= v[k];                                                                                       \
      BW_MADE(v);                                                                                                    \
      BW_EACH(k) squares[k] += (double)v[k];                                                                         \
    }                                                                                                                \
    for (; j < columns; j++) {                                                                                       \
      const float real = (float)x[j] * scale, distance = bw_quotient(real, inverse) - mean, square = distance * distance; \
      squares[0] += (double)square;                                                                                  \
    }                                                                                                                \
    const float variance = (float)sum_of(squares);                                                                   \
    const float root = about_root(variance);                                                                         \
    return holds_roots((double)root, (double)root, (double)variance, (double)variance) ? root : bw_ivit_root(variance); \
  }                                                                                                                  \
                                                                                                                     \
  static __attribute__((noinline)) line line_##from(int32_t columns, float scale, double inverse, sums row, const bw_##from *x) \
  {                                                                                                                  \
    const double quotient = row.total * inverse, rounded = (double)bw_rounded(quotient);                             \
    const int certain = is_mean(rounded, quotient, row.squares, inverse);                                            \
    const float mean = certain ? (float)rounded : mean_exactly_##from(columns, scale, x);                            \
    const double variance = variance_of(row, (double)columns, (double)mean), margin = variance_margin(row, variance); \
    if (variance >= large_variance) {                                                                                \
      const double low = variance - margin, high = variance + margin;                                                \
      const float near = about_root((float)variance), least = (double)near * (double)near <= low ? near : near - 1.0f; \
      const float most = least == near && !holds_roots((double)near, (double)near, low, high) ? near + 1.0f : near;  \
      const float factor = factor_of(least); /* often the same for both */                                           \
      if (holds_roots((double)least, (double)most, low, high) && factor == factor_of(most)) return line_of(mean, least, factor); \
    } else if (margin < 0.5) {                                                                                       \
      const float root = (float)ten_steps((int32_t)variance);                                                        \
      if (root > 0.0f) return line_of(mean, root, factor_of(root));                                                  \
    }                                                                                                                \
    const float root = root_exactly_##from(columns, scale, mean, x);                                                 \
    return line_of(mean, root, factor_of(root));                                                                     \
  }

BW_DEFINE_LINE(i8)
BW_DEFINE_LINE(i16)

#endif
