/* The part of a window that lies inside the input, for kernels that visit each of its positions. */
#ifndef BITWRIGHT_WINDOW_H
#define BITWRIGHT_WINDOW_H

#include "bitwright.h"

typedef struct {
  int32_t first, last; /* positions [first, last) of the input */
} bw_covered;

/* What the window at output position `at` covers of an axis of `size` positions. */
static inline bw_covered bw_cover(int32_t at, int32_t stride, int32_t before, int32_t kernel, int32_t size)
{
  const int32_t start = at * stride - before;
  const int32_t end = start + kernel;
  return (bw_covered){.first = start > 0 ? start : 0, .last = end < size ? end : size};
}

/*
 * Visits every output of `window` over the planes at x, in row-major order, and writes `result` of it. `visit` runs for each
 * `value` under the window, after `begin`.
 */
#define BW_EACH_WINDOW(window, x, y, begin, visit, result)                                                                   \
  for (int32_t plane = 0; plane < (window)->batch * (window)->channels; plane++, x += (window)->height * (window)->width) {  \
    for (int32_t i = 0; i < (window)->out_height; i++) {                                                                     \
      const bw_covered rows = bw_cover(i, (window)->stride_height, (window)->pad_top, (window)->kernel_height, (window)->height); \
      for (int32_t j = 0; j < (window)->out_width; j++) {                                                                    \
        const bw_covered columns = bw_cover(j, (window)->stride_width, (window)->pad_left, (window)->kernel_width, (window)->width); \
        begin;                                                                                                               \
        for (int32_t row = rows.first; row < rows.last; row++) {                                                             \
          for (int32_t column = columns.first; column < columns.last; column++) {                                            \
            const int32_t value = x[row * (window)->width + column];                                                         \
            visit;                                                                                                           \
          }                                                                                                                  \
        }                                                                                                                    \
        *y++ = result;                                                                                                       \
      }                                                                                                                      \
    }                                                                                                                        \
  }

#endif
