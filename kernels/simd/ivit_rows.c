#include "../ivit.h"
#include "simd.h"
#include "vector.h"

/* ---- IntLayerNorm ------------------------------------------------------------------------------------------------------------ */

/* Up to so many columns every sum of steps is exact: multiples of 2^-24 below 2^28. */
enum { MOST_COLUMNS = 8192 };

/* Sums of doubles in four lanes. */
typedef struct {
  vector low, high;
} sums;

BW_INLINE sums add_floats(sums total, vector floats)
{
  const vector upper = interleave_high_x64(floats, floats);
  return (sums){add_f64(total.low, low_f32_to_f64(floats)), add_f64(total.high, low_f32_to_f64(upper))};
}

BW_INLINE double total_of(sums total)
{
  double lanes[2];
  store(lanes, add_f64(total.low, total.high));
  return lanes[0] + lanes[1];
}

/* The sum of squares from left to right: what the sum in lanes is replaced by where the difference could be seen. */
static double squares_in_order(int32_t columns, const float *y)
{
  double squares = 0.0;
  for (int32_t j = 0; j < columns; j++) {
    const float square = y[j] * y[j];
    squares += (double)square;
  }
  return squares;
}

/* Both orders of summing miss the true sum by at most columns * 2^-53 of it. */
static float rounded_squares(int32_t columns, double squares, const float *y)
{
  const double margin = squares * ((double)columns / 2251799813685248.0);
  const float least = (float)(squares - margin), greatest = (float)(squares + margin);
  return least == greatest ? least : (float)squares_in_order(columns, y);
}

BW_INLINE vector steps_of(int is_narrow, const void *x, int32_t at, vector scale)
{
  const vector integers = is_narrow ? widen_low_i16(widen_low_i8(load_4_bytes((const int8_t *)x + at)))
                                    : widen_low_i16(load_8_bytes((const int16_t *)x + at));
  return div_f32(mul_f32(i32_to_f32(integers), scale), scale);
}

/* y: the distances of a row's steps from their mean. The result is the sum of their squares. */
BW_INLINE float centre_row(int is_narrow, int32_t columns, float scale, const void *x, float *y)
{
  const vector scales = splat_f32(scale);
  const int32_t whole = columns & ~3;
  sums lanes = {zero(), zero()};
  for (int32_t j = 0; j < whole; j += 4) {
    const vector steps = steps_of(is_narrow, x, j, scales);
    store(y + j, steps);
    lanes = add_floats(lanes, steps);
  }
  double sum = total_of(lanes);
  for (int32_t j = whole; j < columns; j++) {
    y[j] = bw_ivit_steps(is_narrow ? (float)((const int8_t *)x)[j] : (float)((const int16_t *)x)[j], scale);
    sum += (double)y[j];
  }
  const float mean = (float)bw_round_exactly((double)(float)(sum / columns));
  const vector means = splat_f32(mean);
  lanes = (sums){zero(), zero()};
  for (int32_t j = 0; j < whole; j += 4) {
    const vector distance = sub_f32(load(y + j), means);
    store(y + j, distance);
    lanes = add_floats(lanes, mul_f32(distance, distance));
  }
  for (int32_t j = whole; j < columns; j++) y[j] -= mean;
  return rounded_squares(columns, total_of(lanes) + squares_in_order(columns - whole, y + whole), y);
}

/* floor(2^31 / k) of four rows, k the tenth step of Newton's method from 2^16. */
BW_INLINE vector factors_of(vector variances)
{
  const vector half = splat_f32(0.5f);
  vector root = splat_f32(65536.0f);
  for (int step = 0; step < 10; step++) root = floor_f32(mul_f32(add_f32(root, floor_f32(div_f32(variances, root))), half));
  return floor_f32(div_f32(splat_f32(2147483648.0f), root));
}

BW_INLINE void scale_row(int32_t columns, float factor, const float *bias, float *y)
{
  const vector factors = splat_f32(factor), half = splat_f32(0.5f), none = splat_f32(0.0f);
  int32_t j = 0;
  for (; j + 4 <= columns; j += 4) {
    const vector halves = mul_f32(mul_f32(load(y + j), factors), half);
    store(y + j, add_f32(add_f32(floor_f32(halves), load(bias + j)), none)); /* no -0 */
  }
  for (; j < columns; j++) {
    const float product = y[j] * factor;
    const float integer = bw_floor_exactly(product / 2.0f) + bias[j];
    y[j] = integer + 0.0f;
  }
}

/* Four rows at a time, for the steps of Newton's method wait for each other. */
enum { ROWS_TOGETHER = 4 };

#define BW_DEFINE(dtype, is_narrow)                                                                                            \
  void bw_simd_ivit_layer_norm_##dtype##_f32(int32_t rows, int32_t columns, float scale, const bw_##dtype *x, const float *bias, \
                                             float *y)                                                                         \
  {                                                                                                                            \
    if (columns > MOST_COLUMNS) {                                                                                              \
      bw_ivit_layer_norm_##dtype##_f32(rows, columns, scale, x, bias, y);                                                      \
      return;                                                                                                                  \
    }                                                                                                                          \
    for (int32_t row = 0; row < rows; row += ROWS_TOGETHER) {                                                                  \
      const int32_t count = rows - row < ROWS_TOGETHER ? rows - row : ROWS_TOGETHER;                                           \
      float lanes[ROWS_TOGETHER] = {1.0f, 1.0f, 1.0f, 1.0f};                                                                   \
      for (int32_t r = 0; r < count; r++, x += columns)                                                                        \
        lanes[r] = centre_row(is_narrow, columns, scale, x, y + r * columns);                                                  \
      store(lanes, factors_of(load(lanes)));                                                                                   \
      for (int32_t r = 0; r < count; r++, y += columns) scale_row(columns, lanes[r], bias, y);                                 \
    }                                                                                                                          \
  }
BW_DEFINE(i8, 1)
BW_DEFINE(i16, 0)
#undef BW_DEFINE

/* ---- Rows whose greatest element picks a part of a table --------------------------------------------------------------------- */

static int32_t greatest_of(int32_t columns, const int8_t *x)
{
  int32_t greatest = -128, j = 0;
  if (columns >= 16) {
    vector most = load(x);
    for (j = 16; j + 16 <= columns; j += 16) most = max_i8(most, load(x + j));
    int8_t lanes[16];
    store(lanes, most);
    for (int lane = 0; lane < 16; lane++)
      if (lanes[lane] > greatest) greatest = lanes[lane];
  }
  for (; j < columns; j++)
    if (x[j] > greatest) greatest = x[j];
  return greatest;
}

/* Columns whose exponentials are kept between the two passes. */
enum { KEPT = 1024 };

/* The exponentials of a row, and their sum. */
BW_INLINE int64_t pick(int32_t columns, const int8_t *x, const int32_t *own, int32_t *exponentials)
{
  int64_t sum = 0;
  for (int32_t j = 0; j < columns; j++) {
    exponentials[j] = own[x[j]];
    sum += exponentials[j];
  }
  return sum;
}

BW_INLINE vector share(const int32_t *exponentials, vector factor, vector unit)
{
  return f32_to_i32(mul_f32(mul_f32(i32_to_f32(load(exponentials)), factor), unit));
}

/* No product is negative or above 2^31, so the conversion rounds down. */
#define BW_DEFINE(to, bits, store_eight, narrow)                                                                               \
  void bw_simd_ivit_table_softmax_##to(const bw_ivit_rows *shape, const int8_t *x, const int32_t *table, bw_##to *y)           \
  {                                                                                                                            \
    const int32_t columns = shape->columns;                                                                                    \
    if (columns > KEPT) {                                                                                                      \
      bw_ivit_table_softmax_##to(shape, x, table, y);                                                                          \
      return;                                                                                                                  \
    }                                                                                                                          \
    int32_t exponentials[KEPT];                                                                                                \
    const float unit = 1.0f / bw_power_of_two(32 - (bits));                                                                    \
    for (int32_t row = 0; row < shape->rows; row++, x += columns, y += columns) {                                              \
      const int32_t *const own = table + 256 * (greatest_of(columns, x) + 128) + 128;                                          \
      const float factor = bw_ivit_reciprocal((float)pick(columns, x, own, exponentials));                                     \
      const vector factors = splat_f32(factor), units = splat_f32(unit);                                                       \
      int32_t j = 0;                                                                                                           \
      for (; j + 8 <= columns; j += 8) {                                                                                       \
        const vector low = share(exponentials + j, factors, units), high = share(exponentials + j + 4, factors, units);        \
        store_eight(y + j, narrow(low, high));                                                                                 \
      }                                                                                                                        \
      for (; j < columns; j++) {                                                                                               \
        const float product = (float)exponentials[j] * factor;                                                                 \
        y[j] = (bw_##to)(int32_t)(product * unit);                                                                             \
      }                                                                                                                        \
    }                                                                                                                          \
  }
BW_INLINE vector narrow_to_u8(vector low, vector high)
{
  const vector words = narrow_i32(low, high);
  return narrow_i16_u8(words, words);
}
BW_DEFINE(u8, 8, store_8_bytes, narrow_to_u8)
BW_DEFINE(u16, 16, store, narrow_i32_u16)
#undef BW_DEFINE

void bw_simd_row_lookup_i8_i8(int32_t rows, int32_t columns, const int8_t *x, const int8_t *table, int8_t *y)
{
  for (; rows > 0; rows--, x += columns, y += columns) {
    const int8_t *const own = table + 256 * (greatest_of(columns, x) + 128) + 128;
    for (int32_t j = 0; j < columns; j++) y[j] = own[x[j]];
  }
}
