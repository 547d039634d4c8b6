#include "simd.h"
#include "vector.h"

/* Windows of 2x2 that neither overlap nor leave the image; what else there is takes the portable kernel. */
static int in_squares(const bw_window *w)
{
  int squares = w->kernel_height == 2 && w->kernel_width == 2 && w->stride_height == 2 && w->stride_width == 2;
  return squares && w->pad_top == 0 && w->pad_left == 0 && 2 * w->out_height <= w->height && 2 * w->out_width <= w->width;
}

/* The greater of each two neighbouring bytes, eight of them. */
BW_INLINE vector greater_neighbours(int is_signed, vector a)
{
  if (!is_signed) {
    vector low = and_bits(max_u8(a, shift_right_u16(a, 8)), splat_x16(255));
    return narrow_i16_u8(low, low);
  }
  vector low = shift_right_i16(shift_left_x16(max_i8(a, shift_right_u16(a, 8)), 8), 8);
  return narrow_i16_i8(low, low);
}

BW_INLINE void max_squares(int is_signed, const uint8_t *upper, const uint8_t *lower, int32_t count, uint8_t *y)
{
  int32_t k = 0;
  for (; k + 8 <= count; k += 8) {
    vector a = load(upper + 2 * k), b = load(lower + 2 * k);
    store_8_bytes(y + k, greater_neighbours(is_signed, is_signed ? max_i8(a, b) : max_u8(a, b)));
  }
  for (; k + 4 <= count; k += 4) {
    vector a = load_8_bytes(upper + 2 * k), b = load_8_bytes(lower + 2 * k);
    store_4_bytes(y + k, greater_neighbours(is_signed, is_signed ? max_i8(a, b) : max_u8(a, b)));
  }
  for (; k < count; k++) {
    uint8_t flip = is_signed ? 128 : 0; /* signed bytes compare like unsigned ones with the sign bit turned */
    uint8_t square[4] = {upper[2 * k], upper[2 * k + 1], lower[2 * k], lower[2 * k + 1]}, greatest = square[0] ^ flip;
    for (int i = 1; i < 4; i++) greatest = (square[i] ^ flip) > greatest ? square[i] ^ flip : greatest;
    y[k] = greatest ^ flip;
  }
}

BW_INLINE void sum_squares(int is_signed, const uint8_t *upper, const uint8_t *lower, int32_t count, int32_t *y)
{
  int32_t k = 0;
  for (; k + 4 <= count; k += 4) {
    vector a = load_8_bytes(upper + 2 * k), b = load_8_bytes(lower + 2 * k);
    vector wide = is_signed ? add_x16(widen_low_i8(a), widen_low_i8(b)) : add_x16(widen_low_u8(a), widen_low_u8(b));
    store(y + k, dot_i16(wide, splat_x16(1)));
  }
  for (; k < count; k++) {
    y[k] = 0;
    for (int i = 0; i < 2; i++) {
      uint8_t a = upper[2 * k + i], b = lower[2 * k + i];
      y[k] += is_signed ? (int8_t)a + (int8_t)b : a + b;
    }
  }
}

#define BW_DEFINE(dtype, is_signed)                                                                                      \
  void bw_simd_max_pool_##dtype(const bw_window *w, const bw_##dtype *x, bw_##dtype *y)                                  \
  {                                                                                                                      \
    if (!in_squares(w)) {                                                                                                \
      bw_max_pool_##dtype(w, x, y);                                                                                      \
      return;                                                                                                            \
    }                                                                                                                    \
    for (int32_t plane = 0; plane < w->batch * w->channels; plane++, x += w->height * w->width)                          \
      for (int32_t row = 0; row < w->out_height; row++, y += w->out_width) {                                             \
        const bw_##dtype *upper = x + 2 * row * w->width;                                                                \
        max_squares(is_signed, (const uint8_t *)upper, (const uint8_t *)upper + w->width, w->out_width, (uint8_t *)y);   \
      }                                                                                                                  \
  }                                                                                                                      \
                                                                                                                         \
  void bw_simd_window_sum_##dtype(const bw_window *w, const bw_##dtype *x, int32_t *y)                                   \
  {                                                                                                                      \
    if (!in_squares(w)) {                                                                                                \
      bw_window_sum_##dtype(w, x, y);                                                                                    \
      return;                                                                                                            \
    }                                                                                                                    \
    for (int32_t plane = 0; plane < w->batch * w->channels; plane++, x += w->height * w->width)                          \
      for (int32_t row = 0; row < w->out_height; row++, y += w->out_width) {                                             \
        const bw_##dtype *upper = x + 2 * row * w->width;                                                                \
        sum_squares(is_signed, (const uint8_t *)upper, (const uint8_t *)upper + w->width, w->out_width, y);              \
      }                                                                                                                  \
  }

BW_DEFINE(i8, 1)
BW_DEFINE(u8, 0)
