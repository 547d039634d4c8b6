/* The ares style: each function rounds as the operator of that system does. */
#ifndef BITWRIGHT_ARES_H
#define BITWRIGHT_ARES_H

#include "tensors.h"

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif

#endif
