/*
 * Kernels with 128-bit vectors: the same integers as their portable namesakes in kernels/, several times faster. They take weights that were
 * packed beforehand and memory to work in; src/engine/kernels/ says how large and in which order.
 */
#ifndef BITWRIGHT_SIMD_H
#define BITWRIGHT_SIMD_H

#include "../bitwright.h"

/*
 * y[r,o] = sum over k of x[r,k] * w[o,k]. x: [rows, depth], y: [rows, outputs].
 * w: int16 [depth blocks][panels][pairs][8][2]: blocks of at most BW_LINEAR_DEPTH, panels of 8 outputs, both filled up with zeros.
 * scratch: int16 [BW_LINEAR_ROWS][min(depth, BW_LINEAR_DEPTH) rounded up to 8], then int32 [4][8].
 */
enum { BW_LINEAR_DEPTH = 1024, BW_LINEAR_ROWS = 64 };
#define BW_DECLARE(dtype)                                                                                                                    \
  void bw_simd_linear_##dtype(int32_t rows, int32_t depth, int32_t outputs, const bw_##dtype *x, const int16_t *w, void *scratch, int32_t *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
#undef BW_DECLARE

#endif
