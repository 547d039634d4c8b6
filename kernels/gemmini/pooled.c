#include "gemmini/pooled.h"

#include "arithmetic.h"
#include "gemmini/bytes.h"

enum { LINE = 64 };
enum { LOAD_IMAGE = 0, LOAD_BLOCKS = 1, LOAD_INITIAL = 2 };

typedef struct {
  const bw_gemmini_pooled *shape;
  const bw_gemmini_pooled_operands *operands;
  int32_t dim;
  int32_t steps;               /* blocks of depth for each row of the kernel */
  gemmini_pool pool;           /* of the tile */
  int32_t window;              /* the first one of the tile */
  int32_t first, count;        /* positions of the tile */
  int32_t windows, all;        /* of it, and of a channel */
  int32_t output, outputs;     /* of the block that is computed */
  int32_t depth;
} state;

static int32_t blocks_of(const state *at, int32_t size)
{
  return (size + at->dim - 1) >> at->shape->dim_bits;
}

/* ---- Where things lie in the scratchpad ---- */

static uint32_t image_at(const state *at, int32_t step)
{
  return (uint32_t)(step * blocks_of(at, at->count) * at->dim);
}

static uint32_t blocks_at(const state *at, int32_t block)
{
  return (uint32_t)(3 * at->shape->bank + block * at->dim);
}

enum { IDENTITY = 0, CONSTANT = 1, ONES = 3, MORE = 4, WEIGHTS = 5 };

/* Behind the weights, where the greatest of a tile are loaded again. */
static uint32_t greatest_at(const state *at)
{
  return blocks_at(at, WEIGHTS + at->shape->taps * at->steps);
}

/* ---- Loads ---- */

static void load_image(const state *at)
{
  const bw_gemmini_pooled *const shape = at->shape;
  const int32_t row = (at->output >> shape->dim_bits) * shape->step, dim = at->dim;
  for (int32_t u = 0, step = 0; u < shape->taps; u++) {
    const int8_t *from = at->operands->image + row * shape->plane + at->operands->places[u] + at->first;
    for (int32_t k = 0; k < at->depth; k += dim, step++, from += dim * shape->plane) {
      const int32_t rows = bw_least(dim, at->depth - k);
      for (int32_t j = 0; j < at->count; j += LINE)
        gemmini_load(LOAD_IMAGE, from + j, gemmini_block(image_at(at, step) + (uint32_t)j, rows, bw_least(LINE, at->count - j)));
    }
  }
}

/* Weights of a block of outputs, and what its sums begin with. */
static void load_weights(const state *at)
{
  const bw_gemmini_pooled_operands *const operands = at->operands;
  const int32_t dim = at->dim, size = dim * dim, blocks = at->shape->taps * at->steps;
  const int8_t *weights = operands->weights + (at->output >> at->shape->dim_bits) * blocks * size;
  gemmini_configure_loads(LOAD_BLOCKS, dim, dim);
  for (int32_t block = 0; block < blocks; block++, weights += size)
    gemmini_load(LOAD_BLOCKS, weights, gemmini_block(blocks_at(at, WEIGHTS + block), dim, dim));
  gemmini_load(LOAD_BLOCKS, operands->more + at->output, gemmini_block(blocks_at(at, MORE), 1, dim));
  for (int32_t position = 0; position < at->count; position += dim)
    gemmini_load(LOAD_INITIAL, operands->initial + at->output,
                 gemmini_block(GEMMINI_SUMS(position), bw_least(dim, at->count - position), dim));
}

/* ---- Sums: a row of the accumulator for each position ---- */

static void multiply(const state *at)
{
  const int32_t dim = at->dim, stride = blocks_of(at, at->count) * dim;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  for (int32_t position = 0; position < at->count; position += dim) {
    const int32_t width = bw_least(dim, at->count - position);
    const uint64_t result = gemmini_block(GEMMINI_MORE_SUMS(position), width, at->outputs);
    uint64_t left = gemmini_block((uint32_t)position, width, dim), right = gemmini_block(blocks_at(at, WEIGHTS), dim, at->outputs);
    for (int32_t u = 0; u < at->shape->taps; u++) {
      for (int32_t k = 0; k < at->depth; k += dim, left += (uint64_t)stride, right += (uint64_t)dim) {
        const uint64_t lacking = k + dim > at->depth ? (uint64_t)(k + dim - at->depth) : 0;
        gemmini_preload(right - (lacking << 48), result);
        gemmini_compute(left - (lacking << 32), nowhere);
      }
      right += (uint64_t)((at->steps - blocks_of(at, at->depth)) * dim);
    }
  }
}

static void add_more(const state *at)
{
  const int32_t dim = at->dim;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim), more = gemmini_block(blocks_at(at, MORE), 1, at->outputs);
  for (int32_t position = 0; position < at->count; position += dim) {
    const int32_t width = bw_least(dim, at->count - position);
    gemmini_preload(more, gemmini_block(GEMMINI_MORE_SUMS(position), width, at->outputs));
    gemmini_compute(gemmini_block(blocks_at(at, ONES), width, 1), nowhere);
  }
}

/* Reads the greatest of each window out, outputs next to each other. */
static void read_greatest(const state *at, int8_t *to)
{
  gemmini_configure_pooled_stores(at->outputs, at->shape->scale, at->shape->relu, &at->pool);
  gemmini_store(to, gemmini_block(GEMMINI_SUMS(0), 0, at->outputs));
}

static void read_whole(const state *at)
{
  const int32_t dim = at->dim;
  gemmini_configure_stores(dim * (int32_t)sizeof(int32_t));
  for (int32_t position = 0; position < at->count; position += dim)
    gemmini_store(at->operands->whole + position * dim, gemmini_block(GEMMINI_WHOLE_SUMS(position), bw_least(dim, at->count - position), dim));
}

/* ---- Results ---- */

/* The greatest sum of a window, rounded. */
static int8_t rounded(const state *at, int32_t window, int32_t o)
{
  const bw_gemmini_pooled_operands *const operands = at->operands;
  const bw_gemmini_pooled *const shape = at->shape;
  const int32_t output = at->output + o, own = shape->own * output;
  const int32_t row = window / at->pool.window_columns, column = window - row * at->pool.window_columns;
  const int32_t *from = operands->whole + (row * shape->columns + column) * shape->pool_step * at->dim + o;
  int32_t greatest = INT32_MIN;
  for (int32_t u = 0; u < shape->pool; u++, from += shape->columns * at->dim)
    for (int32_t v = 0; v < shape->pool; v++)
      if (from[v * at->dim] > greatest) greatest = from[v * at->dim];
  const int64_t sum = (int64_t)greatest - operands->less[output];
  if (operands->m) return (int8_t)(bw_clamp(bw_round_half_even((float)sum * operands->m[own]), shape->lo, shape->hi) - shape->lacking);
  const int64_t result = bw_shift_round_half_even(sum * operands->M[own] + operands->B[own], operands->E[own]);
  return (int8_t)(bw_clamp(result, shape->lo, shape->hi) - shape->lacking);
}

/* Makes those bytes right that were read out differently. */
static void settle(const state *at)
{
  int8_t *const low = at->operands->low, *const high = at->operands->high;
  const uint64_t *const a = (const uint64_t *)(const void *)low, *const b = (const uint64_t *)(const void *)high;
  const int32_t count = at->windows * at->outputs;
  for (int32_t i = 0; i < count; i += 8) {
    if (i + 8 <= count && a[i / 8] == b[i / 8]) continue;
    for (int32_t j = i; j < bw_least(i + 8, count); j++) {
      if (low[j] == high[j]) continue;
      const int32_t window = j / at->outputs;
      low[j] = rounded(at, window, j - window * at->outputs);
    }
  }
}

/* Turns the greatest of a tile, so that those of an output lie next to each other, and stores what they come to. */
static void turn(const state *at)
{
  const bw_gemmini_pooled *const shape = at->shape;
  const int32_t dim = at->dim, outputs = at->outputs;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  int8_t *const y = (int8_t *)at->operands->y + at->output * at->all + at->window;
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
  for (int32_t window = 0; window < at->windows; window += LINE)
    gemmini_store(y + window, gemmini_block(GEMMINI_SUMS(window), outputs, bw_least(LINE, at->windows - window)));
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
  const int32_t dim = at->dim;
  gemmini_configure_products(GEMMINI_LEFT_TURNED);
  gemmini_configure_loads(LOAD_IMAGE, at->shape->plane, dim);
  gemmini_configure_loads(LOAD_INITIAL, 0, dim);
  gemmini_configure_loads(LOAD_BLOCKS, dim, dim);
  for (int32_t block = 0; block < 3; block++)
    gemmini_load(LOAD_BLOCKS, at->operands->blocks + block * dim * dim, gemmini_block(blocks_at(at, block), dim, dim));
  gemmini_load(LOAD_BLOCKS, at->operands->ones, gemmini_block(blocks_at(at, ONES), 1, dim));
}

void bw_gemmini_round_pooled(const bw_gemmini_pooled *shape, const bw_gemmini_pooled_operands *operands)
{
  state all = {.shape = shape, .operands = operands, .dim = 1 << shape->dim_bits};
  state *const at = &all;
  const int32_t dim = at->dim, step = shape->pool_step;
  const int32_t window_rows = (shape->rows - shape->pool) / step + 1, window_columns = (shape->columns - shape->pool) / step + 1;
  at->steps = blocks_of(at, shape->depth);
  at->all = window_rows * window_columns;
  configure(at);
  for (int32_t row = 0; row < window_rows; row += shape->tile) {
    const int32_t rows = bw_least(shape->tile, window_rows - row), high = (rows - 1) * step + shape->pool;
    at->pool = (gemmini_pool){high, shape->columns, shape->pool, step, rows, window_columns};
    at->window = row * window_columns;
    at->windows = rows * window_columns;
    at->first = row * step * shape->columns;
    at->count = high * shape->columns;
    for (at->output = 0; at->output < shape->outputs; at->output += dim) {
      at->outputs = bw_least(dim, shape->outputs - at->output);
      at->depth = bw_least(shape->depth, shape->image_rows - (at->output >> shape->dim_bits) * shape->step);
      if (shape->step > 0 || at->output == 0) load_image(at);
      compute_block(at);
    }
  }
  gemmini_fence();
  if (shape->last_lacking) bw_gemmini_unsigned(shape->outputs * at->all, operands->y);
}
