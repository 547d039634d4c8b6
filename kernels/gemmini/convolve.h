/* Convolutions that Gemmini unrolls itself (LOOP_CONV_WS). The fields of its commands have changed: this needs the hardware's generation. */
#ifndef BITWRIGHT_GEMMINI_CONVOLVE_H
#define BITWRIGHT_GEMMINI_CONVOLVE_H

#include "gemmini/gemmini.h"

/* sums[i][j][o] += sum over u, v and c of image[i * stride + u][j * stride + v][c] * weights[u][v][c][o], in the accumulator from its first row on:
   a row for each (o / dim, i, j). What is summed before is loaded there before; sums fit in half of the accumulator, operands in half of the
   scratchpad. Rows of the left operand lie `stride` from each other, as products are configured; loads of kind 0 and 1 are configured anew. */
typedef struct {
  const int8_t *image, *weights;
  int32_t rows, columns, outputs, channels; /* of what is summed */
  int32_t kernel_rows, kernel_columns, stride;
  int32_t width;                            /* pixels from row to row of the image: columns * stride + kernel_columns - 1, or more */
  int32_t image_stride, weight_stride;      /* elements from pixel to pixel, and from channel to channel of a place of the kernel, which has image_stride of them */
  int32_t beside;                           /* pixels in one row of the scratchpad: 1, or more where dim / channels are */
  int32_t newer;                            /* fields as from July 2023 on, else as before */
} gemmini_convolution;

/* Four numbers of 16 bits, the highest first. */
static inline uint64_t gemmini_fields(int32_t a, int32_t b, int32_t c, int32_t d)
{
  return (uint64_t)a << 48 | (uint64_t)b << 32 | (uint64_t)c << 16 | (uint64_t)d;
}

static inline void gemmini_convolve(const gemmini_convolution *loop)
{
  const int32_t one = 1, none = 0, rows = loop->rows, columns = loop->columns;
  const uint64_t image = gemmini_fields(loop->weight_stride, loop->image_stride, loop->width, one);
  const uint64_t tile = gemmini_fields(one, rows, columns, loop->outputs);
  const uint64_t kernel = gemmini_fields(loop->kernel_rows, loop->kernel_columns, loop->channels, none);
  if (loop->newer) {
    GEMMINI_COMMAND(16, image, gemmini_fields(loop->stride, columns, rows, rows));
    GEMMINI_COMMAND(17, gemmini_fields(loop->kernel_columns, columns, one, one << 8), tile);
    GEMMINI_COMMAND(18, kernel, gemmini_fields(none, none, none, loop->width));
    GEMMINI_COMMAND(19, gemmini_fields(rows, none, none, one), gemmini_fields(loop->image_stride, loop->weight_stride, loop->weight_stride, columns));
  } else {
    GEMMINI_COMMAND(16, image, gemmini_fields(none, loop->stride, columns, columns));
    GEMMINI_COMMAND(17, gemmini_fields(loop->kernel_columns, one, one, none), tile);
    GEMMINI_COMMAND(18, kernel, gemmini_fields(none, none, none, none));
    GEMMINI_COMMAND(19, gemmini_fields(rows, none, none, none), gemmini_fields(none, none, one, columns));
  }
  GEMMINI_COMMAND(20, (uintptr_t)loop->weights, 0);
  GEMMINI_COMMAND(21, 0, (uintptr_t)loop->image);
  GEMMINI_COMMAND(15, (uint64_t)loop->beside << 8, 1);
}

#endif
