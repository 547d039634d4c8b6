#include "bitwright.h"

/*
 * One row of outputs at a time: every weight adds a shifted row of the input to it, which compilers turn into vector code. The
 * columns [first, last) of a tap are those whose input lies inside x, so the border costs nothing. The casts to int32_t come from
 * at most 17 bits, which lets compilers multiply in 16 bits.
 */
typedef struct {
  int32_t first, last, offset; /* of the outputs whose tap lies in the row, and of the first one's input in the row */
} columns;

static columns columns_of_tap(const bw_convolution *shape, int32_t tap)
{
  const int32_t stride = shape->stride_width;
  const int32_t before = shape->pad_left - tap;                 /* output j reads column j * stride - before */
  const int32_t first = before > 0 ? (before + stride - 1) / stride : 0;
  const int32_t reach = shape->width + before;                  /* j * stride < reach */
  const int32_t fitting = reach > 0 ? (reach + stride - 1) / stride : 0;
  const int32_t last = fitting < shape->out_width ? fitting : shape->out_width;
  return (columns){.first = first, .last = last, .offset = first * stride - before};
}

/* A 1x1 convolution does not know rows: the image is one long row, and vectors are full even where the image is narrow. */
static bw_convolution flattened(const bw_convolution *shape)
{
  bw_convolution flat = *shape;
  const int pointwise = shape->kernel_height == 1 && shape->kernel_width == 1 && shape->stride_height == 1 && shape->stride_width == 1 &&
                        shape->out_height == shape->height && shape->out_width == shape->width;
  if (pointwise) {
    flat.width = flat.out_width = shape->height * shape->width;
    flat.height = flat.out_height = 1;
  }
  return flat;
}

#define BW_DEFINE(dtype)                                                                                                     \
  static inline void add_row_##dtype(int32_t count, int32_t stride, const bw_##dtype *restrict x, int8_t weight,             \
                                     int32_t *restrict y)                                                                    \
  {                                                                                                                          \
    if (stride == 1) {                                                                                                       \
      for (int32_t j = 0; j < count; j++) y[j] += (int32_t)x[j] * weight;                                                    \
    } else {                                                                                                                 \
      for (int32_t j = 0; j < count; j++) y[j] += (int32_t)x[j * stride] * weight;                                           \
    }                                                                                                                        \
  }                                                                                                                          \
                                                                                                                             \
  void bw_convolution_##dtype(const bw_convolution *unflattened, const bw_##dtype *restrict x, const int8_t *restrict w,     \
                              int32_t *restrict y)                                                                           \
  {                                                                                                                          \
    const bw_convolution s = flattened(unflattened);                                                                         \
    const int32_t depth = s.channels / s.groups, outputs_per_group = s.outputs / s.groups;                                   \
    const int32_t plane = s.height * s.width, taps = s.kernel_height * s.kernel_width;                                       \
    for (int32_t n = 0; n < s.batch; n++) {                                                                                  \
      for (int32_t o = 0; o < s.outputs; o++) {                                                                              \
        const bw_##dtype *const image = x + (n * s.channels + o / outputs_per_group * depth) * plane;                        \
        const int8_t *const weights = w + o * depth * taps;                                                                  \
        for (int32_t i = 0; i < s.out_height; i++, y += s.out_width) {                                                       \
          const int32_t top = i * s.stride_height - s.pad_top;                                                               \
          const int32_t from = top < 0 ? -top : 0;                                                                           \
          const int32_t to = s.height - top < s.kernel_height ? s.height - top : s.kernel_height;                            \
          for (int32_t j = 0; j < s.out_width; j++) y[j] = 0;                                                                \
          for (int32_t v = 0; v < s.kernel_width; v++) {                                                                     \
            const columns at = columns_of_tap(&s, v);                                                                        \
            if (at.first >= at.last) continue;                                                                               \
            for (int32_t c = 0; c < depth; c++) {                                                                            \
              for (int32_t u = from; u < to; u++) {                                                                          \
                const bw_##dtype *const row = image + c * plane + (top + u) * s.width + at.offset;                           \
                add_row_##dtype(at.last - at.first, s.stride_width, row, weights[c * taps + u * s.kernel_width + v],         \
                                y + at.first);                                                                               \
              }                                                                                                              \
            }                                                                                                                \
          }                                                                                                                  \
        }                                                                                                                    \
      }                                                                                                                      \
    }                                                                                                                        \
  }

BW_EACH_ACTIVATION(BW_DEFINE)
