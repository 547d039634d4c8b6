#include "gemmini/scaled.h"

#include "arithmetic.h"

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

/* Sums of a block of channels that wait to be stored: a row for each, a line of the cache at a time. */
typedef struct {
  int32_t rows;
  int32_t full;      /* columns that have others a line behind them */
  uint64_t lacking;  /* by which the block of those others is narrower than a line */
  const uint32_t *multiplier;
  uint64_t row;      /* the first columns of the row that is being stored */
  uint64_t block;    /* the next ones */
  int8_t *to, *last; /* where those go, and the last ones of the row */
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
  return (span){first, bw_least(end, at->shape->rows) - first};
}

/* ---- Sums to memory ---- */

/* Stores the next columns. Rows have no stride; the results that leave in between do. */
static inline void store_columns(pending *waiting, int32_t stride, int32_t row_stride, int relu)
{
  if (waiting->to < waiting->last) {
    gemmini_store(waiting->to, waiting->block);
    waiting->to += LINE;
    waiting->block += LINE;
    return;
  }
  gemmini_store(waiting->to, waiting->block - waiting->lacking);
  if (--waiting->rows == 0) return;
  waiting->to += stride - waiting->full;
  waiting->last += stride;
  waiting->block = ++waiting->row;
  gemmini_configure_scaled_stores(row_stride, *waiting->multiplier++, relu);
}

/* Stores all that waits; then those of its channels that have a second multiplier by that. */
static void store_sums(state *at, const tile *of)
{
  pending *const waiting = &at->waiting;
  const int32_t row_stride = at->shape->row_stride, relu = at->shape->relu;
  while (waiting->rows > 0) store_columns(waiting, at->stride, row_stride, relu);
  for (; waiting->bracket < waiting->end_bracket; waiting->bracket++) {
    const bw_gemmini_bracket *const bracket = &at->operands->brackets[waiting->bracket];
    const int32_t behind = (int32_t)(waiting->multiplier - at->operands->multipliers) - 1 - bracket->channel;
    uint64_t block = waiting->row - (uint64_t)behind;
    int8_t *to = other_columns_of(at, of, waiting->bracket), *const last = to + waiting->full;
    gemmini_configure_scaled_stores(row_stride, bracket->multiplier, relu);
    for (; to < last; to += LINE, block += LINE) gemmini_store(to, block);
    gemmini_store(to, block - waiting->lacking);
  }
}

/* The sums that were computed last wait from now on: the first row is configured. */
static void let_wait(state *at, const tile *of, span channels)
{
  pending *const waiting = &at->waiting;
  waiting->rows = channels.count;
  waiting->full = (of->rows.count - 1) / LINE * LINE;
  waiting->lacking = (uint64_t)(waiting->full + LINE - of->rows.count) << 32;
  waiting->multiplier = at->operands->multipliers + channels.first;
  waiting->row = waiting->block = gemmini_block(GEMMINI_SUMS(at->sums), 1, LINE);
  waiting->to = columns_of(at, of, channels.first);
  waiting->last = waiting->to + waiting->full;
  waiting->bracket = channels.first == of->channels.first ? of->bracket : waiting->end_bracket;
  waiting->end_bracket = bracket_from(at, waiting->bracket, channels.first + channels.count);
  gemmini_configure_scaled_stores(at->shape->row_stride, *waiting->multiplier++, at->shape->relu);

  const int32_t bank = at->shape->sums, size = at->shape->chunk * at->dim;
  const int32_t within = at->sums < bank ? at->sums : at->sums - bank;
  const int32_t behind = within + 2 * size <= bank ? at->sums + size : at->sums - within;
  at->sums = at->other_sums;
  at->other_sums = behind;
}

/* ---- x, weights, and their products ---- */

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
    for (int32_t k = 0; k < depth; k += LINE) gemmini_load(LOAD_X, x + k, gemmini_block(from + (uint32_t)k, count, bw_least(depth - k, LINE)));
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

/* Makes those of so many results right that two multipliers gave differently. */
static void repair(const state *at, const tile *of, int32_t index, const bw_gemmini_step *steps, int32_t first, int32_t end)
{
  const bw_gemmini_bracket *const bracket = &at->operands->brackets[index];
  int8_t *const own = columns_of(at, of, bracket->channel);
  const int8_t *const other = other_columns_of(at, of, index);
  for (int32_t row = first; row < end; row++) {
    const int32_t a = own[row], b = other[row];
    if (a != b) own[row] = between(at, bracket, steps, of->rows.first + row, bw_least(a, b), a < b ? b : a);
  }
}

/* Compares what the two multipliers of a channel gave, eight results in a word, a line of the cache at a time. */
static void compare(const state *at, const tile *of, int32_t index, const bw_gemmini_step *steps)
{
  const uint64_t *own = (const uint64_t *)columns_of(at, of, at->operands->brackets[index].channel);
  const uint64_t *other = (const uint64_t *)other_columns_of(at, of, index);
  const int32_t rows = of->rows.count;
  int32_t row = 0;
  for (; row + LINE <= rows; row += LINE, own += 8, other += 8) {
    const uint64_t first = (own[0] ^ other[0]) | (own[1] ^ other[1]) | (own[2] ^ other[2]) | (own[3] ^ other[3]);
    const uint64_t second = (own[4] ^ other[4]) | (own[5] ^ other[5]) | (own[6] ^ other[6]) | (own[7] ^ other[7]);
    if (first | second) repair(at, of, index, steps, row, row + LINE);
  }
  repair(at, of, index, steps, row, rows);
}

/* What comes back of a tile: blocks of its channels are loaded, then all of it is turned, then blocks of its rows are stored. */
typedef struct {
  tile of;
  int32_t bracket;
  const bw_gemmini_step *steps;
  int32_t loaded, stored; /* channels, rows */
  int32_t part;           /* blocks of rows to store beside a block of channels, once they are turned */
  uint32_t turned;        /* the next block of rows in the scratchpad, */
  int32_t member;         /* which row of its group that begins with, */
  int8_t *y;              /* and where it goes */
} returning;

static void begin_return(const state *at, returning *back, const tile *of)
{
  const bw_gemmini_scaled *const shape = at->shape;
  const int32_t group = of->rows.first / shape->group, member = of->rows.first - group * shape->group;
  *back = (returning){
    .of = *of,
    .bracket = of->bracket,
    .steps = of->steps,
    .turned = turned_at(at, of->number),
    .member = member,
    .y = (int8_t *)at->operands->y + group * shape->group_stride + member * shape->row_stride,
  };
}

/* Loads the results of the next block of channels, all of them right, if there is one. */
static void load_results(const state *at, returning *back)
{
  const tile *const of = &back->of;
  if (back->loaded >= of->channels.count) return;
  const span channels = {of->channels.first + back->loaded, bw_least(of->channels.count - back->loaded, at->dim)};
  const int32_t end = bracket_from(at, back->bracket, channels.first + channels.count);
  for (; back->bracket < end; back->bracket++) {
    compare(at, of, back->bracket, back->steps);
    back->steps += at->operands->brackets[back->bracket].steps;
  }
  const int8_t *const from = columns_of(at, of, channels.first);
  const uint32_t to = columns_at(at, of->number) + (uint32_t)(back->loaded * at->shape->chunk);
  for (int32_t row = 0; row < of->rows.count; row += LINE)
    gemmini_load(LOAD_COLUMNS, from + row, gemmini_block(to + (uint32_t)row, channels.count, bw_least(of->rows.count - row, LINE)));
  back->loaded += at->dim;
}

/* Turns the results of a tile. */
static void turn_results(const state *at, returning *back)
{
  const int32_t dim = at->dim, rows = back->of.rows.count, channels = back->of.channels.count, tile = at->shape->tile;
  back->part = (blocks_of(at, rows) + tile - 1) / (tile > 1 ? tile - 1 : 1);
  for (int32_t channel = 0; channel < channels; channel += dim) {
    const int32_t width = bw_least(channels - channel, dim);
    const uint64_t from = gemmini_block(columns_at(at, back->of.number) + (uint32_t)(channel * at->shape->chunk), dim, width);
    const uint64_t to = gemmini_block(back->turned + (uint32_t)channel, dim, width);
    turn(at, from, to, dim, at->shape->tile * dim, blocks_of(at, rows), lacking_rows(at, rows));
  }
}

/* Stores the next block of rows, if there is one: as many at a time as belong to one group, as many channels as to one run. */
static void store_results(const state *at, returning *back)
{
  const bw_gemmini_scaled *const shape = at->shape;
  const span channels = back->of.channels;
  const int32_t end = bw_least(back->stored + at->dim, back->of.rows.count);
  uint32_t from = back->turned;
  for (int32_t count; back->stored < end; back->stored += count, from += (uint32_t)count) {
    count = bw_least(end - back->stored, shape->group - back->member);
    int32_t run = channels.first / shape->run, within = channels.first - run * shape->run;
    for (int32_t channel = 0, width; channel < channels.count; channel += width, run++, within = 0) {
      width = bw_least(channels.count - channel, shape->run - within);
      gemmini_store(back->y + at->operands->runs[run] + within, gemmini_block(from + (uint32_t)channel, count, width));
    }
    back->y += count * shape->row_stride;
    back->member += count;
    if (back->member < shape->group) continue;
    back->y += shape->group_stride - shape->group * shape->row_stride;
    back->member = 0;
  }
  back->turned += (uint32_t)(shape->tile * at->dim);
}

/* ---- All of it ---- */

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
      gemmini_load(LOAD_COLUMNS, at->operands->filling + row * LINE, gemmini_block((uint32_t)(block * at->depth + shape->depth + row), 1, dim));
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
  at->stride = (shape->chunk * dim + LINE - 1) / LINE * LINE;
  at->columns = operands->columns + (-(uintptr_t)operands->columns & (LINE - 1));
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
