/* The modules of I-ViT: float32 operation by float32 operation, see ivit.h. */
#ifndef BITWRIGHT_IVIT_MODULES_H
#define BITWRIGHT_IVIT_MODULES_H

#include "tensors.h"

#ifdef __cplusplus
extern "C" {
#endif

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

#ifdef __cplusplus
}
#endif

#endif
