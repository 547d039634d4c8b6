/* What a core like Rocket does in one pass: it issues one instruction a cycle and waits for every result, so several elements are under way at a time. */
#ifndef BITWRIGHT_ROCKET_H
#define BITWRIGHT_ROCKET_H

#include "bitwright.h"
/* Rows of `columns` elements; `close` is what the shifted fraction of a result must reach to be certain. */
typedef struct {
  int32_t rows, columns, close;
} bw_rocket_rows;

/* `lines` holds for each column what makes a result's word of half of (x - mean) * factor, slope and offset, and behind them 1 / columns. */
#define BW_DECLARE(from, to)                                                                                         \
  void bw_rocket_layer_norm_rescale_##from##_##to(const bw_rocket_rows *shape, float scale, const bw_##from *x,      \
                                                  const float *bias, const float *s, const double *m,                \
                                                  const double *lines, bw_##to *y);
BW_DECLARE(i8, i8)
BW_DECLARE(i8, i16)
BW_DECLARE(i16, i8)
BW_DECLARE(i16, i16)
#undef BW_DECLARE

#endif
