/* Of scaled.c alone: x is turned by the array, weights are loaded as they are. */
#ifndef BITWRIGHT_GEMMINI_SCALED_OPERANDS_H
#define BITWRIGHT_GEMMINI_SCALED_OPERANDS_H

#include "gemmini/scaled_places.h"

/* Turns blocks that lie one behind the other: products with the identity. The last one is smaller by what it lacks. */
static void turn(const state *at, uint64_t from, uint64_t to, int32_t from_step, int32_t to_step, int32_t blocks, uint64_t lacking)
{
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, at->dim, at->dim);
  gemmini_preload(gemmini_block(identity_at(at), at->dim, at->dim), blocks == 1 ? to - lacking : to);
  gemmini_compute(blocks == 1 ? from - lacking : from, nowhere);
  if (blocks == 1) return;
  for (int32_t block = 2; block < blocks; block++) {
    gemmini_preload(nowhere, to += (uint64_t)to_step);
    gemmini_compute_again(from += (uint64_t)from_step, nowhere);
  }
  gemmini_preload(nowhere, to + (uint64_t)to_step - lacking);
  gemmini_compute_again(from + (uint64_t)from_step - lacking, nowhere);
}

/* How much smaller the last block of an axis is, as blocks have their rows. */
static uint64_t lacking_rows(const state *at, int32_t size)
{
  return (uint64_t)(blocks_of(at, size) * at->dim - size) << 48;
}

/* Turns a chunk of x. */
static void turn_x(const state *at, span rows)
{
  const int32_t dim = at->dim, depth = at->shape->depth, blocks = blocks_of(at, depth);
  const uint64_t lacking = lacking_rows(at, depth);
  const int8_t *x = at->operands->x + rows.first * depth;
  uint32_t to = 0;
  for (int32_t row = 0, block = 0; row < rows.count; row += dim, block++, x += dim * depth, to += (uint32_t)at->depth) {
    const int32_t count = bw_least(rows.count - row, dim);
    const uint32_t from = x_at(at, block);
    for (int32_t k = 0; k < depth; k += GEMMINI_LINE) gemmini_load(LOAD_X, x + k, gemmini_block(from + (uint32_t)k, count, bw_least(depth - k, GEMMINI_LINE)));
    turn(at, gemmini_block(from, dim, count), gemmini_block(to, dim, count), dim, dim, blocks, lacking);
  }
}

/* Loads rows of a tile's weights. */
static void load_weights(const state *at, const tile *of, int32_t first, int32_t end)
{
  const uint32_t to = weights_at(at, of->number);
  const int8_t *weights = at->operands->weights + first * at->shape->weight_stride + of->channels.first;
  for (int32_t k = first; k < end; k += at->dim, weights += at->dim * at->shape->weight_stride)
    gemmini_load(LOAD_WEIGHTS, weights, gemmini_block(to + (uint32_t)k, bw_least(end - k, at->dim), of->channels.count));
}

#endif
