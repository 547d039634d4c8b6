/*
 * Of scaled.c alone: what is computed at a time, and where it lies meanwhile.
 *
 * The scratchpad: bank 0 has the turned chunk of x; banks 1 and 2 take turns with the weights of a tile of channels, and behind them
 * results that are to be turned; bank 3 has the identity, x as it comes, and results on their way to y.
 */
#ifndef BITWRIGHT_GEMMINI_SCALED_PLACES_H
#define BITWRIGHT_GEMMINI_SCALED_PLACES_H

#include "arithmetic.h"
#include "gemmini/scaled.h"

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

#endif
