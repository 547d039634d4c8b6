/* Convolutions of images whose channels lie side by side, unrolled by Gemmini itself. */
#ifndef BITWRIGHT_GEMMINI_CONVOLUTION_H
#define BITWRIGHT_GEMMINI_CONVOLUTION_H

#include "bitwright.h"
#include "gemmini/gemmini.h"

/*
 * z[i][j][o] = clamp_int8(rne((float)(initial[o] + sum over u, v and c of x[i * stride + u - padding][j * stride + v - padding][c] *
 * weights[u][v][c][o]) * scale)),
 * x being 0 outside, the product rounded to float; with relu no less than 0. y = z, or the greatest z of each window where pool_size is not 0.
 */
typedef struct {
  int32_t size, channels;                    /* of the image, which is square */
  int32_t out_size, outputs;                 /* of z */
  int32_t kernel, stride, padding;
  int32_t pool_size, pool_stride, pool_padding, pooled_size;
  uint32_t scale;                            /* the float's bits */
  int32_t relu;
  int32_t newer;                             /* the commands have the fields of hardware from July 2023 on */
  int32_t pixels;                            /* of the image side by side in a row of the scratchpad, where a few channels leave room */
  int32_t tile_rows, tile_columns;           /* of y: at a time */
  int32_t tile_outputs, tile_channels;
} bw_gemmini_convolution;

/* Begins the convolution and returns before it is done: gemmini_fence() waits. */
void bw_gemmini_convolve(const bw_gemmini_convolution *shape, const int8_t *x, const int8_t *weights, const int32_t *initial, int8_t *y);

#endif
