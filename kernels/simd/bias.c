#include "simd.h"
#include "vector.h"

static void add_row(int32_t count, const int32_t *acc, const int32_t *b, int32_t *y)
{
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) store(y + i, add_x32(load(acc + i), load(b + i)));
  for (; i < count; i++) y[i] = acc[i] + b[i];
}

static void add_one(int32_t count, const int32_t *acc, int32_t b, int32_t *y)
{
  int32_t i = 0;
  for (; i + 4 <= count; i += 4) store(y + i, add_x32(load(acc + i), splat_x32(b)));
  for (; i < count; i++) y[i] = acc[i] + b;
}

/* Rows of channels where these lie last, else a channel at a time. */
void bw_simd_bias_i32(const bw_channels *shape, const int32_t *acc, const int32_t *b, int32_t *y)
{
  const int32_t channels = shape->channels, inner = shape->inner;
  for (int32_t row = 0; row < shape->outer; row++) {
    if (inner == 1) add_row(channels, acc, b, y);
    else for (int32_t c = 0; c < channels; c++) add_one(inner, acc + c * inner, b[c], y + c * inner);
    acc += channels * inner;
    y += channels * inner;
  }
}
