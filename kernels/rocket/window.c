#include "rocket/doubles.h"
#include "rocket/rocket.h"
#include "window.h"

static inline int32_t sum_of(int32_t a, int32_t b)
{
  return a + b;
}

/* Without a branch, which the core could not foresee; of numbers of 16 bits. */
static inline int32_t greatest_of(int32_t a, int32_t b)
{
  const int32_t more = b - a;
  return a + (more & ~(more >> 31));
}

/* Windows that lie inside the image have all of their positions: where their sizes are constants, neither loop is left of them. */
#define BW_DEFINE(name, dtype, to, join)                                                                                     \
  BW_INLINE to name##_inside_##dtype(const bw_##dtype *x, int32_t width, int32_t kernel_height, int32_t kernel_width)        \
  {                                                                                                                          \
    int32_t result = *x;                                                                                                     \
    for (int32_t v = 1; v < kernel_width; v++) result = join(result, x[v]);                                                  \
    for (int32_t u = 1; u < kernel_height; u++) {                                                                            \
      x += width;                                                                                                            \
      for (int32_t v = 0; v < kernel_width; v++) result = join(result, x[v]);                                                \
    }                                                                                                                        \
    return (to)result;                                                                                                       \
  }                                                                                                                          \
                                                                                                                             \
  static void name##_border_##dtype(const bw_window *window, bw_covered rows, int32_t first, int32_t end,                    \
                                    const bw_##dtype *restrict x, to *restrict y)                                            \
  {                                                                                                                          \
    for (int32_t j = first; j < end; j++) {                                                                                  \
      const bw_covered columns = bw_cover(j, window->stride_width, window->pad_left, window->kernel_width, window->width);   \
      const int32_t width = columns.last - columns.first, height = rows.last - rows.first;                                   \
      y[j] = name##_inside_##dtype(x + rows.first * window->width + columns.first, window->width, height, width);            \
    }                                                                                                                        \
  }                                                                                                                          \
                                                                                                                             \
  BW_INLINE void name##_run_##dtype(const bw_window *window, int32_t kernel_height, int32_t kernel_width,                    \
                                    const bw_##dtype *restrict x, to *restrict y)                                            \
  {                                                                                                                          \
    const int32_t stride = window->stride_width, width = window->width, out_width = window->out_width;                       \
    const int32_t before = (window->pad_left + stride - 1) / stride, reach = width + window->pad_left - kernel_width;        \
    const int32_t inside = reach < 0 ? 0 : reach / stride + 1, last = inside < out_width ? inside : out_width;               \
    const int32_t first = before < last ? before : last;                                                                     \
    for (int32_t plane = 0; plane < window->batch * window->channels; plane++, x += window->height * width) {                \
      for (int32_t i = 0; i < window->out_height; i++, y += out_width) {                                                     \
        const bw_covered rows = bw_cover(i, window->stride_height, window->pad_top, kernel_height, window->height);          \
        const int whole = rows.last - rows.first == kernel_height;                                                           \
        const int32_t begin = whole ? first : out_width, end = whole ? last : out_width;                                     \
        const bw_##dtype *from = x + rows.first * width + begin * stride - window->pad_left;                                 \
        name##_border_##dtype(window, rows, 0, begin, x, y);                                                                 \
        for (int32_t j = begin; j < end; j++, from += stride) y[j] = name##_inside_##dtype(from, width, kernel_height, kernel_width); \
        name##_border_##dtype(window, rows, end, out_width, x, y);                                                           \
      }                                                                                                                      \
    }                                                                                                                        \
  }                                                                                                                          \
                                                                                                                             \
  void bw_rocket_##name##_##dtype(const bw_window *window, const bw_##dtype *restrict x, to *restrict y)                     \
  {                                                                                                                          \
    const int32_t height = window->kernel_height, width = window->kernel_width;                                              \
    if (height == 2 && width == 2) name##_run_##dtype(window, 2, 2, x, y);                                                   \
    else if (height == 3 && width == 3) name##_run_##dtype(window, 3, 3, x, y);                                              \
    else name##_run_##dtype(window, height, width, x, y);                                                                    \
  }

#define BW_DEFINE_BOTH(dtype) BW_DEFINE(max_pool, dtype, bw_##dtype, greatest_of) BW_DEFINE(window_sum, dtype, int32_t, sum_of)
BW_DEFINE_BOTH(i8)
BW_DEFINE_BOTH(u8)
BW_DEFINE_BOTH(i16)
BW_DEFINE_BOTH(u16)
