/* The timeline, for the host and for the loops that give out its commands. */
#ifndef TIMELINE_H
#define TIMELINE_H

#include "operands.h"

#define EXPORT __attribute__((visibility("default")))

enum { LOADS, EXECUTES, STORES, QUEUES };

/* What the host reads: from when on the queues have room, when everything is done, the last data of the last transfer, and cycles in which units were busy. */
typedef struct {
  double free[QUEUES];
  double end;
  double moved;
  double busy[QUEUES];
} Shown;

typedef struct Timeline Timeline;

const Shown *shown(const Timeline *state);

/* A load that has entered its queue in a cycle; of zeros, where `from` is negative. */
void load(Timeline *state, double cycle, double from, int32_t local, int32_t rows, int32_t cols, double stride, int32_t block_stride,
          int32_t pixels, int32_t shrunk);

/* A store that has entered its queue in a cycle; one that pools, where it has windows. */
void store(Timeline *state, double cycle, double to, int32_t local, int32_t rows, int32_t cols, double stride, int32_t windows,
           int32_t window_size);

enum { WEIGHTS_STAY = 1, TRANSPOSES_A = 2, TRANSPOSES_B = 4, PRELOADS = 8 };

/* A preload and its multiplication, which have entered their queue in two cycles. */
void multiply(Timeline *state, double preload_cycle, double cycle, int32_t flags, int32_t stride_a, int32_t stride_c, int32_t weights,
              int32_t weight_rows, int32_t a, int32_t rows_a, int32_t cols_a, int32_t bd, int32_t rows_bd, int32_t c, int32_t rows_c);

#endif
