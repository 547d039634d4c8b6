#include "gemmini/pooled.h"

enum { LOAD_IMAGE = 0, LOAD_BLOCKS = 1, LOAD_INITIAL = 2 };

typedef struct {
  const bw_gemmini_pooled *shape;
  const bw_gemmini_pooled_operands *operands;
  bw_gemmini_tile now;
  gemmini_pool pool;           /* of the tile */
  int32_t window;              /* the first one of the tile */
  int32_t windows, all;        /* of it, and of a channel */
} state;

/* ---- Where things lie in the scratchpad, beside the image ---- */

static uint32_t blocks_at(const state *at, int32_t block)
{
  return (uint32_t)(3 * at->shape->image.bank + block * at->now.dim);
}

enum { IDENTITY = 0, CONSTANT = 1, ONES = 3, MORE = 4, WEIGHTS = 5 };

/* Of the weights: for each row of the kernel, to whole blocks. */
static int32_t weight_blocks(const state *at)
{
  return at->shape->image.taps * gemmini_blocks(at->shape->image.depth, at->shape->image.dim_bits);
}

/* Behind the weights, where the greatest of a tile are loaded again. */
static uint32_t greatest_at(const state *at)
{
  return blocks_at(at, WEIGHTS + weight_blocks(at));
}

/* Weights of a block of outputs, and what its sums begin with. */
static void load_weights(const state *at)
{
  const bw_gemmini_pooled_operands *const operands = at->operands;
  const int32_t dim = at->now.dim, size = dim * dim, blocks = weight_blocks(at), output = at->now.output;
  const int8_t *weights = operands->weights + (output >> at->shape->image.dim_bits) * blocks * size;
  gemmini_configure_loads(LOAD_BLOCKS, dim, dim);
  for (int32_t block = 0; block < blocks; block++, weights += size)
    gemmini_load(LOAD_BLOCKS, weights, gemmini_block(blocks_at(at, WEIGHTS + block), dim, dim));
  gemmini_load(LOAD_BLOCKS, operands->more + output, gemmini_block(blocks_at(at, MORE), 1, dim));
  for (int32_t position = 0; position < at->now.count; position += dim)
    gemmini_load(LOAD_INITIAL, operands->initial + output,
                 gemmini_block(GEMMINI_SUMS(position), bw_least(dim, at->now.count - position), dim));
}

/* ---- Sums: a row of the accumulator for each position ---- */

static void multiply(const state *at)
{
  const bw_gemmini_tile *const now = &at->now;
  const int32_t dim = now->dim, outputs = now->outputs;
  const bw_gemmini_blocks weights = bw_gemmini_weight_blocks(now, gemmini_block(blocks_at(at, WEIGHTS), dim, outputs));
  for (int32_t position = 0; position < now->count; position += dim) {
    const int32_t width = bw_least(dim, now->count - position);
    const bw_gemmini_blocks image = bw_gemmini_image_blocks(now, gemmini_block((uint32_t)position, width, dim));
    bw_gemmini_multiply(now, image, weights, gemmini_block(GEMMINI_MORE_SUMS(position), width, outputs));
  }
}

static void add_more(const state *at)
{
  const int32_t dim = at->now.dim, outputs = at->now.outputs;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim), more = gemmini_block(blocks_at(at, MORE), 1, outputs);
  for (int32_t position = 0; position < at->now.count; position += dim) {
    const int32_t width = bw_least(dim, at->now.count - position);
    gemmini_preload(more, gemmini_block(GEMMINI_MORE_SUMS(position), width, outputs));
    gemmini_compute(gemmini_block(blocks_at(at, ONES), width, 1), nowhere);
  }
}

/* Reads the greatest of each window out, outputs next to each other. */
static void read_greatest(const state *at, int8_t *to)
{
  gemmini_configure_pooled_stores(at->now.outputs, at->shape->scale, at->shape->rounding.relu, &at->pool);
  gemmini_store(to, gemmini_block(GEMMINI_SUMS(0), 0, at->now.outputs));
}

static void read_whole(const state *at)
{
  const int32_t dim = at->now.dim;
  gemmini_configure_stores(dim * (int32_t)sizeof(int32_t));
  for (int32_t position = 0; position < at->now.count; position += dim) {
    const int32_t width = bw_least(dim, at->now.count - position);
    gemmini_store(at->operands->whole + position * dim, gemmini_block(GEMMINI_WHOLE_SUMS(position), width, dim));
  }
}

/* ---- Results ---- */

/* The greatest sum of a window. */
static int32_t greatest(const state *at, int32_t window, int32_t o)
{
  const bw_gemmini_pooled *const shape = at->shape;
  const int32_t dim = at->now.dim, row = window / at->pool.window_columns, column = window - row * at->pool.window_columns;
  const int32_t *from = at->operands->whole + (row * shape->columns + column) * shape->pool_step * dim + o;
  int32_t greatest = INT32_MIN;
  for (int32_t u = 0; u < shape->pool; u++, from += shape->columns * dim)
    for (int32_t v = 0; v < shape->pool; v++)
      if (from[v * dim] > greatest) greatest = from[v * dim];
  return greatest;
}

/* Makes those bytes right that were read out differently: of the rounding, less what is lacking. */
static void settle(const state *at)
{
  const bw_gemmini_rounding *const rounding = &at->shape->rounding;
  int8_t *const low = at->operands->low;
  const int32_t outputs = at->now.outputs, count = at->windows * outputs;
  for (int32_t i = 0; (i = bw_gemmini_next_different(i, count, 0, low, at->operands->high)) < count; i++) {
    const int32_t window = i / outputs, o = i - window * outputs;
    const int32_t result = bw_gemmini_rounded(rounding, &at->operands->rounding, at->now.output + o, greatest(at, window, o));
    low[i] = (int8_t)(result - rounding->lacking);
  }
}

/* Turns the greatest of a tile, so that those of an output lie next to each other, and stores what they come to. */
static void turn(const state *at)
{
  const bw_gemmini_pooled *const shape = at->shape;
  const int32_t dim = at->now.dim, outputs = at->now.outputs;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  int8_t *const y = (int8_t *)at->operands->y + at->now.output * at->all + at->window;
  gemmini_configure_loads(LOAD_BLOCKS, outputs, dim);
  gemmini_configure_scaled_stores(at->all, shape->last_scale, shape->last_relu);
  for (int32_t window = 0; window < at->windows; window += dim) {
    const int32_t count = bw_least(dim, at->windows - window);
    const uint64_t place = gemmini_block(greatest_at(at) + (uint32_t)window, 0, 0);
    gemmini_load(LOAD_BLOCKS, at->operands->low + window * outputs, place + gemmini_block(0, count, outputs));
    gemmini_preload(gemmini_block(blocks_at(at, IDENTITY), count, count), gemmini_block(GEMMINI_SUMS(window), outputs, count));
    gemmini_compute(place + gemmini_block(0, outputs, count), nowhere);
    gemmini_preload(gemmini_block(blocks_at(at, CONSTANT + 1), dim, count), gemmini_block(GEMMINI_MORE_SUMS(window), outputs, count));
    gemmini_compute(gemmini_block(blocks_at(at, CONSTANT), outputs, dim), nowhere);
  }
  for (int32_t window = 0; window < at->windows; window += GEMMINI_LINE)
    gemmini_store(y + window, gemmini_block(GEMMINI_SUMS(window), outputs, bw_least(GEMMINI_LINE, at->windows - window)));
}

static void compute_block(const state *at)
{
  load_weights(at);
  multiply(at);
  read_greatest(at, at->operands->low);
  add_more(at);
  read_greatest(at, at->operands->high);
  read_whole(at);
  gemmini_fence();
  settle(at);
  turn(at);
}

static void configure(const state *at)
{
  const int32_t dim = at->now.dim;
  gemmini_configure_products(GEMMINI_LEFT_TURNED);
  gemmini_configure_loads(LOAD_IMAGE, at->shape->image.plane, dim);
  gemmini_configure_loads(LOAD_INITIAL, 0, dim);
  gemmini_configure_loads(LOAD_BLOCKS, dim, dim);
  for (int32_t block = 0; block < 3; block++)
    gemmini_load(LOAD_BLOCKS, at->operands->blocks + block * dim * dim, gemmini_block(blocks_at(at, block), dim, dim));
  gemmini_load(LOAD_BLOCKS, at->operands->ones, gemmini_block(blocks_at(at, ONES), 1, dim));
}

void bw_gemmini_round_pooled(const bw_gemmini_pooled *shape, const bw_gemmini_pooled_operands *operands)
{
  state all = {.shape = shape, .operands = operands, .now = bw_gemmini_tile_of(&shape->image, &operands->image)};
  state *const at = &all;
  const int32_t step = shape->pool_step, outputs = shape->image.outputs;
  const int32_t window_rows = (shape->rows - shape->pool) / step + 1, window_columns = (shape->columns - shape->pool) / step + 1;
  at->all = window_rows * window_columns;
  configure(at);
  for (int32_t row = 0; row < window_rows; row += shape->tile) {
    const int32_t rows = bw_least(shape->tile, window_rows - row), high = (rows - 1) * step + shape->pool;
    at->pool = (gemmini_pool){high, shape->columns, shape->pool, step, rows, window_columns};
    at->window = row * window_columns;
    at->windows = rows * window_columns;
    bw_gemmini_take_positions(&at->now, row * step * shape->columns, high * shape->columns);
    for (int32_t output = 0; output < outputs; output += at->now.dim) {
      bw_gemmini_take_outputs(&at->now, output, LOAD_IMAGE);
      compute_block(at);
    }
  }
  gemmini_fence();
  if (shape->last_lacking) bw_gemmini_unsigned(outputs * at->all, operands->y);
}
