/* What a generated network says of itself: its tensors, where they lie, and its steps in the order in which they run. */
#ifndef BITWRIGHT_FIRMWARE_H
#define BITWRIGHT_FIRMWARE_H

#include <stddef.h>
#include <stdint.h>

/* The constants are stored as little-endian bytes. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ != __ORDER_LITTLE_ENDIAN__
#error "Bitwright's firmware needs a little-endian machine"
#endif

enum { BW_MAX_RANK = 8 };

/* A dense row-major tensor in static memory. It may share its bytes with tensors that are never needed at the same time. */
typedef struct {
  const char *name;  /* of the network's own layer */
  const char *file;  /* the name without its special characters: what its file is called */
  const char *dtype; /* "i8", "u8", "i16", "u16", "i32" or "f32" */
  int32_t rank;
  int32_t shape[BW_MAX_RANK];
  size_t bytes;
  void *data;
} bw_tensor;

/* Computes one tensor from those before it. */
typedef struct {
  void (*run)(void);
  bw_tensor result; /* valid until a later step reuses its bytes */
} bw_step;

/* What a step keeps of the tensors that flow inside it, in a replay build: valid until the next step runs. */
typedef struct {
  int32_t count;
  const bw_tensor *tensors;
} bw_inside;

/* Write the inputs, run every step in order, read the outputs. */
typedef struct {
  const char *name;
  int32_t input_count, step_count, output_count;
  const bw_tensor *inputs;
  const bw_step *steps;
  const bw_tensor *outputs;
  const bw_inside *insides; /* one for each step; NULL where the build keeps none */
} bw_network;

#endif
