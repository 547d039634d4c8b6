#include "gemmini/scaled.h"

/*
 * One multiplier serves one store, so a channel has to lie in a row of the accumulator: the array computes the transposed product, weights
 * times turned x. Results go to memory channel by channel, come back, and are turned by the array again: a product with the identity.
 * All left operands are turned as they enter the array, weights too, so that one configuration serves all products.
 *
 * x is taken in chunks. While the array computes a chunk, the results of the chunk before come back, for a fence stands between them: the
 * array does not order its loads behind its stores.
 *
 * The scratchpad: bank 0 has the turned chunk of x; banks 1 and 2 take turns with the weights of a tile of channels, and behind them
 * results that are to be turned; bank 3 has the identity, x as it comes, and results on their way to y.
 */
enum { LINE = 64 };
enum { LOAD_WEIGHTS = 0, LOAD_X = 1, LOAD_COLUMNS = 2 };

/* A stretch of rows of x, or of channels. */
typedef struct {
  int32_t first, count;
} span;

/* Rows of sums that wait to be stored. */
typedef struct {
  span channels;
  int32_t stored;
  int32_t bracket, end_bracket; /* those of these channels that are not stored yet */
  uint32_t sums;
  int32_t columns, chunk;
} pending;

typedef struct {
  const bw_gemmini_scaled *shape;
  const bw_gemmini_scaled_operands *operands;
  int8_t *columns;         /* the operands', from a line of the cache on */
  int32_t depth;           /* with what makes the bias */
  int32_t loads;           /* tiles of weights that were loaded */
  int32_t units;           /* blocks of channels that were computed */
  pending waiting;
} state;

static int32_t least(int32_t a, int32_t b)
{
  return a < b ? a : b;
}

static int32_t blocks_of(const state *at, int32_t size)
{
  return (size + at->shape->dim - 1) / at->shape->dim;
}

/* ---- Where things lie ---- */

static uint32_t weights_at(const state *at, int32_t load)
{
  return (uint32_t)at->shape->bank * (uint32_t)(1 + (load & 1));
}

static uint32_t columns_at(const state *at, int32_t load)
{
  return weights_at(at, load) + (uint32_t)(at->shape->tile * at->depth);
}

static uint32_t identity_at(const state *at)
{
  return (uint32_t)at->shape->bank * 3;
}

/* x is turned a block of rows at a time. */
static uint32_t x_at(const state *at, int32_t block)
{
  const int32_t dim = at->shape->dim;
  return identity_at(at) + (uint32_t)(dim + (block & 1) * blocks_of(at, at->shape->depth) * dim);
}

static uint32_t turned_at(const state *at, int32_t tile)
{
  const bw_gemmini_scaled *shape = at->shape;
  return x_at(at, 0) + (uint32_t)(2 * blocks_of(at, shape->depth) * shape->dim + (tile & 1) * shape->chunk * shape->tile * shape->dim);
}

static uint32_t sums_at(const state *at, int32_t unit)
{
  const int32_t rows = at->shape->chunk * at->shape->dim, each = at->shape->sums / rows;
  return (uint32_t)((unit & 1) * at->shape->sums + (unit >> 1) % each * rows);
}

/* The rows of x in a chunk: chunks differ by one block at most. */
static span rows_of(const state *at, int32_t chunk, int32_t chunks)
{
  const int32_t blocks = blocks_of(at, at->shape->rows), dim = at->shape->dim;
  const int32_t first = chunk * blocks / chunks * dim, end = least((chunk + 1) * blocks / chunks * dim, at->shape->rows);
  return (span){first, end - first};
}

static int8_t *columns_of(const state *at, int32_t chunk, int32_t channel)
{
  return at->columns + ((chunk & 1) * (at->shape->channels + at->shape->brackets) + channel) * LINE;
}

static int8_t *other_columns_of(const state *at, int32_t chunk, int32_t bracket)
{
  return columns_of(at, chunk, at->shape->channels + bracket);
}

/* The first bracket, from one on, of a channel or one behind it. */
static int32_t bracket_from(const state *at, int32_t bracket, int32_t channel)
{
  while (bracket < at->shape->brackets && at->operands->brackets[bracket].channel < channel) bracket++;
  return bracket;
}

/* ---- Sums to memory ---- */

static uint32_t bits_of(float value)
{
  const union {
    float value;
    uint32_t bits;
  } same = {value};
  return same.bits;
}

static void store_row(const state *at, float multiplier, int32_t row, int8_t *to)
{
  gemmini_configure_scaled_stores(LINE, bits_of(multiplier), at->shape->relu);
  gemmini_store(to, gemmini_block(GEMMINI_SUMS(at->waiting.sums + (uint32_t)row), 1, at->waiting.columns));
}

/* Stores some of the rows that wait, those of two multipliers twice. */
static void store_rows(state *at, int32_t count)
{
  pending *const waiting = &at->waiting;
  for (; count > 0 && waiting->stored < waiting->channels.count; count--) {
    const int32_t row = waiting->stored++, channel = waiting->channels.first + row;
    store_row(at, at->operands->multipliers[channel], row, columns_of(at, waiting->chunk, channel));
  }
  for (; count > 0 && waiting->bracket < waiting->end_bracket; count--) {
    const bw_gemmini_bracket *const bracket = &at->operands->brackets[waiting->bracket];
    int8_t *const to = other_columns_of(at, waiting->chunk, waiting->bracket++);
    store_row(at, bracket->multiplier, bracket->channel - waiting->channels.first, to);
  }
}

static int32_t rows_that_wait(const state *at)
{
  const pending *const waiting = &at->waiting;
  return waiting->channels.count - waiting->stored + waiting->end_bracket - waiting->bracket;
}

/* ---- x, weights, and their products ---- */

/* Turns a chunk of x. */
static void turn_x(const state *at, span rows)
{
  const bw_gemmini_scaled *const shape = at->shape;
  const int32_t dim = shape->dim;
  uint64_t right = gemmini_block(identity_at(at), dim, dim);
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  for (int32_t block = 0; block * dim < rows.count; block++) {
    const int32_t count = least(rows.count - block * dim, dim);
    const int8_t *const x = at->operands->x + (rows.first + block * dim) * shape->depth;
    const uint32_t from = x_at(at, block), to = (uint32_t)(block * at->depth);
    for (int32_t k = 0; k < shape->depth; k += LINE)
      gemmini_load(LOAD_X, x + k, gemmini_block(from + (uint32_t)k, count, least(shape->depth - k, LINE)));
    for (int32_t k = 0; k < shape->depth; k += dim) {
      const int32_t depth = least(shape->depth - k, dim);
      const uint64_t left = gemmini_block(from + (uint32_t)k, depth, count);
      gemmini_preload(right, gemmini_block(to + (uint32_t)k, depth, count));
      if (right == nowhere) gemmini_compute_again(left, nowhere);
      else gemmini_compute(left, nowhere);
      right = nowhere;
    }
  }
}

/* Loads a part of the rows of a tile's weights. */
static void load_weights(const state *at, span channels, int32_t first_row, int32_t end_row)
{
  const uint32_t to = weights_at(at, at->loads);
  for (int32_t k = first_row; k < least(end_row, at->depth); k += at->shape->dim) {
    const int8_t *const weights = at->operands->weights + k * at->shape->weight_stride + channels.first;
    gemmini_load(LOAD_WEIGHTS, weights, gemmini_block(to + (uint32_t)k, least(at->depth - k, at->shape->dim), channels.count));
  }
}

/* Computes the sums of a block of channels while those of the block before are stored. */
static void multiply(state *at, span rows, span channels, uint32_t weights)
{
  const int32_t dim = at->shape->dim, steps = blocks_of(at, at->depth), blocks = blocks_of(at, rows.count);
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  const uint32_t sums = sums_at(at, at->units);
  const int32_t stores = (rows_that_wait(at) + steps - 1) / steps;
  for (int32_t k = 0; k < at->depth; k += dim) {
    const int32_t depth = least(at->depth - k, dim);
    const uint32_t to = k == 0 ? GEMMINI_SUMS(sums) : GEMMINI_MORE_SUMS(sums);
    const uint64_t left = gemmini_block(weights + (uint32_t)k, channels.count, depth);
    for (int32_t block = 0; block < blocks; block++) {
      const int32_t count = least(rows.count - block * dim, dim);
      gemmini_preload(gemmini_block((uint32_t)(block * at->depth + k), depth, count),
                      gemmini_block(to + (uint32_t)(block * dim), channels.count, count));
      gemmini_compute(left, nowhere);
    }
    store_rows(at, stores);
  }
}

/* ---- Results back, to their places ---- */

/* The right result of a sum of which two multipliers give different ones. */
static int8_t between(const state *at, const bw_gemmini_bracket *bracket, const bw_gemmini_step *steps, int32_t row, int32_t low, int32_t high)
{
  const int32_t depth = at->shape->depth;
  const int8_t *const x = at->operands->x + row * depth, *const weights = at->operands->channel_weights + bracket->channel * depth;
  int32_t sum = at->operands->bias ? at->operands->bias[bracket->channel] : 0;
  for (int32_t k = 0; k < depth; k++) sum += x[k] * weights[k];
  sum *= bracket->sign;
  int32_t result = low;
  for (const bw_gemmini_step *step = steps; step < steps + bracket->steps; step++)
    if (step->result > low && step->result <= high && sum >= step->threshold) result = step->result;
  return (int8_t)result;
}

/* Compares what the two multipliers of a channel gave, eight results at a time. */
static void repair(const state *at, int32_t chunk, span rows, int32_t index, const bw_gemmini_step *steps)
{
  enum { TOGETHER = 8 };
  const bw_gemmini_bracket *const bracket = &at->operands->brackets[index];
  int8_t *const own = columns_of(at, chunk, bracket->channel), *const other = other_columns_of(at, chunk, index);
  for (int32_t first = 0; first < rows.count; first += TOGETHER) {
    if (*(const uint64_t *)(own + first) == *(const uint64_t *)(other + first)) continue;
    for (int32_t row = first; row < least(first + TOGETHER, rows.count); row++) {
      const int32_t a = own[row], b = other[row];
      if (a != b) own[row] = between(at, bracket, steps, rows.first + row, least(a, b), a < b ? b : a);
    }
  }
}

static void load_columns(const state *at, int32_t chunk, span rows, span channels, uint32_t to)
{
  gemmini_load(LOAD_COLUMNS, columns_of(at, chunk, channels.first), gemmini_block(to, channels.count, rows.count));
}

/* Turns the results of a tile of channels, a block of rows and channels after the other. */
static void turn_columns(const state *at, span rows, span channels, uint32_t from, uint32_t to)
{
  const int32_t dim = at->shape->dim, chunk = at->shape->chunk;
  uint64_t right = gemmini_block(identity_at(at), dim, dim);
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  for (int32_t row = 0; row < rows.count; row += dim)
    for (int32_t channel = 0; channel < channels.count; channel += dim) {
      const int32_t height = least(rows.count - row, dim), width = least(channels.count - channel, dim);
      const uint64_t left = gemmini_block(from + (uint32_t)(channel * chunk + row), height, width);
      gemmini_preload(right, gemmini_block(to + (uint32_t)(row * at->shape->tile + channel), height, width));
      if (right == nowhere) gemmini_compute_again(left, nowhere);
      else gemmini_compute(left, nowhere);
      right = nowhere;
    }
}

/* Stores a block of rows of a tile of channels: as many rows at a time as belong to one group, as many channels as to one run. */
static void store_turned(const state *at, span rows, span channels, int32_t first, uint32_t from)
{
  const bw_gemmini_scaled *const shape = at->shape;
  const int32_t end = least(first + shape->dim, rows.count);
  gemmini_configure_stores(shape->row_stride);
  for (int32_t row = first, count; row < end; row += count) {
    const int32_t group = (rows.first + row) / shape->group, member = rows.first + row - group * shape->group;
    int8_t *const y = at->operands->y + group * shape->group_stride + member * shape->row_stride;
    count = least(end - row, shape->group - member);
    for (int32_t channel = 0, width; channel < channels.count; channel += width) {
      const int32_t run = (channels.first + channel) / shape->run, within = channels.first + channel - run * shape->run;
      width = least(channels.count - channel, shape->run - within);
      const uint32_t turned = from + (uint32_t)(first * shape->tile + row - first + channel);
      gemmini_store(y + at->operands->runs[run] + within, gemmini_block(turned, count, width));
    }
  }
}

/* ---- All of it ---- */

static void configure(const state *at)
{
  const bw_gemmini_scaled *const shape = at->shape;
  gemmini_configure_products(GEMMINI_LEFT_TURNED);
  gemmini_configure_loads(LOAD_WEIGHTS, shape->weight_stride, at->depth);
  gemmini_configure_loads(LOAD_X, shape->depth, shape->dim);
  gemmini_configure_loads(LOAD_COLUMNS, shape->dim, shape->dim);
  gemmini_load(LOAD_COLUMNS, at->operands->identity, gemmini_block(identity_at(at), shape->dim, shape->dim));
  gemmini_configure_loads(LOAD_COLUMNS, LINE, at->depth);
  for (int32_t row = 0; row < shape->more_depth; row += shape->dim)
    gemmini_load(LOAD_COLUMNS, at->operands->filling + row * LINE,
                 gemmini_block((uint32_t)(shape->depth + row), least(shape->more_depth - row, shape->dim), least(shape->chunk * shape->dim, LINE)));
  gemmini_configure_loads(LOAD_COLUMNS, LINE, shape->dim);
}

static span tile_of(const bw_gemmini_scaled *shape, int32_t tile)
{
  const int32_t width = shape->tile * shape->dim;
  return (span){tile * width, least(shape->channels - tile * width, width)};
}

/* What comes back of a tile of channels from the chunk before: results are compared, loaded, turned and stored. */
typedef struct {
  int32_t chunk;
  span rows;
  int32_t bracket;
  const bw_gemmini_step *steps;
} returning;

static void return_columns(const state *at, returning *back, span channels, uint32_t to)
{
  const int32_t end = bracket_from(at, back->bracket, channels.first + channels.count);
  for (; back->bracket < end; back->bracket++) {
    repair(at, back->chunk, back->rows, back->bracket, back->steps);
    back->steps += at->operands->brackets[back->bracket].steps;
  }
  load_columns(at, back->chunk, back->rows, channels, to);
}

void bw_gemmini_scale(const bw_gemmini_scaled *shape, const bw_gemmini_scaled_operands *operands)
{
  const int32_t dim = shape->dim, width = shape->tile * dim, tiles = (shape->channels + width - 1) / width;
  state now = {.shape = shape, .operands = operands, .depth = shape->depth + shape->more_depth};
  state *const at = &now;
  at->columns = operands->columns + (-(uintptr_t)operands->columns & (LINE - 1));
  const int32_t chunks = (blocks_of(at, shape->rows) + shape->chunk - 1) / shape->chunk;
  const int32_t part = (blocks_of(at, at->depth) + shape->tile - 1) / shape->tile * dim;

  configure(at);
  load_weights(at, tile_of(shape, 0), 0, at->depth);
  turn_x(at, rows_of(at, 0, chunks));
  for (int32_t chunk = 0; chunk <= chunks; chunk++) {
    const int computes = chunk < chunks, returns = chunk > 0;
    const span rows = computes ? rows_of(at, chunk, chunks) : (span){0, 0};
    returning back = {chunk - 1, returns ? rows_of(at, chunk - 1, chunks) : (span){0, 0}, 0, operands->steps};
    int32_t bracket = 0;
    for (int32_t tile = 0; tile < tiles; tile++) {
      const span channels = tile_of(shape, tile), next = tile_of(shape, tile + 1 < tiles ? tile + 1 : 0);
      const int loads = computes && (chunk + 1 < chunks || tile + 1 < tiles);
      const uint32_t weights = weights_at(at, at->loads), columns = columns_at(at, at->loads + 1);
      at->loads++;
      int32_t leaving = tile == 0 ? back.rows.count : 0; /* rows of the tile before that are stored, a block of them beside a block of channels */
      for (int32_t offset = 0, block = 0; offset < channels.count; offset += dim, block++) {
        const span own = {channels.first + offset, least(channels.count - offset, dim)};
        if (loads) load_weights(at, next, block * part, offset + dim < channels.count ? (block + 1) * part : at->depth);
        if (returns) return_columns(at, &back, own, columns + (uint32_t)(offset * shape->chunk));
        if (leaving < back.rows.count) {
          store_turned(at, back.rows, tile_of(shape, tile - 1), leaving, turned_at(at, tile - 1));
          leaving += dim;
        }
        if (!computes) continue;
        multiply(at, rows, own, weights + (uint32_t)(block * at->depth));
        store_rows(at, rows_that_wait(at));
        const int32_t end = bracket_from(at, bracket, own.first + own.count);
        at->waiting = (pending){own, 0, bracket, end, sums_at(at, at->units++), rows.count, chunk};
        bracket = end;
      }
      for (; leaving < back.rows.count; leaving += dim)
        store_turned(at, back.rows, tile_of(shape, tile - 1), leaving, turned_at(at, tile - 1));
      if (returns) turn_columns(at, back.rows, channels, columns, turned_at(at, tile));
    }
    store_rows(at, rows_that_wait(at));
    if (chunk + 1 < chunks) turn_x(at, rows_of(at, chunk + 1, chunks));
    for (int32_t row = 0; row < back.rows.count; row += dim)
      store_turned(at, back.rows, tile_of(shape, tiles - 1), row, turned_at(at, tiles - 1));
    gemmini_fence();
  }
}
