/* Convolutions that Gemmini unrolls itself, whose sums are rounded to bytes as they leave the accumulator, between two read-outs. */
#ifndef BITWRIGHT_GEMMINI_LOOPED_H
#define BITWRIGHT_GEMMINI_LOOPED_H

#include "gemmini/gemmini.h"
#include "gemmini/readout.h"

typedef struct {
  bw_gemmini_rounding rounding;
  int32_t channels, height, width;       /* of the image */
  int32_t apart;                         /* an output has the channel of its own number alone, and tile_outputs are dim */
  int32_t border_height, border_width;   /* of it with its border: (rows or columns of the result) * stride + those of the kernel - 1 */
  int32_t above, before;                 /* rows of the border over the image, and columns left of it */
  int32_t pixel;                         /* bytes from pixel to pixel then: channels, to whole blocks */
  int32_t kernel_rows, kernel_columns, stride;
  int32_t outputs, rows, columns;        /* of the result */
  int32_t positions;                     /* of a row of sums */
  int32_t pool, pool_step;               /* rows and columns of a window of sums; from one to the next. 1 where there are none */
  int32_t weight_stride;                 /* outputs, to whole blocks; dim where they are apart */
  int32_t tile_rows, tile_outputs, tile_channels; /* at a time: their sums fit in half of the accumulator, operands in half of the scratchpad */
  int32_t beside;                        /* pixels in one row of the scratchpad */
  int32_t newer;                         /* fields of the commands as from July 2023 on */
  uint32_t scale;                        /* of the read-outs: a float's bits */
  int32_t once;                          /* the second read-out would be the first */
  int32_t settled;                       /* what the core adds to read-outs of what they lack: 0, or 128 */
  uint32_t last_scale;                   /* of the last read-out, of what the blocks make of the greatest: a float's bits */
  int32_t last_constant;                 /* k may be other than 0 */
  int32_t last_relu;                     /* its results below 0 become 0 */
  int32_t last_lacking;                  /* what it is less than the step's results: 0, or 128 */
  int32_t dim_bits;                      /* rows and columns of the array: 2 to this power */
  int32_t half;                          /* rows of half of the accumulator */
  int32_t bank;                          /* rows of a bank of the scratchpad, which has four */
} bw_gemmini_looped;

typedef struct {
  bw_gemmini_rounding_operands rounding;
  const int8_t *image;     /* [channels][height][width] */
  const int8_t *weights;   /* [kernel_rows][kernel_columns][pixel][weight_stride]; where outputs are apart, blocks of dim x dim of which diagonals are used */
  const int8_t *blocks;    /* matrices of dim x dim: the identity, n times it, then, turned, the first of two whose product is k everywhere, and the other one */
  const int8_t *border;    /* [64], what is beside the image */
  const int32_t *initial;  /* [outputs, to whole blocks], what the sums begin with, */
  const int32_t *more;     /* and what is added for the second read-out */
  int8_t *pixels;          /* [border_height][border_width][pixel] */
  int8_t *low, *high;      /* [2][results of a tile, to whole blocks of outputs], [the same once] */
  int32_t *whole;          /* [sums of a tile] */
  void *y;                 /* [outputs][rows][columns] */
} bw_gemmini_looped_operands;

/*
 * y = the last read-out of n z + k, z being the greatest over windows of clamp(rne((sum * M[o] + B[o]) / 2^E[o])), sum over u, v and c of
 * weights[u][v][c][o] * x[c][i * stride + u - above][j * stride + v - before], x being `border` outside. It lies between clamp_int8(rne((float)(sum + initial) * scale)) and the same of `more` besides, the products rounded to float,
 * or is the first of them where `once` says so; where they differ, the core rounds, while the array does the next tile. Returns when everything is done.
 */
void bw_gemmini_round_looped(const bw_gemmini_looped *shape, const bw_gemmini_looped_operands *operands);

#endif
