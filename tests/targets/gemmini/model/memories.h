/* The local memories, for the two files that read and write them. */
#ifndef BITWRIGHT_MODEL_MEMORIES_H
#define BITWRIGHT_MODEL_MEMORIES_H

#include "model/model.h"

extern int8_t scratchpad[SCRATCHPAD_ROWS][DIM];
extern int32_t accumulator[ACCUMULATOR_ROWS][DIM];

static inline int is_sums(uint32_t row)
{
  return (row & SUMS) != 0;
}
static inline uint32_t sums_row(uint32_t row)
{
  return row & ~(SUMS | ADDED | WHOLE);
}
/* A sum in the accumulator, or added to one there. */
static inline void write_sum(uint32_t row, int32_t column, int32_t value)
{
  int32_t *const sum = &accumulator[sums_row(row)][column];
  *sum = row & ADDED ? *sum + value : value;
}

#endif
