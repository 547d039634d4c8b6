#include "gemmini/scaled.h"

#include "gemmini/scaled_sums.h"
#include "gemmini/scaled_operands.h"
#include "gemmini/scaled_results.h"

/*
 * One multiplier serves one store, so a channel has to lie in a row of the accumulator: the array computes the transposed product, weights
 * times turned x. Results go to memory channel by channel, come back, and are turned by the array again: a product with the identity.
 * All left operands are turned as they enter the array, weights too, so that one configuration serves all products.
 *
 * The work falls into tiles: some channels, and a chunk of the rows of x. While the array computes one, the results of the one before come
 * back, for a fence stands between them: the array does not order its loads behind its stores. Commands are given in an order in which no
 * queue of the array is full for long: the sums of a block of channels are stored between the products of the next one, a row at a time.
 */

static inline void multiply_block(uint64_t left, uint64_t right, uint64_t result, uint64_t nowhere)
{
  gemmini_preload(right, result);
  gemmini_compute(left, nowhere);
}

/*
 * Computes the sums of a block of channels. Between its products leave the sums of the block before, which belong to a tile, and results: the
 * core has 16 cycles for a product, and what waits for a queue that is full holds up all that comes behind it.
 */
static void multiply(state *at, const tile *leaving, returning *going, int32_t rows, int32_t channels, uint32_t weights)
{
  const int32_t dim = at->dim, depth = at->depth, blocks = blocks_of(at, rows), steps = blocks_of(at, depth);
  const int32_t stride = at->stride, row_stride = at->shape->row_stride, relu = at->shape->relu;
  const int32_t part = going->part;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim), x_step = (uint64_t)depth, step = (uint64_t)dim;
  const uint64_t lacking = (uint64_t)(blocks * dim - rows) << 32; /* columns of the last block of rows */
  uint64_t left = gemmini_block(weights, channels, dim), right = gemmini_block(0, dim, dim);
  uint64_t result = gemmini_block(GEMMINI_SUMS(at->sums), channels, dim);
  pending waiting = at->waiting;
  int32_t due = 0; /* results, times the steps */
  for (int32_t k = 0; k < depth; k += dim) {
    if (depth - k < dim) {
      left -= (uint64_t)(dim - (depth - k)) << 32;
      right -= (uint64_t)(dim - (depth - k)) << 48;
    }
    uint64_t x = right, to = result;
    int32_t more = blocks - 1;
    for (; more > 1; more -= 2, x += 2 * x_step, to += 2 * step) {
      multiply_block(left, x, to, nowhere);
      multiply_block(left, x + x_step, to + step, nowhere);
      if (waiting.rows > 0) store_columns(&waiting, stride, row_stride, relu);
    }
    if (more > 0) {
      multiply_block(left, x, to, nowhere);
      x += x_step;
      to += step;
    }
    multiply_block(left, x - lacking, to - lacking, nowhere);
    if (waiting.rows > 0) store_columns(&waiting, stride, row_stride, relu);
    left += step;
    right += step;
    result |= GEMMINI_MORE_SUMS(0);
    for (due += part; due > 0; due -= steps) store_results(at, going);
  }
  at->waiting = waiting;
  store_sums(at, leaving);
}

static void configure(const state *at)
{
  const bw_gemmini_scaled *const shape = at->shape;
  const int32_t dim = at->dim;
  gemmini_configure_products(GEMMINI_LEFT_TURNED);
  gemmini_configure_stores(shape->row_stride);
  gemmini_configure_loads(LOAD_WEIGHTS, shape->weight_stride, at->depth);
  gemmini_configure_loads(LOAD_X, shape->depth, dim);
  gemmini_configure_loads(LOAD_COLUMNS, dim, dim);
  gemmini_load(LOAD_COLUMNS, at->operands->identity, gemmini_block(identity_at(at), dim, dim));
  gemmini_configure_loads(LOAD_COLUMNS, 0, dim);
  for (int32_t row = 0; row < shape->more_depth; row++)
    for (int32_t block = 0; block < shape->chunk; block++)
      gemmini_load(LOAD_COLUMNS, at->operands->filling + row * GEMMINI_LINE, gemmini_block((uint32_t)(block * at->depth + shape->depth + row), 1, dim));
  gemmini_configure_loads(LOAD_COLUMNS, at->stride, dim);
}

/* Computes a tile, loads the weights of the next one, gets the results of the one before, and stores those of the one before that. */
static void compute(state *at, const tile *now, const tile *next, returning *coming, returning *going)
{
  const int32_t dim = at->dim, blocks = blocks_of(at, now->channels.count);
  const int32_t part = next ? (blocks_of(at, at->depth) + blocks - 1) / blocks * dim : 0;
  const tile *leaving = &coming->of;
  uint32_t weights = weights_at(at, now->number);
  for (int32_t offset = 0, loaded = 0; offset < now->channels.count; offset += dim, weights += (uint32_t)at->depth, loaded += part) {
    const span channels = {now->channels.first + offset, bw_least(now->channels.count - offset, dim)};
    if (next) load_weights(at, next, loaded, bw_least(loaded + part, at->depth));
    multiply(at, leaving, going, now->rows.count, channels.count, weights);
    let_wait(at, now, channels);
    leaving = now;
    if (offset == 0) {
      turn_results(at, going);
      gemmini_fence(); /* all sums of the tile before are stored */
    }
    load_results(at, coming);
  }
  while (coming->loaded < coming->of.channels.count) load_results(at, coming);
  while (going->stored < going->of.rows.count) store_results(at, going);
}

static tile tile_at(const state *at, int32_t number, span rows)
{
  return (tile){number, {0, bw_least(at->shape->channels, at->shape->tile * at->dim)}, rows, 0, at->operands->steps};
}

/* The tile of the next channels. */
static tile tile_behind(const state *at, const tile *of)
{
  const int32_t first = of->channels.first + of->channels.count, width = at->shape->tile * at->dim;
  tile behind = {of->number + 1, {first, bw_least(at->shape->channels - first, width)}, of->rows, of->bracket, of->steps};
  for (const int32_t end = bracket_from(at, of->bracket, first); behind.bracket < end; behind.bracket++)
    behind.steps += at->operands->brackets[behind.bracket].steps;
  return behind;
}

void bw_gemmini_scale(const bw_gemmini_scaled *shape, const bw_gemmini_scaled_operands *operands)
{
  const int32_t dim = 1 << shape->dim_bits;
  state all = {.shape = shape, .operands = operands, .dim = dim, .depth = shape->depth + shape->more_depth, .other_sums = shape->sums};
  state *const at = &all;
  at->x_rows = blocks_of(at, shape->depth) * dim;
  at->stride = (shape->chunk * dim + GEMMINI_LINE - 1) / GEMMINI_LINE * GEMMINI_LINE;
  at->columns = operands->columns + (-(uintptr_t)operands->columns & (GEMMINI_LINE - 1));
  const int32_t chunks = (blocks_of(at, shape->rows) + shape->chunk - 1) / shape->chunk;
  returning back[2] = {{.part = 0}}; /* nothing */
  returning *coming = &back[0], *going = &back[1];
  tile now = tile_at(at, 0, rows_of(at, 0, chunks)), next = now;

  configure(at);
  load_weights(at, &now, 0, at->depth);
  for (int32_t chunk = 0; chunk < chunks; now = next) {
    if (now.channels.first == 0) turn_x(at, now.rows);
    const int last = now.channels.first + now.channels.count == shape->channels;
    if (last) chunk++;
    if (!last) next = tile_behind(at, &now);
    else if (chunk < chunks) next = tile_at(at, now.number + 1, rows_of(at, chunk, chunks));
    compute(at, &now, chunk < chunks ? &next : 0, coming, going);
    returning *const gone = going;
    going = coming;
    coming = gone;
    begin_return(at, coming, &now);
  }

  store_sums(at, &coming->of);
  turn_results(at, going);
  gemmini_fence();
  while (coming->loaded < coming->of.channels.count) load_results(at, coming);
  while (going->stored < going->of.rows.count) store_results(at, going);
  turn_results(at, coming);
  while (coming->stored < coming->of.rows.count) store_results(at, coming);
  gemmini_fence();
}
