/* Of scaled.c alone: results come back, are made right where two multipliers gave different ones, are turned, and go to their places. */
#ifndef BITWRIGHT_GEMMINI_SCALED_RESULTS_H
#define BITWRIGHT_GEMMINI_SCALED_RESULTS_H

#include "gemmini/scaled_operands.h"

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
  for (; row + GEMMINI_LINE <= rows; row += GEMMINI_LINE, own += 8, other += 8) {
    const uint64_t first = (own[0] ^ other[0]) | (own[1] ^ other[1]) | (own[2] ^ other[2]) | (own[3] ^ other[3]);
    const uint64_t second = (own[4] ^ other[4]) | (own[5] ^ other[5]) | (own[6] ^ other[6]) | (own[7] ^ other[7]);
    if (first | second) repair(at, of, index, steps, row, row + GEMMINI_LINE);
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
  for (int32_t row = 0; row < of->rows.count; row += GEMMINI_LINE)
    gemmini_load(LOAD_COLUMNS, from + row, gemmini_block(to + (uint32_t)row, channels.count, bw_least(of->rows.count - row, GEMMINI_LINE)));
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

#endif
