/*
 * Kernels with 128-bit vectors: the same integers as their portable namesakes in kernels/, several times faster.
 *
 * bw_simd_<name> takes the arguments of bw_<name>. bw_packed_<name> takes weights that were packed beforehand, and memory to work in:
 * src/engine/kernels/ makes both and says which call takes the place of which.
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
#define BW_DECLARE(dtype)                                                                                                \
  void bw_packed_linear_##dtype(int32_t rows, int32_t depth, int32_t outputs, const bw_##dtype *x, const int16_t *w,      \
                              void *scratch, int32_t *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
#undef BW_DECLARE

/*
 * A product of two activations. scratch: int32 [4][8], int32 [columns], int16 [columns][depth], int16 [64][depth]; columns rounded up to 8,
 * depth to 2.
 */
#define BW_DECLARE(dtype)                                                                                                \
  void bw_packed_matmul_##dtype##_i8(const bw_matmul *shape, const bw_##dtype *a, const int8_t *b, void *scratch, int32_t *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
BW_DECLARE(u16)
#undef BW_DECLARE

/*
 * A convolution on an image that was copied to a grid with its border: rows of `pitch` positions, so that each tap of the window is the
 * whole grid from some offset on, and a register tile covers any 8 positions in a row. Where the window moves by more than one position,
 * the grid falls into phases: phase (a, b) holds the rows a, a + stride_height, ... and the columns b, b + stride_width, ... of the
 * bordered image.
 */
typedef struct {
  int32_t batch, groups;
  int32_t channels, height, width; /* of the input, in one group */
  int32_t stride_height, stride_width, pad_top, pad_left;
  int32_t phases_height, phases_width; /* those that a tap reads */
  int32_t pitch, rows, plane;          /* of one phase: columns, rows, positions with room behind the last tile */
  int32_t bordered;                    /* 1: some position of the grid is outside the input */
  int32_t outputs, out_height, out_width; /* in one group */
  int32_t steps;                          /* of the sum over a window, two products each */
  int32_t block_rows, block;              /* output rows computed at a time, and the sums that this makes, rounded up to 16 */
  int32_t quads; /* four positions at a time never cross a row's end: so many in a row; 0: they run through all rows of a block */
} bw_simd_window;

/*
 * Grid: int16 [channels/2][phases][plane][2], channels in pairs, the odd one paired with zeros.
 * w: int16 [groups][outputs/4][steps][4][2], filled up with zeros. offsets: int32 [steps], where in the grid a step's pairs begin.
 * scratch: the grid, then int32 [4][block].
 */
#define BW_DECLARE(dtype)                                                                                                \
  void bw_packed_convolution_##dtype(const bw_simd_window *window, const bw_##dtype *x, const int16_t *w,                 \
                                   const int32_t *offsets, void *scratch, int32_t *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
#undef BW_DECLARE

/*
 * The same where each group has one channel: taps come in pairs instead. Grid: int16 [phases][plane].
 * w: int16 [groups][outputs][steps][2]. offsets: int32 [steps][2], one for each tap. scratch: the grid, then int32 [block].
 */
#define BW_DECLARE(dtype)                                                                                                \
  void bw_packed_depthwise_##dtype(const bw_simd_window *window, const bw_##dtype *x, const int16_t *w,                   \
                                 const int32_t *offsets, void *scratch, int32_t *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
#undef BW_DECLARE

/* The roundings to 8 bits. Those of half_up are right where no sum that can occur lies in the middle between two integers. */
#define BW_DECLARE(rounding, from, to)                                                                                          \
  void bw_##rounding##_dyadic_##from##_##to(const bw_channels *shape, const bw_##from *acc, const int32_t *M, const int64_t *B, \
                                            const uint8_t *E, bw_##to *y);
#define BW_DECLARE_SUM(rounding, dtype)                                                                                \
  void bw_##rounding##_dyadic_sum_##dtype(const bw_channels *shape, int32_t terms, const bw_view *x, const int64_t *M, \
                                          const int64_t *B, const uint8_t *E, bw_##dtype *y);
#define BW_DECLARE_EACH(rounding)                                                                                            \
  BW_DECLARE(rounding, i8, i8) BW_DECLARE(rounding, u8, i8) BW_DECLARE(rounding, i16, i8) BW_DECLARE(rounding, i32, i8)      \
  BW_DECLARE(rounding, i8, u8) BW_DECLARE(rounding, u8, u8) BW_DECLARE(rounding, i16, u8) BW_DECLARE(rounding, i32, u8)      \
  BW_DECLARE_SUM(rounding, i8) BW_DECLARE_SUM(rounding, u8)
BW_DECLARE_EACH(simd)
BW_DECLARE_EACH(half_up)
#undef BW_DECLARE
#undef BW_DECLARE_SUM
#undef BW_DECLARE_EACH

/* The rounding of accumulators to 32 bits, where every sum that can occur fits them before it is limited: in front of a staircase. */
void bw_fitting_dyadic_i32_i32(const bw_channels *shape, const int32_t *acc, const int32_t *M, const int64_t *B, const uint8_t *E, int32_t *y);

/* y = acc + b[c], in 32 bits. */
void bw_simd_bias_i32(const bw_channels *shape, const int32_t *acc, const int32_t *b, int32_t *y);

/* The QuantActs of I-ViT, of accumulators, of quantised values and of a LayerNorm's integers; and of sums of two terms. */
#define BW_DECLARE(from, to) \
  void bw_simd_ivit_requantise_##from##_##to(const bw_channels *shape, const bw_##from *x, const double *m, bw_##to *y);
BW_DECLARE(i8, i8) BW_DECLARE(i16, i8) BW_DECLARE(i32, i8) BW_DECLARE(f32, i8)
BW_DECLARE(i8, i16) BW_DECLARE(i16, i16) BW_DECLARE(i32, i16) BW_DECLARE(f32, i16)
#undef BW_DECLARE
#define BW_DECLARE(to) void bw_simd_ivit_residual_##to(const bw_ivit_residual *shape, const bw_view *x, const double *m, bw_##to *y);
BW_DECLARE(i8)
BW_DECLARE(i16)
#undef BW_DECLARE
#define BW_DECLARE(from, to) \
  void bw_simd_ivit_rescale_##from##_##to(const bw_channels *shape, const bw_##from *x, const float *s, const double *m, bw_##to *y);
BW_DECLARE(i32, i8) BW_DECLARE(i32, i16) BW_DECLARE(f32, i8) BW_DECLARE(f32, i16)
#undef BW_DECLARE
#define BW_DECLARE(dtype)                                                                                                \
  void bw_simd_ivit_layer_norm_##dtype##_f32(int32_t rows, int32_t columns, float scale, const bw_##dtype *x, const float *bias, \
                                             float *y);
BW_DECLARE(i8)
BW_DECLARE(i16)
#undef BW_DECLARE
#define BW_DECLARE(to) \
  void bw_simd_ivit_table_softmax_##to(const bw_ivit_rows *shape, const int8_t *x, const int32_t *table, bw_##to *y);
BW_DECLARE(u8)
BW_DECLARE(u16)
#undef BW_DECLARE
void bw_simd_row_lookup_i8_i8(int32_t rows, int32_t columns, const int8_t *x, const int8_t *table, int8_t *y);

/* The same steps, found from tables of where they lie. */
#define BW_DECLARE(to)                                                                                          \
  void bw_simd_staircase_i32_##to(int32_t count, int32_t steps, const int32_t *x, const int32_t *thresholds,     \
                                  const bw_##to *values, bw_##to *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
#undef BW_DECLARE

/* A product of probabilities, which have 32 bits, with bytes. */
#define BW_DECLARE(right) void bw_simd_matmul_i32_##right(const bw_matmul *shape, const int32_t *a, const bw_##right *b, int32_t *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
#undef BW_DECLARE

/* Norms and softmax of bytes. */
#define BW_DECLARE(dtype)                                                                                        \
  void bw_simd_layer_norm_##dtype(const bw_norm *shape, const bw_##dtype *x, const int64_t *epsilon, int32_t *u); \
  void bw_simd_rms_norm_##dtype(const bw_norm *shape, const bw_##dtype *x, const int64_t *epsilon, int32_t *u);
BW_DECLARE(i8)
BW_DECLARE(u8)
#undef BW_DECLARE
#define BW_DECLARE(from, to) \
  void bw_simd_softmax_##from##_##to(const bw_softmax *shape, const bw_##from *x, const int32_t *table, bw_##to *y);
BW_DECLARE(i8, i8) BW_DECLARE(i8, u8) BW_DECLARE(i8, i32)
BW_DECLARE(u8, u8) BW_DECLARE(u8, i32)
#undef BW_DECLARE

/* Pools of bytes. */
#define BW_DECLARE(dtype)                                                                     \
  void bw_simd_max_pool_##dtype(const bw_window *window, const bw_##dtype *x, bw_##dtype *y); \
  void bw_simd_window_sum_##dtype(const bw_window *window, const bw_##dtype *x, int32_t *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
#undef BW_DECLARE

#endif
