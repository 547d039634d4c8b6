/*
 * The portable C99 kernels of Bitwright: exact integer arithmetic, plain loops, no allocation, no state.
 *
 * Tensors are dense and row-major. Every size counts elements, and every tensor has fewer than 2^31 of them. A result never
 * overlaps an operand. Constants are what the verifier has proved safe: no accumulator leaves 32 bits, no sum before a rounding
 * leaves 64. rne rounds half to even; clamp limits to lo..hi.
 *
 * A function's last names are the dtypes of its operand and result: bw_dyadic_i32_u8 rounds int32_t accumulators to uint8_t.
 */
#ifndef BITWRIGHT_H
#define BITWRIGHT_H

#include "bitwright_ares.h"
#include "bitwright_ivit.h"
#include "tensors.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Windows: convolution, pools ---------------------------------------------------------------------------------------- */

/* A window of kernel_height x kernel_width that moves over the last two axes of [batch, channels, height, width]. */
typedef struct {
  int32_t batch, channels, height, width;
  int32_t kernel_height, kernel_width;
  int32_t stride_height, stride_width;
  int32_t pad_top, pad_left; /* the border before the input; the one behind it follows from out_height and out_width */
  int32_t out_height, out_width;
} bw_window;

/* A window that also sums over channels, weighted: outputs and channels fall into groups that do not see each other. */
typedef struct {
  int32_t batch, channels, height, width;
  int32_t kernel_height, kernel_width;
  int32_t stride_height, stride_width;
  int32_t pad_top, pad_left;
  int32_t out_height, out_width;
  int32_t outputs, groups;
} bw_convolution;

/* y[n,o,i,j] = sum over c,u,v of x[n, g(o)+c, i*stride_height+u-pad_top, j*stride_width+v-pad_left] * w[o,c,u,v], x being 0
   outside and g(o) the first channel of o's group. x: [batch, channels, height, width],
   w: [outputs, channels/groups, kernel_height, kernel_width], y: [batch, outputs, out_height, out_width]. */
#define BW_DECLARE(dtype) void bw_convolution_##dtype(const bw_convolution *shape, const bw_##dtype *x, const int8_t *w, int32_t *y);
BW_EACH_ACTIVATION(BW_DECLARE)
#undef BW_DECLARE

/* y[n,c,i,j] = the greatest x under the window; positions outside x never win. */
#define BW_DECLARE(dtype) void bw_max_pool_##dtype(const bw_window *window, const bw_##dtype *x, bw_##dtype *y);
BW_EACH_INTEGER(BW_DECLARE)
#undef BW_DECLARE

/* y[n,c,i,j] = the sum of x under the window, x being 0 outside. */
#define BW_DECLARE(dtype) void bw_window_sum_##dtype(const bw_window *window, const bw_##dtype *x, int32_t *y);
BW_EACH_INTEGER(BW_DECLARE)
#undef BW_DECLARE

/* ---- Sums over one axis ------------------------------------------------------------------------------------------------- */

/* y[r,o] = sum over k of x[r,k] * w[o,k]. x: [rows, depth], w: [outputs, depth], y: [rows, outputs]. */
#define BW_DECLARE(dtype) \
  void bw_linear_##dtype(int32_t rows, int32_t depth, int32_t outputs, const bw_##dtype *x, const int8_t *w, int32_t *y);
BW_EACH_ACTIVATION(BW_DECLARE)
#undef BW_DECLARE

typedef struct {
  int32_t batch, rows, depth, columns;
  int32_t transpose; /* 1: b is [batch, columns, depth] */
} bw_matmul;

/* y[n,i,j] = sum over k of a[n,i,k] * b[n,k,j]. a: [batch, rows, depth], b: [batch, depth, columns], y: [batch, rows, columns]. */
#define BW_DECLARE(left, right) \
  void bw_matmul_##left##_##right(const bw_matmul *shape, const bw_##left *a, const bw_##right *b, int32_t *y);
BW_EACH_ACTIVATION_PAIR(BW_DECLARE)
BW_DECLARE(i32, i8)
BW_DECLARE(i32, u8)
#undef BW_DECLARE

/* The same with (bw_dtype)(a[n,i,k] ^ mask) in place of a[n,i,k]; nothing is transposed. */
#define BW_DECLARE(dtype) \
  void bw_digit_matmul_##dtype(const bw_matmul *shape, int32_t mask, const bw_##dtype *a, const int8_t *b, int32_t *y);
BW_DECLARE(i16)
BW_DECLARE(u16)
#undef BW_DECLARE

/* y[o,i] = sum over k of x[o,k,i]. x: [outer, size, inner], y: [outer, inner]. */
#define BW_DECLARE(dtype) void bw_axis_sum_##dtype(int32_t outer, int32_t size, int32_t inner, const bw_##dtype *x, int32_t *y);
BW_EACH_INTEGER(BW_DECLARE)
#undef BW_DECLARE

/* ---- Norms: rows of `length` elements -------------------------------------------------------------------------------------- */

typedef struct {
  int32_t rows, length;
  int32_t fraction; /* even */
} bw_norm;

/* u = rne(d * R / 2^(38 - m - fraction/2)) along each row, R = min(2^31 - 1, floor(2^62 / isqrt(V * 4^m))), 2^62 <= V * 4^m < 2^64,
   V = C * 2^fraction + *epsilon < 2^62; 0 where C = 0. layer: d = length * x - sum x, C = length * sum x^2 - (sum x)^2;
   rms: d = length * x, C = length * sum x^2. */
#define BW_DECLARE(dtype)                                                                                 \
  void bw_layer_norm_##dtype(const bw_norm *shape, const bw_##dtype *x, const int64_t *epsilon, int32_t *u); \
  void bw_rms_norm_##dtype(const bw_norm *shape, const bw_##dtype *x, const int64_t *epsilon, int32_t *u);
BW_EACH_ACTIVATION(BW_DECLARE)
#undef BW_DECLARE

/* ---- Softmax of each row ------------------------------------------------------------------------------------------------------- */

typedef struct {
  int32_t rows, columns;
  int32_t multiplier, down, exponent;
  int32_t hi;
} bw_softmax;

/* y = min(rne(e * floor(R * multiplier / 2^down) / 2^(b + exponent)), hi), R = min(2^31 - 1, floor(2^61 / floor(Z / 2^(b - 31)))),
   Z = the sum of e along the row, b = its bits; 0 where b + exponent > 62. e = table[greatest - x], 256 entries of exp(-d) in 2^-30. */
#define BW_DECLARE(from, to) \
  void bw_softmax_##from##_##to(const bw_softmax *shape, const bw_##from *x, const int32_t *table, bw_##to *y);
BW_TO_EACH_INTEGER(BW_DECLARE, i8)
BW_TO_EACH_INTEGER(BW_DECLARE, u8)
#undef BW_DECLARE

/* The same with e = exp(-t / 2^24), t = rne((greatest - x) * multiplier / 2^exponent), by the table of exponential.h. */
#define BW_DECLARE(from, to)                                                                                            \
  void bw_wide_softmax_##from##_##to(const bw_softmax *shape, int32_t multiplier, int32_t exponent, const bw_##from *x, \
                                     const int32_t *table, bw_##to *y);
BW_TO_EACH_INTEGER(BW_DECLARE, i16)
BW_TO_EACH_INTEGER(BW_DECLARE, u16)
BW_TO_EACH_INTEGER(BW_DECLARE, i32)
#undef BW_DECLARE

/* ---- Requantisation: per-channel constants over [outer, channels, inner] ------------------------------------------------- */

/* y = clamp(rne((acc * M[c] + B[c]) / 2^E[c])), in 64 bits; 1 <= E <= 62. */
#define BW_DECLARE(from, to)                                                                                            \
  void bw_dyadic_##from##_##to(const bw_channels *shape, const bw_##from *acc, const int32_t *M, const int64_t *B,      \
                               const uint8_t *E, bw_##to *y);
BW_EACH_PAIR(BW_DECLARE)
#undef BW_DECLARE

/* y = clamp(rne((sum over t of x[t] * M[c,t] + B[c]) / 2^E[c])), in 64 bits. x: `terms` tensors of y's shape, M: [channels, terms]. */
#define BW_DECLARE(dtype)                                                                                               \
  void bw_dyadic_sum_##dtype(const bw_channels *shape, int32_t terms, const bw_view *x, const int64_t *M,              \
                             const int64_t *B, const uint8_t *E, bw_##dtype *y);
BW_EACH_INTEGER(BW_DECLARE)
#undef BW_DECLARE

/* The mean of a pool: [outer, positions], each position with the count of its addends. */
typedef struct {
  int32_t outer, positions;
  int32_t multiplier, exponent;
  int32_t lo, hi;
} bw_mean;

/* y = clamp(rne(sum * multiplier / (counts[p] * 2^exponent))), one exact division in 64 bits. counts: [positions]. */
#define BW_DECLARE(from, to) \
  void bw_dyadic_mean_##from##_##to(const bw_mean *mean, const bw_##from *sum, const int32_t *counts, bw_##to *y);
BW_EACH_PAIR(BW_DECLARE)
#undef BW_DECLARE

/* y = acc + b[c], in 32 bits. The clamp is not used. */
#define BW_DECLARE(dtype) void bw_bias_##dtype(const bw_channels *shape, const bw_##dtype *acc, const int32_t *b, int32_t *y);
BW_EACH_INTEGER(BW_DECLARE)
#undef BW_DECLARE

/* y = clamp(rne((float)acc * m[c])): exactly one float32 rounding of the product. */
#define BW_DECLARE(from, to) \
  void bw_float32_##from##_##to(const bw_channels *shape, const bw_##from *acc, const float *m, bw_##to *y);
BW_EACH_PAIR(BW_DECLARE)
#undef BW_DECLARE

typedef struct {
  int32_t outer, channels, inner;
  int32_t relu; /* 1: results below 0 become 0 */
} bw_dequantise;

/* y = (float)acc * s[c] + b[c], the product rounded before the sum. */
#define BW_DECLARE(dtype) \
  void bw_dequantise_##dtype(const bw_dequantise *shape, const bw_##dtype *acc, const float *s, const float *b, float *y);
BW_EACH_INTEGER(BW_DECLARE)
#undef BW_DECLARE

/* ---- Rotary positions, spectra, scans ------------------------------------------------------------------------------------- */

typedef struct {
  int32_t outer, positions, pairs;
  int32_t interleaved; /* 1: a pair is two neighbours, 0: two elements `pairs` apart */
} bw_rope;

/* Each pair (e, o) becomes (e * cos - o * sin, e * sin + o * cos). x and y: [outer, positions, 2 * pairs], tables: [positions, pairs]. */
#define BW_DECLARE(dtype) \
  void bw_rope_##dtype(const bw_rope *shape, const bw_##dtype *x, const int32_t *cosines, const int32_t *sines, int32_t *y);
BW_EACH_ACTIVATION(BW_DECLARE)
#undef BW_DECLARE

/* y[r,0,k] = sum over n of x[r,n] * cos[k*n mod length], y[r,1,k] = -sum over n of x[r,n] * sin[k*n mod length]. x: [rows, length],
   tables: [length], y: [rows, 2, length/2 + 1]. */
#define BW_DECLARE(dtype) \
  void bw_rfft_##dtype(int32_t rows, int32_t length, const bw_##dtype *x, const int32_t *cosines, const int32_t *sines, int32_t *y);
BW_EACH_ACTIVATION(BW_DECLARE)
#undef BW_DECLARE

/* y = number of thresholds <= re^2 + im^2. spectrum: [rows, 2, bins], thresholds: [count], ascending, the high half of each first. */
#define BW_DECLARE(dtype)                                                                                               \
  void bw_magnitude_##dtype(int32_t rows, int32_t bins, int32_t count, const int32_t *spectrum, const uint32_t *thresholds, \
                            bw_##dtype *y);
BW_EACH_ACTIVATION(BW_DECLARE)
#undef BW_DECLARE

typedef struct {
  int32_t rows, bins, count;
  int32_t lo, hi;
} bw_phase;

/* y = clamp(number of turns up to the angle of re + i*|im|), negated where im < 0; 0 where re = im = 0. spectrum: [rows, 2, bins],
   turns: [count][cosine, sine], ascending, up to half a turn. */
#define BW_DECLARE(dtype) \
  void bw_phase_##dtype(const bw_phase *shape, const int32_t *spectrum, const int32_t *turns, bw_##dtype *y);
BW_EACH_ACTIVATION(BW_DECLARE)
#undef BW_DECLARE

/* y = log(1 + exp(x)), x in 2^-16, y in 2^-24: max(x, 0) and a line between two entries of table, which are 2^-6 apart. table: [1025]. */
void bw_softplus_i32(int32_t count, const int32_t *x, const int32_t *table, int32_t *y);

typedef struct {
  int32_t batch, tokens, channels, states; /* at most 256 states */
  int32_t decay;                           /* dt * rate / 2^decay is in 2^-24 */
  int32_t multiplier, exponent, fraction;  /* dt * x * multiplier / 2^exponent is in 2^-fraction of a state's step */
  int32_t narrowing;
} bw_scan;

/* y = rne(sum of c * h / 2^narrowing), h = rne((d * h + (dt * x * b)) / 2^30), d about 2^30 * exp(-dt * rate), for each channel. x is
   {x, b, c}. dt, x, y: [batch, tokens, channels], b, c: [batch, tokens, states], rates: [channels, states], exponentials: exponential.h. */
void bw_selective_scan(const bw_scan *shape, const int32_t *dt, const bw_view *x, const int32_t *rates, const int32_t *exponentials,
                       int32_t *y);

/* ---- Element by element -------------------------------------------------------------------------------------------------- */

/* y = table[x - the least value of x's dtype]. table: 256 entries for 8 bits, 65,536 for 16. */
#define BW_DECLARE(from, to) void bw_lookup_##from##_##to(int32_t count, const bw_##from *x, const bw_##to *table, bw_##to *y);
BW_TO_EACH_INTEGER(BW_DECLARE, i8)
BW_TO_EACH_INTEGER(BW_DECLARE, u8)
BW_TO_EACH_INTEGER(BW_DECLARE, i16)
BW_TO_EACH_INTEGER(BW_DECLARE, u16)
#undef BW_DECLARE

/* y = table[m][x], m the greatest of x's row, both from the least value of x's dtype on. x: [rows, columns], table: [256][256]. */
#define BW_DECLARE(from, to) \
  void bw_row_lookup_##from##_##to(int32_t rows, int32_t columns, const bw_##from *x, const bw_##to *table, bw_##to *y);
BW_TO_EACH_INTEGER(BW_DECLARE, i8)
BW_TO_EACH_INTEGER(BW_DECLARE, u8)
#undef BW_DECLARE

/* y = values[number of thresholds <= x]. thresholds: [steps], ascending; values: [steps + 1]. */
#define BW_DECLARE(from, to)                                                                                            \
  void bw_staircase_##from##_##to(int32_t count, int32_t steps, const bw_##from *x, const int32_t *thresholds,          \
                                  const bw_##to *values, bw_##to *y);
BW_EACH_PAIR(BW_DECLARE)
#undef BW_DECLARE

/* A tensor [outer, size, inner] and one [outer, inner], which repeats. */
typedef struct {
  int32_t outer, size, inner;
} bw_repetition;

/* y[o,s,i] = a[o,s,i] * b[o,i], exactly. */
#define BW_DECLARE(left, right) \
  void bw_multiply_##left##_##right(const bw_repetition *shape, const bw_##left *a, const bw_##right *b, int32_t *y);
BW_EACH_ACTIVATION_PAIR(BW_DECLARE)
#undef BW_DECLARE

/* y[k,j] = rows[x[k],j]. x: [count], no index outside rows; rows: [..., width], y: [count, width]. */
#define BW_DECLARE(dtype) \
  void bw_gather_##dtype(int32_t count, int32_t width, const bw_##dtype *x, const int8_t *rows, int8_t *y);
BW_EACH_INTEGER(BW_DECLARE)
#undef BW_DECLARE

/* y = x ^ mask. */
#define BW_DECLARE(dtype) void bw_digits_##dtype(int32_t count, int32_t mask, const bw_##dtype *x, bw_##dtype *y);
BW_DECLARE(i16)
BW_DECLARE(u16)
#undef BW_DECLARE

/* y = clamp(x). */
#define BW_DECLARE(dtype) void bw_clamp_##dtype(int32_t count, int32_t lo, int32_t hi, const bw_##dtype *x, bw_##dtype *y);
BW_EACH_INTEGER(BW_DECLARE)
#undef BW_DECLARE

/* y = sum over t of x[t], exactly. x: `terms` tensors of `count` elements. */
#define BW_DECLARE(dtype) void bw_sum_##dtype(int32_t count, int32_t terms, const bw_view *x, bw_##dtype *y);
BW_DECLARE(i16)
BW_DECLARE(i32)
#undef BW_DECLARE

/* ---- Moves ----------------------------------------------------------------------------------------------------------------- */

enum { BW_MOVE_RANK = 6 };

/* A block of elements and its two strided places: position a of an axis lies a*from[axis] elements on in the source, a*to[axis]
   in the result. A source stride of 0 repeats. */
typedef struct {
  int32_t sizes[BW_MOVE_RANK], from[BW_MOVE_RANK], to[BW_MOVE_RANK];
  int32_t from_offset, to_offset;
} bw_move;

/* Copies the block; a value that `to` cannot hold does not occur. */
#define BW_DECLARE(from, to) void bw_move_##from##_##to(const bw_move *move, const bw_##from *x, bw_##to *y);
BW_EACH_PAIR(BW_DECLARE)
BW_DECLARE(f32, f32)
#undef BW_DECLARE

/* y = 0. */
#define BW_DECLARE(dtype) void bw_zero_##dtype(int32_t count, bw_##dtype *y);
BW_EACH_INTEGER(BW_DECLARE)
BW_DECLARE(f32)
#undef BW_DECLARE

#ifdef __cplusplus
}
#endif

#endif
