/* A convolution's image on Gemmini, of which the scratchpad has some positions at a time, and those rows that a block of outputs needs. */
#ifndef BITWRIGHT_GEMMINI_IMAGE_H
#define BITWRIGHT_GEMMINI_IMAGE_H

#include "arithmetic.h"
#include "bitwright.h"
#include "gemmini/gemmini.h"

typedef struct {
  int32_t outputs;    /* channels of the result */
  int32_t depth;      /* rows of the image that a block of dim outputs needs, for each row of the kernel, */
  int32_t step, rows; /* those of the next block begin so many further on, and there are so many in all */
  int32_t taps;       /* rows of the kernel */
  int32_t plane;      /* elements from row to row of the image */
  int32_t dim_bits;   /* rows and columns of the array: 2 to this power */
  int32_t bank;       /* rows of a bank of the scratchpad: three hold the image, one the rest */
} bw_gemmini_image;

typedef struct {
  const int8_t *rows;    /* of the image */
  const int32_t *places; /* where the inputs of each row of the kernel begin in a row of the image */
} bw_gemmini_image_operands;

/* A tile of positions, and the block of outputs that is computed for it. */
typedef struct {
  const bw_gemmini_image *shape;
  const bw_gemmini_image_operands *operands;
  int32_t dim;
  int32_t first, count;    /* positions */
  int32_t stride;          /* rows of the scratchpad from one block of depth to the next: the positions', to whole blocks */
  int32_t output, outputs;
  int32_t depth;           /* rows of the image that these need, for each row of the kernel */
} bw_gemmini_tile;

static inline bw_gemmini_tile bw_gemmini_tile_of(const bw_gemmini_image *shape, const bw_gemmini_image_operands *operands)
{
  return (bw_gemmini_tile){.shape = shape, .operands = operands, .dim = 1 << shape->dim_bits};
}

/* Goes on to other positions. */
static inline void bw_gemmini_take_positions(bw_gemmini_tile *tile, int32_t first, int32_t count)
{
  tile->first = first;
  tile->count = count;
  tile->stride = gemmini_blocks(count, tile->shape->dim_bits) * tile->dim;
}

/* The image: for each row of the kernel blocks of depth, one behind the other from the first row of the scratchpad on. */
static inline void bw_gemmini_load_image(const bw_gemmini_tile *tile, int kind)
{
  const bw_gemmini_image *const shape = tile->shape;
  const int32_t row = (tile->output >> shape->dim_bits) * shape->step, dim = tile->dim;
  uint32_t to = 0;
  for (int32_t u = 0; u < shape->taps; u++) {
    const int8_t *from = tile->operands->rows + row * shape->plane + tile->operands->places[u] + tile->first;
    for (int32_t k = 0; k < tile->depth; k += dim, to += (uint32_t)tile->stride, from += dim * shape->plane) {
      const int32_t rows = bw_least(dim, tile->depth - k);
      for (int32_t j = 0; j < tile->count; j += GEMMINI_LINE)
        gemmini_load(kind, from + j, gemmini_block(to + (uint32_t)j, rows, bw_least(GEMMINI_LINE, tile->count - j)));
    }
  }
}

/* Goes on to outputs from one on, with the image that they need: loads of a kind are configured for that. */
static inline void bw_gemmini_take_outputs(bw_gemmini_tile *tile, int32_t output, int kind)
{
  const bw_gemmini_image *const shape = tile->shape;
  tile->output = output;
  tile->outputs = bw_least(tile->dim, shape->outputs - output);
  tile->depth = bw_least(shape->depth, shape->rows - (output >> shape->dim_bits) * shape->step);
  if (shape->step > 0 || output == 0) bw_gemmini_load_image(tile, kind);
}

/* An operand of the products: its first block, how far the next one is, and how much further that of the next row of the kernel. */
typedef struct {
  uint64_t block, step, skip;
} bw_gemmini_blocks;

/* The image from a position on. */
static inline bw_gemmini_blocks bw_gemmini_image_blocks(const bw_gemmini_tile *tile, uint64_t block)
{
  return (bw_gemmini_blocks){block, (uint64_t)tile->stride, 0};
}

/* The weights, which have blocks for more outputs' depth than the tile's may need. */
static inline bw_gemmini_blocks bw_gemmini_weight_blocks(const bw_gemmini_tile *tile, uint64_t block)
{
  const int32_t bits = tile->shape->dim_bits, unused = gemmini_blocks(tile->shape->depth, bits) - gemmini_blocks(tile->depth, bits);
  return (bw_gemmini_blocks){block, (uint64_t)tile->dim, (uint64_t)(unused * tile->dim)};
}

/* Adds all products of blocks, the last one of each row of the kernel being smaller by what the depth lacks. */
static inline void bw_gemmini_multiply(const bw_gemmini_tile *tile, bw_gemmini_blocks left, bw_gemmini_blocks right, uint64_t result)
{
  const int32_t dim = tile->dim;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  for (int32_t u = 0; u < tile->shape->taps; u++, left.block += left.skip, right.block += right.skip) {
    for (int32_t k = 0; k < tile->depth; k += dim, left.block += left.step, right.block += right.step) {
      const uint64_t lacking = k + dim > tile->depth ? (uint64_t)(k + dim - tile->depth) : 0;
      gemmini_preload(right.block - (lacking << 48), result);
      gemmini_compute(left.block - (lacking << 32), nowhere);
    }
  }
}

#endif
