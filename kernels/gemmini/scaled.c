#include "gemmini/scaled.h"

/*
 * One multiplier serves one store, so a channel has to lie in a row of the accumulator: the array computes the transposed product, weights
 * times turned x. Results go to memory channel by channel, come back, and are turned by the array again: a product with the identity.
 * All left operands are turned as they enter the array, weights too, so that one configuration serves all products.
 *
 * The work falls into tiles: some channels, and a chunk of the rows of x. While the array computes one, the results of the one before come
 * back, for a fence stands between them: the array does not order its loads behind its stores. Commands are given in an order in which no
 * queue of the array is full for long: the sums of a block of channels are stored between the products of the next one, a row at a time.
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

/* Channels and rows of x, in the order in which they are computed; the first bracket of these channels, and its first step. */
typedef struct {
  int32_t number;
  span channels, rows;
  int32_t bracket;
  const bw_gemmini_step *steps;
} tile;

/* Sums of a block of channels that wait to be stored, a row each. */
typedef struct {
  int32_t rows, columns;
  const uint32_t *multiplier;
  uint64_t block; /* the first columns of the next row */
  int8_t *to;
  int32_t bracket, end_bracket;
} pending;

typedef struct {
  const bw_gemmini_scaled *shape;
  const bw_gemmini_scaled_operands *operands;
  int32_t dim;
  int32_t depth;             /* with what makes the bias */
  int32_t x_rows;            /* of the scratchpad, for a block of x as it comes */
  int32_t stride;            /* bytes of a channel's results */
  int8_t *columns;           /* the operands', from a line of the cache on */
  int32_t sums, other_sums;  /* where the next sums go, and those behind them: the banks take turns */
  pending waiting;
} state;

static int32_t least(int32_t a, int32_t b)
{
  return a < b ? a : b;
}

static int32_t blocks_of(const state *at, int32_t size)
{
  return (size + at->dim - 1) >> at->shape->dim_bits;
}

/* ---- Where things lie ---- */

static uint32_t weights_at(const state *at, int32_t number)
{
  return (uint32_t)(number & 1 ? 2 * at->shape->bank : at->shape->bank);
}

/* Results come back beside the weights of the tile behind the one that is computed then. */
static uint32_t columns_at(const state *at, int32_t number)
{
  return weights_at(at, number) + (uint32_t)(at->shape->tile * at->depth);
}

static uint32_t identity_at(const state *at)
{
  return (uint32_t)(3 * at->shape->bank);
}

/* x comes a block of rows at a time. */
static uint32_t x_at(const state *at, int32_t block)
{
  return identity_at(at) + (uint32_t)(at->dim + (block & 1 ? at->x_rows : 0));
}

static uint32_t turned_at(const state *at, int32_t number)
{
  return x_at(at, 0) + (uint32_t)(2 * at->x_rows + (number & 1 ? at->shape->chunk * at->shape->tile * at->dim : 0));
}

static int8_t *columns_of(const state *at, const tile *of, int32_t channel)
{
  const int32_t rows = at->shape->tile * at->dim + at->shape->tile_brackets;
  return at->columns + ((of->number & 1 ? rows : 0) + channel - of->channels.first) * at->stride;
}

static int8_t *other_columns_of(const state *at, const tile *of, int32_t bracket)
{
  return columns_of(at, of, of->channels.first + at->shape->tile * at->dim + bracket - of->bracket);
}

/* The first bracket, from one on, of a channel or one behind it. */
static int32_t bracket_from(const state *at, int32_t bracket, int32_t channel)
{
  while (bracket < at->shape->brackets && at->operands->brackets[bracket].channel < channel) bracket++;
  return bracket;
}

/* The rows of x in a chunk: chunks differ by one block at most. */
static span rows_of(const state *at, int32_t chunk, int32_t chunks)
{
  const int32_t blocks = blocks_of(at, at->shape->rows);
  const int32_t first = chunk * blocks / chunks * at->dim, end = (chunk + 1) * blocks / chunks * at->dim;
  return (span){first, least(end, at->shape->rows) - first};
}

/* ---- Sums to memory ---- */

/* A row of sums, a line of the cache at a time. */
static inline void store_row(uint32_t multiplier, int relu, int32_t columns, uint64_t block, int8_t *to)
{
  gemmini_configure_scaled_stores(LINE, multiplier, relu);
  for (; columns > LINE; columns -= LINE, block += LINE, to += LINE) gemmini_store(to, block);
  gemmini_store(to, block - ((uint64_t)(LINE - columns) << 32));
}

static inline void store_next(pending *waiting, int relu, int32_t stride)
{
  store_row(*waiting->multiplier++, relu, waiting->columns, waiting->block++, waiting->to);
  waiting->to += stride;
  waiting->rows--;
}

/* Stores all that waits; then those of its channels that have a second multiplier by that. */
static void store_rows(state *at, const tile *of)
{
  pending waiting = at->waiting;
  while (waiting.rows > 0) store_next(&waiting, at->shape->relu, at->stride);
  for (; waiting.bracket < waiting.end_bracket; waiting.bracket++) {
    const bw_gemmini_bracket *const bracket = &at->operands->brackets[waiting.bracket];
    const uint64_t behind = (uint64_t)((waiting.multiplier - at->operands->multipliers) - bracket->channel);
    store_row(bracket->multiplier, at->shape->relu, waiting.columns, waiting.block - behind, other_columns_of(at, of, waiting.bracket));
  }
  at->waiting = waiting;
}

/* The sums that were computed last wait from now on. */
static void let_wait(state *at, const tile *of, span channels)
{
  at->waiting = (pending){
    .rows = channels.count,
    .columns = of->rows.count,
    .multiplier = at->operands->multipliers + channels.first,
    .block = gemmini_block(GEMMINI_SUMS(at->sums), 1, LINE),
    .to = columns_of(at, of, channels.first),
    .bracket = bracket_from(at, of->bracket, channels.first),
    .end_bracket = bracket_from(at, of->bracket, channels.first + channels.count),
  };
  const int32_t bank = at->shape->sums, size = at->shape->chunk * at->dim;
  const int32_t within = at->sums < bank ? at->sums : at->sums - bank;
  const int32_t behind = within + 2 * size <= bank ? at->sums + size : at->sums - within;
  at->sums = at->other_sums;
  at->other_sums = behind;
}

/* ---- x, weights, and their products ---- */

/* Gives blocks to the array one after the other, to be turned: the product of each with the identity. */
typedef struct {
  uint64_t right, nowhere;
} turning;

static turning begin_turning(const state *at)
{
  return (turning){gemmini_block(identity_at(at), at->dim, at->dim), gemmini_block(GEMMINI_NOWHERE, at->dim, at->dim)};
}

static void turn(turning *with, uint64_t from, uint64_t to)
{
  gemmini_preload(with->right, to);
  if (with->right == with->nowhere) gemmini_compute_again(from, with->nowhere);
  else gemmini_compute(from, with->nowhere);
  with->right = with->nowhere;
}

/* Turns a chunk of x. */
static void turn_x(const state *at, span rows)
{
  const int32_t dim = at->dim, depth = at->shape->depth;
  turning with = begin_turning(at);
  const int8_t *x = at->operands->x + rows.first * depth;
  uint32_t to = 0;
  for (int32_t row = 0, block = 0; row < rows.count; row += dim, block++, x += dim * depth, to += (uint32_t)at->depth) {
    const int32_t count = least(rows.count - row, dim);
    const uint32_t from = x_at(at, block);
    for (int32_t k = 0; k < depth; k += LINE) gemmini_load(LOAD_X, x + k, gemmini_block(from + (uint32_t)k, count, least(depth - k, LINE)));
    for (int32_t k = 0; k < depth; k += dim) {
      const int32_t height = least(depth - k, dim);
      turn(&with, gemmini_block(from + (uint32_t)k, height, count), gemmini_block(to + (uint32_t)k, height, count));
    }
  }
}

/* Loads rows of a tile's weights. */
static void load_weights(const state *at, const tile *of, int32_t first, int32_t end)
{
  const uint32_t to = weights_at(at, of->number);
  const int8_t *weights = at->operands->weights + first * at->shape->weight_stride + of->channels.first;
  for (int32_t k = first; k < end; k += at->dim, weights += at->dim * at->shape->weight_stride)
    gemmini_load(LOAD_WEIGHTS, weights, gemmini_block(to + (uint32_t)k, least(end - k, at->dim), of->channels.count));
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
static void repair(const state *at, const tile *of, int32_t index, const bw_gemmini_step *steps)
{
  enum { TOGETHER = 8 };
  const bw_gemmini_bracket *const bracket = &at->operands->brackets[index];
  int8_t *const own = columns_of(at, of, bracket->channel);
  const int8_t *const other = other_columns_of(at, of, index);
  const int32_t rows = of->rows.count;
  for (int32_t first = 0; first < rows; first += TOGETHER) {
    if (*(const uint64_t *)(own + first) == *(const uint64_t *)(other + first)) continue;
    for (int32_t row = first; row < least(first + TOGETHER, rows); row++) {
      const int32_t a = own[row], b = other[row];
      if (a != b) own[row] = between(at, bracket, steps, of->rows.first + row, least(a, b), a < b ? b : a);
    }
  }
}

/* What comes back of a tile: blocks of its channels are loaded, then all of it is turned, then blocks of its rows are stored. */
typedef struct {
  tile of;
  uint32_t columns;
  int32_t bracket;
  const bw_gemmini_step *steps;
  int32_t loaded, stored; /* channels, rows */
  int32_t part;           /* blocks of rows to store beside a block of channels */
} returning;

static returning begin_return(const state *at, const tile *of)
{
  const int32_t part = (blocks_of(at, of->rows.count) + at->shape->tile - 1) / at->shape->tile;
  return (returning){*of, columns_at(at, of->number), of->bracket, of->steps, 0, 0, part};
}

/* Loads the results of the next block of channels, all of them right, if there is one. */
static void load_results(const state *at, returning *back)
{
  const tile *const of = &back->of;
  if (back->loaded >= of->channels.count) return;
  const span channels = {of->channels.first + back->loaded, least(of->channels.count - back->loaded, at->dim)};
  const int32_t end = bracket_from(at, back->bracket, channels.first + channels.count), blocks = at->shape->chunk;
  for (; back->bracket < end; back->bracket++) {
    repair(at, of, back->bracket, back->steps);
    back->steps += at->operands->brackets[back->bracket].steps;
  }
  const int8_t *const from = columns_of(at, of, channels.first);
  const uint32_t to = back->columns + (uint32_t)(back->loaded * blocks);
  for (int32_t row = 0; row < of->rows.count; row += LINE)
    gemmini_load(LOAD_COLUMNS, from + row, gemmini_block(to + (uint32_t)row, channels.count, least(of->rows.count - row, LINE)));
  back->loaded += at->dim;
}

/* Turns the results of a tile, a block of rows and channels after the other. */
static void turn_results(const state *at, const returning *back)
{
  const int32_t dim = at->dim, rows = back->of.rows.count, channels = back->of.channels.count;
  turning with = begin_turning(at);
  uint32_t to = turned_at(at, back->of.number);
  for (int32_t row = 0; row < rows; row += dim, to += (uint32_t)(at->shape->tile * dim))
    for (int32_t channel = 0; channel < channels; channel += dim) {
      const int32_t height = least(rows - row, dim), width = least(channels - channel, dim);
      const uint32_t columns = back->columns + (uint32_t)(channel * at->shape->chunk + row);
      turn(&with, gemmini_block(columns, height, width), gemmini_block(to + (uint32_t)channel, height, width));
    }
}

/* Stores the next block of rows, if there is one: as many at a time as belong to one group, as many channels as to one run. */
static void store_results(const state *at, returning *back)
{
  const bw_gemmini_scaled *const shape = at->shape;
  const span rows = back->of.rows, channels = back->of.channels;
  const int32_t first = back->stored, end = least(first + at->dim, rows.count), first_run = channels.first / shape->run;
  const uint32_t from = turned_at(at, back->of.number) + (uint32_t)(first * shape->tile);
  if (first >= end) return;
  int32_t group = 0, member = rows.first + first;
  if (member >= shape->group) {
    group = member / shape->group;
    member -= group * shape->group;
  }
  gemmini_configure_stores(shape->row_stride);
  for (int32_t row = first, count; row < end; row += count, group++, member = 0) {
    int8_t *const y = at->operands->y + group * shape->group_stride + member * shape->row_stride;
    count = least(end - row, shape->group - member);
    int32_t run = first_run, within = channels.first - run * shape->run;
    for (int32_t channel = 0, width; channel < channels.count; channel += width, run++, within = 0) {
      width = least(channels.count - channel, shape->run - within);
      const uint64_t block = gemmini_block(from + (uint32_t)(row - first + channel), count, width);
      gemmini_store(y + at->operands->runs[run] + within, block);
    }
  }
  back->stored = end;
}

/* ---- All of it ---- */

/* Computes the sums of a block of channels. Between its products leave the sums of the block before, which belong to a tile, and rows of results. */
static void multiply(state *at, const tile *leaving, returning *going, int32_t rows, int32_t channels, uint32_t weights)
{
  const int32_t dim = at->dim, depth = at->depth, blocks = blocks_of(at, rows), steps = blocks_of(at, depth);
  const int32_t relu = at->shape->relu, stride = at->stride;
  pending waiting = at->waiting;
  const int32_t all_sums = waiting.rows, all_results = going->part;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  const uint64_t lacking = (uint64_t)(blocks * dim - rows) << 32; /* columns of the last block of rows */
  uint64_t left = gemmini_block(weights, channels, dim), right = gemmini_block(0, dim, dim);
  uint64_t result = gemmini_block(GEMMINI_SUMS(at->sums), channels, dim);
  int32_t sums_due = 0, results_due = 0; /* times the steps */
  for (int32_t k = 0; k < depth; k += dim) {
    if (depth - k < dim) {
      left -= (uint64_t)(dim - (depth - k)) << 32;
      right -= (uint64_t)(dim - (depth - k)) << 48;
    }
    uint64_t x = right, to = result;
    for (int32_t block = 1; block < blocks; block++, x += (uint64_t)depth, to += (uint64_t)dim) {
      gemmini_preload(x, to);
      gemmini_compute(left, nowhere);
    }
    gemmini_preload(x - lacking, to - lacking);
    gemmini_compute(left, nowhere);
    left += (uint64_t)dim;
    right += (uint64_t)dim;
    result |= GEMMINI_MORE_SUMS(0);
    for (sums_due += all_sums; sums_due > 0; sums_due -= steps) store_next(&waiting, relu, stride);
    for (results_due += all_results; results_due > 0; results_due -= steps) store_results(at, going);
  }
  at->waiting = waiting;
  store_rows(at, leaving);
}

static void configure(const state *at)
{
  const bw_gemmini_scaled *const shape = at->shape;
  const int32_t dim = at->dim;
  gemmini_configure_products(GEMMINI_LEFT_TURNED);
  gemmini_configure_loads(LOAD_WEIGHTS, shape->weight_stride, at->depth);
  gemmini_configure_loads(LOAD_X, shape->depth, dim);
  gemmini_configure_loads(LOAD_COLUMNS, dim, dim);
  gemmini_load(LOAD_COLUMNS, at->operands->identity, gemmini_block(identity_at(at), dim, dim));
  gemmini_configure_loads(LOAD_COLUMNS, 0, dim);
  for (int32_t row = 0; row < shape->more_depth; row++)
    for (int32_t block = 0; block < shape->chunk; block++)
      gemmini_load(LOAD_COLUMNS, at->operands->filling + row * LINE, gemmini_block((uint32_t)(block * at->depth + shape->depth + row), 1, dim));
  gemmini_configure_loads(LOAD_COLUMNS, at->stride, dim);
}

/* Computes a tile, loads the weights of the next one, gets the results of the one before and stores those of the one before that. */
static void compute(state *at, const tile *now, const tile *next, returning *coming, returning *going)
{
  const int32_t dim = at->dim, blocks = blocks_of(at, now->channels.count);
  const int32_t part = next ? (blocks_of(at, at->depth) + blocks - 1) / blocks * dim : 0;
  const tile *leaving = &coming->of;
  uint32_t weights = weights_at(at, now->number);
  for (int32_t offset = 0, loaded = 0; offset < now->channels.count; offset += dim, weights += (uint32_t)at->depth, loaded += part) {
    const span channels = {now->channels.first + offset, least(now->channels.count - offset, dim)};
    if (next) load_weights(at, next, loaded, least(loaded + part, at->depth));
    multiply(at, leaving, going, now->rows.count, channels.count, weights);
    let_wait(at, now, channels);
    leaving = now;
    if (offset == 0) gemmini_fence(); /* all sums of the tile before are stored */
    load_results(at, coming);
  }
  while (coming->loaded < coming->of.channels.count) load_results(at, coming);
  turn_results(at, coming);
  while (going->stored < going->of.rows.count) store_results(at, going);
}

static tile tile_at(const state *at, int32_t number, span rows)
{
  return (tile){number, {0, least(at->shape->channels, at->shape->tile * at->dim)}, rows, 0, at->operands->steps};
}

/* The tile of the next channels. */
static tile tile_behind(const state *at, const tile *of)
{
  const int32_t first = of->channels.first + of->channels.count, width = at->shape->tile * at->dim;
  tile behind = {of->number + 1, {first, least(at->shape->channels - first, width)}, of->rows, of->bracket, of->steps};
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
  at->stride = (shape->chunk * dim + LINE - 1) / LINE * LINE;
  at->columns = operands->columns + (-(uintptr_t)operands->columns & (LINE - 1));
  const int32_t chunks = (blocks_of(at, shape->rows) + shape->chunk - 1) / shape->chunk;
  tile now = tile_at(at, 0, rows_of(at, 0, chunks)), next = now;
  returning coming = {.of = {.number = 1}}, going = coming; /* nothing */

  configure(at);
  load_weights(at, &now, 0, at->depth);
  for (int32_t chunk = 0; chunk < chunks; now = next) {
    if (now.channels.first == 0) turn_x(at, now.rows);
    const int last = now.channels.first + now.channels.count == shape->channels;
    if (last) chunk++;
    if (!last) next = tile_behind(at, &now);
    else if (chunk < chunks) next = tile_at(at, now.number + 1, rows_of(at, chunk, chunks));
    compute(at, &now, chunk < chunks ? &next : 0, &coming, &going);
    going = coming;
    coming = begin_return(at, &now);
  }

  store_rows(at, &coming.of);
  gemmini_fence();
  while (coming.loaded < coming.of.channels.count) load_results(at, &coming);
  while (going.stored < going.of.rows.count) store_results(at, &going);
  turn_results(at, &coming);
  while (coming.stored < coming.of.rows.count) store_results(at, &coming);
  gemmini_fence();
}
