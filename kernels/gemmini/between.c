#include "gemmini/between.h"

enum { LOAD_IMAGE = 0, LOAD_WEIGHTS = 1, LOAD_INITIAL = 2 };

typedef struct {
  const bw_gemmini_between *shape;
  const bw_gemmini_between_operands *operands;
  bw_gemmini_tile now;
} state;

/* ---- Where things lie in the scratchpad, beside the image ---- */

static uint32_t weights_at(const state *at)
{
  return (uint32_t)(3 * at->shape->image.bank);
}

static uint32_t more_at(const state *at)
{
  return weights_at(at) + (uint32_t)at->shape->weight_stride;
}

static uint32_t ones_at(const state *at)
{
  return more_at(at) + (uint32_t)at->now.dim;
}

/* Weights of a block of outputs, and what is added to its sums. */
static void load_weights(const state *at)
{
  const bw_gemmini_tile *const now = &at->now;
  const int32_t stride = at->shape->weight_stride, dim = now->dim, outputs = now->outputs;
  const int8_t *const weights = at->operands->weights + now->output * stride;
  gemmini_configure_loads(LOAD_WEIGHTS, stride, dim);
  for (int32_t k = 0; k < stride; k += GEMMINI_LINE)
    gemmini_load(LOAD_WEIGHTS, weights + k, gemmini_block(weights_at(at) + (uint32_t)k, outputs, bw_least(GEMMINI_LINE, stride - k)));
  gemmini_configure_loads(LOAD_WEIGHTS, 1, dim);
  gemmini_load(LOAD_WEIGHTS, at->operands->more + now->output, gemmini_block(more_at(at), outputs, 1));
  for (int32_t position = 0; position < now->count; position += dim)
    gemmini_load(LOAD_INITIAL, at->operands->initial + now->output * dim, gemmini_block(GEMMINI_SUMS(position), outputs, dim));
}

/* ---- Sums: a row of the accumulator for each output ---- */

static void multiply(const state *at)
{
  const bw_gemmini_tile *const now = &at->now;
  const int32_t dim = now->dim, outputs = now->outputs;
  const bw_gemmini_blocks weights = bw_gemmini_weight_blocks(now, gemmini_block(weights_at(at), outputs, dim));
  for (int32_t position = 0; position < now->count; position += dim) {
    const int32_t width = bw_least(dim, now->count - position);
    const bw_gemmini_blocks image = bw_gemmini_image_blocks(now, gemmini_block((uint32_t)position, dim, width));
    bw_gemmini_multiply(now, weights, image, gemmini_block(GEMMINI_MORE_SUMS(position), outputs, width));
  }
}

static void add_more(const state *at)
{
  const int32_t dim = at->now.dim, outputs = at->now.outputs;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  for (int32_t position = 0; position < at->now.count; position += dim) {
    const int32_t width = bw_least(dim, at->now.count - position);
    gemmini_preload(gemmini_block(ones_at(at), 1, width), gemmini_block(GEMMINI_MORE_SUMS(position), outputs, width));
    gemmini_compute(gemmini_block(more_at(at), outputs, 1), nowhere);
  }
}

/* Reads bytes out, each row by its multiplier. */
static void read_out(const state *at, int8_t *to)
{
  const int32_t columns = at->shape->columns, count = at->now.count;
  for (int32_t o = 0; o < at->now.outputs; o++, to += columns) {
    gemmini_configure_scaled_stores(columns, at->operands->multipliers[at->now.output + o], at->shape->rounding.relu);
    for (int32_t j = 0; j < count; j += GEMMINI_LINE)
      gemmini_store(to + j, gemmini_block(GEMMINI_SUMS(j + o), 1, bw_least(GEMMINI_LINE, count - j)));
  }
}

static void read_whole(const state *at)
{
  const int32_t dim = at->now.dim;
  gemmini_configure_stores(at->now.stride * (int32_t)sizeof(int32_t));
  for (int32_t position = 0; position < at->now.count; position += dim)
    gemmini_store(at->operands->whole + position, gemmini_block(GEMMINI_WHOLE_SUMS(position), at->now.outputs, dim));
}

/* ---- Results ---- */

/* Makes `count` bytes right that two read-outs gave, of rows from row `o` on one behind the other. */
static void settle(const state *at, int32_t o, int32_t count, int8_t *y, const int8_t *other)
{
  for (int32_t i = 0; (i = bw_gemmini_next_different(i, count, at->shape->rounding.lacking, y, other)) < count; i++) {
    const int32_t below = i / at->shape->columns, row = o + below, column = i - below * at->shape->columns;
    const int32_t whole = at->operands->whole[row * at->now.stride + column];
    y[i] = (int8_t)bw_gemmini_rounded(&at->shape->rounding, &at->operands->rounding, at->now.output + row, whole);
  }
}

static void compute_block(const state *at)
{
  const int32_t columns = at->shape->columns, outputs = at->now.outputs, count = at->now.count;
  int8_t *const y = (int8_t *)at->operands->y + at->now.output * columns + at->now.first;
  load_weights(at);
  multiply(at);
  read_out(at, y);
  if (!at->shape->once) {
    add_more(at);
    read_out(at, at->operands->other);
    read_whole(at);
  }
  gemmini_fence();
  if (at->shape->once && at->shape->rounding.lacking == 0) return;
  const int8_t *const other = at->shape->once ? y : at->operands->other;
  if (count == columns) {
    settle(at, 0, outputs * columns, y, other);
  } else {
    for (int32_t o = 0; o < outputs; o++) settle(at, o, count, y + o * columns, other + o * columns);
  }
}

void bw_gemmini_round_between(const bw_gemmini_between *shape, const bw_gemmini_between_operands *operands)
{
  state all = {.shape = shape, .operands = operands, .now = bw_gemmini_tile_of(&shape->image, &operands->image)};
  state *const at = &all;
  const int32_t dim = at->now.dim;
  gemmini_configure_products(GEMMINI_AS_STORED);
  gemmini_configure_loads(LOAD_IMAGE, shape->image.plane, dim);
  gemmini_configure_loads(LOAD_INITIAL, dim * (int32_t)sizeof(int32_t), dim);
  gemmini_configure_loads(LOAD_WEIGHTS, dim, dim);
  gemmini_load(LOAD_WEIGHTS, operands->ones, gemmini_block(ones_at(at), 1, dim));
  for (int32_t first = 0; first < shape->columns; first += at->now.count) {
    bw_gemmini_take_positions(&at->now, first, bw_least(shape->tile, shape->columns - first));
    for (int32_t output = 0; output < shape->image.outputs; output += dim) {
      bw_gemmini_take_outputs(&at->now, output, LOAD_IMAGE);
      compute_block(at);
    }
  }
}
