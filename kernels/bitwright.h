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

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The C type of each dtype: bw_##dtype in the templates below. */
typedef int8_t bw_i8;
typedef uint8_t bw_u8;
typedef int16_t bw_i16;
typedef uint16_t bw_u16;
typedef int32_t bw_i32;
typedef float bw_f32;

/* T(dtype) for each dtype of an activation, then for each that an integer tensor can have. */
#define BW_EACH_ACTIVATION(T) T(i8) T(u8) T(i16) T(u16)
#define BW_EACH_INTEGER(T) BW_EACH_ACTIVATION(T) T(i32)

/* T(left, right) for each pair of dtypes of activations. */
#define BW_WITH_EACH_ACTIVATION(T, left) T(left, i8) T(left, u8) T(left, i16) T(left, u16)
#define BW_EACH_ACTIVATION_PAIR(T) \
  BW_WITH_EACH_ACTIVATION(T, i8)   \
  BW_WITH_EACH_ACTIVATION(T, u8)   \
  BW_WITH_EACH_ACTIVATION(T, i16)  \
  BW_WITH_EACH_ACTIVATION(T, u16)

/* T(from, to) for each dtype that an integer tensor can have, and for each pair of them. */
#define BW_TO_EACH_INTEGER(T, from) T(from, i8) T(from, u8) T(from, i16) T(from, u16) T(from, i32)
#define BW_EACH_PAIR(T)      \
  BW_TO_EACH_INTEGER(T, i8)  \
  BW_TO_EACH_INTEGER(T, u8)  \
  BW_TO_EACH_INTEGER(T, i16) \
  BW_TO_EACH_INTEGER(T, u16) \
  BW_TO_EACH_INTEGER(T, i32)

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

typedef struct {
  int32_t outer, channels, inner;
  int32_t lo, hi;
} bw_channels;

/* y = clamp(rne((acc * M[c] + B[c]) / 2^E[c])), in 64 bits; 1 <= E <= 62. */
#define BW_DECLARE(from, to)                                                                                            \
  void bw_dyadic_##from##_##to(const bw_channels *shape, const bw_##from *acc, const int32_t *M, const int64_t *B,      \
                               const uint8_t *E, bw_##to *y);
BW_EACH_PAIR(BW_DECLARE)
#undef BW_DECLARE

/* A tensor of any integer dtype. */
enum bw_type { BW_I8, BW_U8, BW_I16, BW_U16, BW_I32 };
typedef struct {
  const void *data;
  int32_t type; /* an enum bw_type */
} bw_view;

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

/* ---- The ares style: each function rounds as the operator of that system does ------------------------------------------- */

/* y = clamp(rne(x / step)). */
void bw_ares_quantise_f32_i8(int32_t count, float step, int32_t lo, int32_t hi, const float *x, int8_t *y);

/* y = clamp(floor(x * factor + 0.5)), product and sum each rounded to float32. */
void bw_ares_requantise_i8_i8(int32_t count, float factor, int32_t lo, int32_t hi, const int8_t *x, int8_t *y);

/* y = x[0] * scales[0] + x[1] * scales[1] + ... in float32 from left to right. x: `terms` tensors of int8_t. */
void bw_ares_add_f32(int32_t count, int32_t terms, const bw_view *x, const float *scales, float *y);

/* y[o,i] = (sum over k of x[o,k,i] * scale) / size in float32 from left to right. x: [outer, size, inner]. */
void bw_ares_mean_i8_f32(int32_t outer, int32_t size, int32_t inner, float scale, const int8_t *x, float *y);

/* y = gamma * d / root(mean of d^2 + epsilon) + beta of each row, d = x * scales[0], epsilon = scales[1]; every step in float32. */
typedef struct {
  int32_t rows, length;
  int32_t centred; /* 1: less the row's mean */
} bw_ares_norm;
void bw_ares_norm_i8_f32(const bw_ares_norm *shape, const int8_t *x, const float *gamma, const float *beta,
                         const float *scales, float *y);

typedef struct {
  int32_t elements, count;
  int32_t ties_up; /* 1: floor(v + 0.5), 0: half to even */
  int32_t lo, hi;
} bw_ares_average;

/* y = clamp(round(sum / count * scales[0] / scales[1])) in float64 from left to right. */
void bw_ares_average_i32_i8(const bw_ares_average *shape, const int32_t *sum, const double *scales, int8_t *y);

/* y = (sum + count / 2) / count, both divisions towards zero. */
void bw_ares_biased_mean_i32_i8(int32_t elements, int32_t count, const int32_t *sum, int8_t *y);

/* ---- The modules of I-ViT: float32 operation by float32 operation, see ivit.h ---------------------------------------------- */

/* y = clamp(rne((double)x * m[c])). */
#define BW_DECLARE(from, to) \
  void bw_ivit_requantise_##from##_##to(const bw_channels *shape, const bw_##from *x, const double *m, bw_##to *y);
#define BW_DECLARE_FROM(from) BW_DECLARE(from, i8) BW_DECLARE(from, i16)
BW_EACH_INTEGER(BW_DECLARE_FROM)
BW_DECLARE_FROM(f32)
#undef BW_DECLARE_FROM
#undef BW_DECLARE

/* y = clamp(rne((double)rne((float)x * s[c] / s[c]) * m[c])), s being normal floats. */
#define BW_DECLARE(from, to) \
  void bw_ivit_rescale_##from##_##to(const bw_channels *shape, const bw_##from *x, const float *s, const double *m, bw_##to *y);
BW_DECLARE(i32, i8)
BW_DECLARE(i32, i16)
BW_DECLARE(f32, i8)
BW_DECLARE(f32, i16)
#undef BW_DECLARE

typedef struct {
  int32_t outer, channels, inner;
  int32_t period; /* elements after which the identity begins again */
  int32_t lo, hi;
} bw_ivit_residual;

/* y = clamp(rne((double)x[0] * m[c][0]) + rne((double)x[1] * m[c][1])). x: a tensor and the identity, m: [channels, 2]. */
#define BW_DECLARE(to) void bw_ivit_residual_##to(const bw_ivit_residual *shape, const bw_view *x, const double *m, bw_##to *y);
BW_DECLARE(i8)
BW_DECLARE(i16)
#undef BW_DECLARE

/* x: [rows, columns]. With a mask the rows are those of [windows, heads, tokens], and the mask is [windows, tokens, columns]. */
typedef struct {
  int32_t rows, columns;
  int32_t heads, tokens;
} bw_ivit_rows;

/* IntSoftmax of each row; u8: probabilities in 2^-7, u16: in 2^-15. The mask is added to the real logits. */
#define BW_DECLARE(to)                                                                                                  \
  void bw_ivit_softmax_i8_##to(const bw_ivit_rows *shape, float scale, const int8_t *x, bw_##to *y);                    \
  void bw_ivit_masked_softmax_i8_##to(const bw_ivit_rows *shape, float scale, const int8_t *x, const float *mask, bw_##to *y);
BW_DECLARE(u8)
BW_DECLARE(u16)
#undef BW_DECLARE

/* The same by a table [greatest of the row + 128][x + 128] of exponentials; `hidden` is that of every element whose mask is not 0, and
   some element of each row has the mask 0. */
#define BW_DECLARE(to)                                                                                                  \
  void bw_ivit_table_softmax_##to(const bw_ivit_rows *shape, const int8_t *x, const int32_t *table, bw_##to *y);        \
  void bw_ivit_masked_table_softmax_##to(const bw_ivit_rows *shape, const int8_t *x, const int32_t *table,              \
                                         const uint8_t *mask, int32_t hidden, bw_##to *y);
BW_DECLARE(u8)
BW_DECLARE(u16)
#undef BW_DECLARE

/* IntGELU of each row, in 2^-7 of the scale. */
void bw_ivit_gelu_i8_i16(int32_t rows, int32_t columns, float scale, const int8_t *x, int16_t *y);

/* IntLayerNorm of each row: integers, which may exceed 64 bits where a channel is dead. bias: [columns]. */
#define BW_DECLARE(dtype)                                                                                               \
  void bw_ivit_layer_norm_##dtype##_f32(int32_t rows, int32_t columns, float scale, const bw_##dtype *x, const float *bias, float *y);
BW_DECLARE(i8)
BW_DECLARE(i16)
#undef BW_DECLARE

/* y[o,i] = rne(the mean over k of x[o,k,i] * scale, in float32, / scale). x: [outer, size, inner]. */
#define BW_DECLARE(dtype) \
  void bw_ivit_mean_##dtype(int32_t outer, int32_t size, int32_t inner, float scale, const bw_##dtype *x, bw_##dtype *y);
BW_DECLARE(i8)
BW_DECLARE(i16)
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
