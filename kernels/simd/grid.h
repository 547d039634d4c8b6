/* Copies images into the bordered grids of simd.h. Bytes come as uint8_t; is_signed says how they widen to 16 bits. */
#ifndef BW_SIMD_GRID_H
#define BW_SIMD_GRID_H

#include "simd.h"
#include "vector.h"

BW_INLINE int16_t widen(int is_signed, uint8_t value)
{
  return is_signed ? (int8_t)value : value;
}

BW_INLINE vector widen_low(int is_signed, vector bytes)
{
  return is_signed ? widen_low_i8(bytes) : widen_low_u8(bytes);
}

BW_INLINE vector widen_high(int is_signed, vector bytes)
{
  return is_signed ? widen_high_i8(bytes) : widen_high_u8(bytes);
}

/* The bytes 0, 2, 4 ... or 1, 3, 5 ... of a vector, widened. */
BW_INLINE vector every_second(int is_signed, int odd, vector bytes)
{
  if (!is_signed) return odd ? shift_right_u16(bytes, 8) : and_bits(bytes, splat_x16(255));
  return shift_right_i16(odd ? bytes : shift_left_x16(bytes, 8), 8);
}

/* A row of two channels: to[k] = (a[k], b[k]), zeros where there is no b. */
BW_INLINE void pair_row(int is_signed, const uint8_t *a, const uint8_t *b, int32_t count, int16_t *to)
{
  int32_t k = 0;
  while (count >= 8 && k < count) {
    if (k + 8 > count) k = count - 8; /* the last vector overlaps the one before */
    vector pairs = interleave_low_x8(load_8_bytes(a + k), b ? load_8_bytes(b + k) : zero());
    store(to + 2 * k, widen_low(is_signed, pairs));
    store(to + 2 * k + 8, widen_high(is_signed, pairs));
    k += 8;
  }
  while (count >= 4 && k < count) {
    if (k + 4 > count) k = count - 4;
    vector pairs = interleave_low_x8(load_4_bytes(a + k), b ? load_4_bytes(b + k) : zero());
    store(to + 2 * k, widen_low(is_signed, pairs));
    k += 4;
  }
  for (; k < count; k++) {
    to[2 * k] = widen(is_signed, a[k]);
    to[2 * k + 1] = b ? widen(is_signed, b[k]) : 0;
  }
}

/* The same for every second column, the first ones to `even`, the others to `odd` unless that is null. */
BW_INLINE void pair_row_by_two(int is_signed, const uint8_t *a, const uint8_t *b, int32_t count, int16_t *even, int16_t *odd)
{
  int32_t k = 0;
  for (; k + 16 <= count; k += 16) {
    vector first = load(a + k), second = b ? load(b + k) : zero();
    for (int half = 0; half < 2; half++) {
      int16_t *to = half ? odd : even;
      if (!to) continue;
      vector low = every_second(is_signed, half, first), high = every_second(is_signed, half, second);
      store(to + k, interleave_low_x16(low, high));
      store(to + k + 8, interleave_high_x16(low, high));
    }
  }
  for (; k < count; k++) {
    int16_t *to = k % 2 ? odd : even;
    if (!to) continue;
    to[k / 2 * 2] = widen(is_signed, a[k]);
    to[k / 2 * 2 + 1] = b ? widen(is_signed, b[k]) : 0;
  }
}

/* Where the rows and columns of an image go in its grid: phase and place within it. */
BW_INLINE int32_t phase_of(int32_t position, int32_t stride)
{
  return stride == 1 ? 0 : position % stride;
}

/* Where a row's columns 0, 2, 4 ... and 1, 3, 5 ... begin in its two phases, `lanes` values to a position; null where no tap reads them. */
typedef struct {
  int16_t *even, *odd;
} halves;

BW_INLINE halves halves_of(const bw_simd_window *s, int32_t lanes, int16_t *line)
{
  int32_t left = s->pad_left, other = lanes * s->plane;
  int both = s->phases_width == 2;
  halves by = {line + lanes * (left / 2) + (left % 2 ? other : 0), line + lanes * ((left + 1) / 2) + (left % 2 ? 0 : other)};
  if (!both && left % 2) by.even = 0;
  if (!both && left % 2 == 0) by.odd = 0;
  return by;
}

/* Copies the channels a and b (or a alone) of one image into their grid. */
BW_INLINE void pair_channels(int is_signed, const bw_simd_window *s, const uint8_t *a, const uint8_t *b, int16_t *grid)
{
  for (int32_t row = 0; row < s->height; row++) {
    int32_t down = row + s->pad_top, phase = phase_of(down, s->stride_height), at = down / s->stride_height;
    if (phase >= s->phases_height || at >= s->rows) continue;
    int16_t *line = grid + 2 * (phase * s->phases_width * s->plane + at * s->pitch);
    const uint8_t *first = a + row * s->width, *second = b ? b + row * s->width : 0;
    if (s->stride_width == 1) {
      pair_row(is_signed, first, second, s->width, line + 2 * s->pad_left);
    } else if (s->stride_width == 2) {
      halves by = halves_of(s, 2, line);
      pair_row_by_two(is_signed, first, second, s->width, by.even, by.odd);
    } else {
      for (int32_t k = 0; k < s->width; k++) {
        int32_t right = k + s->pad_left, column = phase_of(right, s->stride_width);
        if (column >= s->phases_width) continue;
        int16_t *to = line + 2 * (column * s->plane + right / s->stride_width);
        to[0] = widen(is_signed, first[k]);
        to[1] = second ? widen(is_signed, second[k]) : 0;
      }
    }
  }
}

/* A row of one channel by itself, and the same for every second column as in pair_row_by_two. */
BW_INLINE void single_row(int is_signed, const uint8_t *x, int32_t count, int16_t *to)
{
  int32_t k = 0;
  for (; k + 8 <= count; k += 8) store(to + k, widen_low(is_signed, load_8_bytes(x + k)));
  for (; k < count; k++) to[k] = widen(is_signed, x[k]);
}

BW_INLINE void single_row_by_two(int is_signed, const uint8_t *x, int32_t count, int16_t *even, int16_t *odd)
{
  int32_t k = 0;
  for (; k + 16 <= count; k += 16) {
    vector bytes = load(x + k);
    if (even) store(even + k / 2, every_second(is_signed, 0, bytes));
    if (odd) store(odd + k / 2, every_second(is_signed, 1, bytes));
  }
  for (; k < count; k++) {
    int16_t *to = k % 2 ? odd : even;
    if (to) to[k / 2] = widen(is_signed, x[k]);
  }
}

/* Copies one channel of one image into its grid. */
BW_INLINE void single_channel(int is_signed, const bw_simd_window *s, const uint8_t *x, int16_t *grid)
{
  for (int32_t row = 0; row < s->height; row++, x += s->width) {
    int32_t down = row + s->pad_top, phase = phase_of(down, s->stride_height), at = down / s->stride_height;
    if (phase >= s->phases_height || at >= s->rows) continue;
    int16_t *line = grid + phase * s->phases_width * s->plane + at * s->pitch;
    if (s->stride_width == 1) {
      single_row(is_signed, x, s->width, line + s->pad_left);
    } else if (s->stride_width == 2) {
      halves by = halves_of(s, 1, line);
      single_row_by_two(is_signed, x, s->width, by.even, by.odd);
    } else {
      for (int32_t k = 0; k < s->width; k++) {
        int32_t right = k + s->pad_left, column = phase_of(right, s->stride_width);
        if (column < s->phases_width) line[column * s->plane + right / s->stride_width] = widen(is_signed, x[k]);
      }
    }
  }
}

/* Copies the rows of a block of sums from the grid's pitch to the result's. */
BW_INLINE void store_rows(const int32_t *sums, int32_t pitch, int32_t rows, int32_t width, int32_t *y)
{
  for (; rows > 0; rows--, sums += pitch, y += width) {
    int32_t k = 0;
    for (; k + 4 <= width; k += 4) store(y + k, load(sums + k));
    for (; k < width; k++) y[k] = sums[k];
  }
}

#endif
