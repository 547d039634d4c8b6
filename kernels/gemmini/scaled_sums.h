/* Of scaled.c alone: sums leave the accumulator, a row at a time, for each channel has a multiplier of its own. */
#ifndef BITWRIGHT_GEMMINI_SCALED_SUMS_H
#define BITWRIGHT_GEMMINI_SCALED_SUMS_H

#include "gemmini/scaled_places.h"

/* Stores the next columns. Rows have no stride; the results that leave in between do. */
static inline void store_columns(pending *waiting, int32_t stride, int32_t row_stride, int relu)
{
  if (waiting->to < waiting->last) {
    gemmini_store(waiting->to, waiting->block);
    waiting->to += GEMMINI_LINE;
    waiting->block += GEMMINI_LINE;
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
    for (; to < last; to += GEMMINI_LINE, block += GEMMINI_LINE) gemmini_store(to, block);
    gemmini_store(to, block - waiting->lacking);
  }
}

/* The sums that were computed last wait from now on: the first row is configured. */
static void let_wait(state *at, const tile *of, span channels)
{
  pending *const waiting = &at->waiting;
  waiting->rows = channels.count;
  waiting->full = (of->rows.count - 1) / GEMMINI_LINE * GEMMINI_LINE;
  waiting->lacking = (uint64_t)(waiting->full + GEMMINI_LINE - of->rows.count) << 32;
  waiting->multiplier = at->operands->multipliers + channels.first;
  waiting->row = waiting->block = gemmini_block(GEMMINI_SUMS(at->sums), 1, GEMMINI_LINE);
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

#endif
