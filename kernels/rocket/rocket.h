/* What a core like Rocket does in one pass: it issues one instruction a cycle and waits for every result, so several elements are under way at a time. */
#ifndef BITWRIGHT_ROCKET_H
#define BITWRIGHT_ROCKET_H

#include "bitwright.h"

/* Softmax of each row, of at most so many columns. table: [greatest of the row + 128][x + 128], exponentials e < 2^23 as the bits of the float 2^23 + e;
   that of the greatest itself is not 0. y = the probability ^ mask, u8: in 2^-7, u16: in 2^-15. */
enum { BW_ROCKET_SOFTMAX_COLUMNS = 1024 };
#define BW_DECLARE(to) \
  void bw_rocket_softmax_##to(int32_t rows, int32_t columns, int32_t mask, const int8_t *x, const int32_t *table, bw_##to *y);
BW_DECLARE(u8)
BW_DECLARE(u16)
#undef BW_DECLARE

/* The same where of each token's rows only some columns are seen: how many, and which ones: seen: [windows, tokens, 1 + columns], at least one of
   each row. The exponential of all others is `hidden` < 2^23. */
enum { BW_ROCKET_MASKED_COLUMNS = 255 };
#define BW_DECLARE(to)                                                                                              \
  void bw_rocket_masked_softmax_##to(const bw_ivit_rows *shape, const int8_t *x, const int32_t *table, const uint8_t *seen, \
                                     int32_t hidden, bw_##to *y);
BW_DECLARE(u8)
BW_DECLARE(u16)
#undef BW_DECLARE

/* y = clamp(rne((double)(256 * high + low - more) * m)). high, low: [rows, columns], dense, neither negative, and what is joined is below 2^31; more * m
   is a double. The rows of y lie y_stride from each other. */
void bw_rocket_join_requantise_i8(int32_t rows, int32_t columns, const int32_t *high, const int32_t *low, int32_t more, double m, int8_t *y,
                                  int32_t y_stride);

/* y = table[greatest of the row + 128][x + 128]. Where y has bytes, it may be x. */
#define BW_DECLARE(to) \
  void bw_rocket_row_lookup_##to(int32_t rows, int32_t columns, const int8_t *x, const bw_##to *table, bw_##to *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
BW_DECLARE(i16)
BW_DECLARE(u16)
#undef BW_DECLARE

/* What max_pool.c and window_sum.c do, of numbers of at most 16 bits; every window has a position in the image. */
#define BW_DECLARE(dtype)                                                                                  \
  void bw_rocket_max_pool_##dtype(const bw_window *window, const bw_##dtype *x, bw_##dtype *y);            \
  void bw_rocket_window_sum_##dtype(const bw_window *window, const bw_##dtype *x, int32_t *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
BW_DECLARE(i16)
BW_DECLARE(u16)
#undef BW_DECLARE

/* y = table[c][x - least]: `span` entries for each channel, least being no more than 0. Where both have bytes, y may be x. */
typedef struct {
  int32_t outer, channels, inner;
  int32_t least, span;
} bw_rocket_table;
#define BW_DECLARE(from, to) \
  void bw_rocket_table_##from##_##to(const bw_rocket_table *shape, const bw_##from *x, const bw_##to *table, bw_##to *y);
#define BW_DECLARE_FROM(from) BW_DECLARE(from, i8) BW_DECLARE(from, u8)
BW_EACH_INTEGER(BW_DECLARE_FROM)
#undef BW_DECLARE_FROM
#undef BW_DECLARE

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

/* y = clamp(rne((double)x * m[c])). */
#define BW_DECLARE(from, to) \
  void bw_rocket_requantise_##from##_##to(const bw_channels *shape, const bw_##from *x, const double *m, bw_##to *y);
#define BW_DECLARE_FROM(from) BW_DECLARE(from, i8) BW_DECLARE(from, i16)
BW_DECLARE_FROM(i8)
BW_DECLARE_FROM(i16)
BW_DECLARE_FROM(i32)
#undef BW_DECLARE_FROM
#undef BW_DECLARE

/* y = clamp(rne((double)(x + b[c]) * m[c])), the sum in 32 bits. */
#define BW_DECLARE(to)                                                                                                 \
  void bw_rocket_bias_requantise_i32_##to(const bw_channels *shape, const int32_t *x, const int32_t *b, const double *m, bw_##to *y);
BW_DECLARE(i8)
BW_DECLARE(i16)
#undef BW_DECLARE

typedef struct {
  int32_t outer, channels, inner;
  int32_t v_lo, v_hi; /* of what the identity is added to */
  int32_t lo, hi;
  int32_t halves; /* 1: some identity * terms[1] ends in a half */
} bw_rocket_requantise_residual;

/*
 * v = clamp(rne((double)x * m[c])), y = clamp(rne((double)v * terms[0]) + rne((double)identity * terms[1])). Every x * m[c] is a double, unless it
 * is beyond v's limits; so is every product with terms, and 2^52 * (1.5 - 1.5 * terms[0]). All of them are below 2^51. y may be the identity.
 */
#define BW_DECLARE(dtype, to)                                                                                          \
  void bw_rocket_requantise_residual_##dtype##_##to(const bw_rocket_requantise_residual *shape, const int32_t *x,      \
                                                    const double *m, const bw_##dtype *identity, const double *terms, bw_##to *y);
BW_DECLARE(i8, i8)
BW_DECLARE(i8, i16)
BW_DECLARE(i16, i16)
#undef BW_DECLARE

/* The same where v's block of channels k is added to that of the identity, and becomes that of y, whose number is places[k]. */
#define BW_DECLARE(dtype, to)                                                                                          \
  void bw_rocket_requantise_placed_residual_##dtype##_##to(const bw_rocket_requantise_residual *shape, const int32_t *x, \
                                                           const double *m, const bw_##dtype *identity,                \
                                                           const double *terms, const int32_t *places, bw_##to *y);
BW_DECLARE(i8, i8)
BW_DECLARE(i8, i16)
BW_DECLARE(i16, i16)
#undef BW_DECLARE

typedef struct {
  int32_t first, second; /* elements that come from each of two places */
  int32_t lo, hi;
  int32_t halves; /* 1: some identity * terms[1] ends in a half */
} bw_rocket_residual;

/* y = clamp(rne((double)x * terms[0]) + rne((double)identity * terms[1])), x being `first` and `second` one behind the other. Every product is a
   double below 2^50. y may be the identity. */
#define BW_DECLARE(from, dtype, to)                                                                                    \
  void bw_rocket_residual_##from##_##dtype##_##to(const bw_rocket_residual *shape, const bw_##from *first, const bw_##from *second, \
                                                  const bw_##dtype *identity, const double *terms, bw_##to *y);
BW_DECLARE(i8, i8, i8)
BW_DECLARE(i8, i16, i16)
BW_DECLARE(i16, i8, i16)
BW_DECLARE(i16, i16, i16)
#undef BW_DECLARE

/* Copies the block. */
#define BW_DECLARE(dtype) void bw_rocket_move_##dtype(const bw_move *move, const bw_##dtype *x, bw_##dtype *y);
BW_EACH_INTEGER(BW_DECLARE)
#undef BW_DECLARE

/* y = clamp(rne(x * factors[c][0] + factors[c][1])): the product and the sum are doubles, unless they are beyond the limits. factors: [channels][2]. */
#define BW_DECLARE(from, to) \
  void bw_rocket_dyadic_##from##_##to(const bw_channels *shape, const bw_##from *x, const double *factors, bw_##to *y);
#define BW_DECLARE_TO(to) BW_DECLARE(i8, to) BW_DECLARE(u8, to) BW_DECLARE(i32, to)
BW_DECLARE_TO(i8)
BW_DECLARE_TO(u8)
#undef BW_DECLARE_TO
#undef BW_DECLARE

/* y = clamp(rne(x[0] * factors[c][0] + x[1] * factors[c][1] + factors[c][2])), likewise. x: two tensors, factors: [channels][3]. */
#define BW_DECLARE(to) \
  void bw_rocket_dyadic_sum_##to(const bw_channels *shape, const bw_view *x, const double *factors, bw_##to *y);
BW_DECLARE(i8)
BW_DECLARE(u8)
#undef BW_DECLARE

#endif
