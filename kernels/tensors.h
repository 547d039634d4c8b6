/* Tensors in C: the type of each dtype, the templates that declare a function for several, and what functions take in place of a bare pointer. */
#ifndef BITWRIGHT_TENSORS_H
#define BITWRIGHT_TENSORS_H

#include <stdint.h>

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

/* A tensor of any integer dtype. */
enum bw_type { BW_I8, BW_U8, BW_I16, BW_U16, BW_I32 };
typedef struct {
  const void *data;
  int32_t type; /* an enum bw_type */
} bw_view;

/* A tensor whose elements have constants of their channel, and the limits of a result. */
typedef struct {
  int32_t outer, channels, inner;
  int32_t lo, hi;
} bw_channels;

#endif
