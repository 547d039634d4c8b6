#include "gemmini/between.h"

#include "arithmetic.h"

enum { LINE = 64 };
enum { LOAD_IMAGE = 0, LOAD_WEIGHTS = 1, LOAD_INITIAL = 2 };

typedef struct {
  const bw_gemmini_between *shape;
  const bw_gemmini_between_operands *operands;
  int32_t dim;
  int32_t steps;               /* blocks of depth for each row of the kernel */
  int32_t first, count;        /* columns of the tile */
  int32_t blocks;              /* of them */
  int32_t output, outputs;     /* of the block that is computed */
  int32_t depth;
} state;

static int32_t blocks_of(const state *at, int32_t size)
{
  return (size + at->dim - 1) >> at->shape->dim_bits;
}

/* ---- Where things lie in the scratchpad ---- */

static uint32_t image_at(const state *at, int32_t step)
{
  return (uint32_t)(step * at->blocks * at->dim);
}

static uint32_t weights_at(const state *at)
{
  return (uint32_t)(3 * at->shape->bank);
}

static uint32_t more_at(const state *at)
{
  return weights_at(at) + (uint32_t)(at->shape->taps * at->steps * at->dim);
}

static uint32_t ones_at(const state *at)
{
  return more_at(at) + (uint32_t)at->dim;
}

/* ---- Loads ---- */

static void load_image(const state *at)
{
  const bw_gemmini_between *const shape = at->shape;
  const int32_t row = at->output / at->dim * shape->step, dim = at->dim;
  for (int32_t u = 0, step = 0; u < shape->taps; u++) {
    const int8_t *from = at->operands->image + row * shape->plane + at->operands->places[u] + at->first;
    for (int32_t k = 0; k < at->depth; k += dim, step++, from += dim * shape->plane) {
      const int32_t rows = bw_least(dim, at->depth - k);
      for (int32_t j = 0; j < at->count; j += LINE)
        gemmini_load(LOAD_IMAGE, from + j, gemmini_block(image_at(at, step) + (uint32_t)j, rows, bw_least(LINE, at->count - j)));
    }
  }
}

/* Weights of a block of outputs, and what is added to its sums. */
static void load_weights(const state *at)
{
  const bw_gemmini_between *const shape = at->shape;
  const int32_t stride = shape->weight_stride, dim = at->dim;
  const int8_t *const weights = at->operands->weights + at->output * stride;
  gemmini_configure_loads(LOAD_WEIGHTS, stride, dim);
  for (int32_t k = 0; k < stride; k += LINE)
    gemmini_load(LOAD_WEIGHTS, weights + k, gemmini_block(weights_at(at) + (uint32_t)k, at->outputs, bw_least(LINE, stride - k)));
  gemmini_configure_loads(LOAD_WEIGHTS, 1, dim);
  gemmini_load(LOAD_WEIGHTS, at->operands->more + at->output, gemmini_block(more_at(at), at->outputs, 1));
  for (int32_t block = 0; block < at->blocks; block++)
    gemmini_load(LOAD_INITIAL, at->operands->initial + at->output * dim, gemmini_block(GEMMINI_SUMS(block * dim), at->outputs, dim));
}

/* ---- Sums ---- */

static void multiply(const state *at)
{
  const int32_t dim = at->dim;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  for (int32_t block = 0; block < at->blocks; block++) {
    const int32_t width = bw_least(dim, at->count - block * dim);
    const uint64_t result = gemmini_block(GEMMINI_MORE_SUMS(block * dim), at->outputs, width);
    uint64_t left = gemmini_block(weights_at(at), at->outputs, dim), right = gemmini_block((uint32_t)(block * dim), dim, width);
    for (int32_t u = 0; u < at->shape->taps; u++) {
      for (int32_t k = 0; k < at->depth; k += dim, left += (uint64_t)dim, right += (uint64_t)(at->blocks * dim)) {
        const uint64_t lacking = k + dim > at->depth ? (uint64_t)(k + dim - at->depth) : 0;
        gemmini_preload(right - (lacking << 48), result);
        gemmini_compute(left - (lacking << 32), nowhere);
      }
      left += (uint64_t)((at->steps - blocks_of(at, at->depth)) * dim);
    }
  }
}

static void add_more(const state *at)
{
  const int32_t dim = at->dim;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  for (int32_t block = 0; block < at->blocks; block++) {
    const int32_t width = bw_least(dim, at->count - block * dim);
    gemmini_preload(gemmini_block(ones_at(at), 1, width), gemmini_block(GEMMINI_MORE_SUMS(block * dim), at->outputs, width));
    gemmini_compute(gemmini_block(more_at(at), at->outputs, 1), nowhere);
  }
}

/* Reads bytes out, each row by its multiplier. */
static void read_out(const state *at, int8_t *to)
{
  for (int32_t o = 0; o < at->outputs; o++, to += at->shape->columns) {
    gemmini_configure_scaled_stores(at->shape->columns, at->operands->multipliers[at->output + o], at->shape->relu);
    for (int32_t j = 0; j < at->count; j += LINE)
      gemmini_store(to + j, gemmini_block(GEMMINI_SUMS(j + o), 1, bw_least(LINE, at->count - j)));
  }
}

static void read_whole(const state *at)
{
  const int32_t dim = at->dim, stride = at->blocks * dim;
  gemmini_configure_stores(stride * (int32_t)sizeof(int32_t));
  for (int32_t block = 0; block < at->blocks; block++)
    gemmini_store(at->operands->whole + block * dim, gemmini_block(GEMMINI_WHOLE_SUMS(block * dim), at->outputs, dim));
}

/* ---- Results ---- */

static int8_t rounded(const state *at, int32_t o, int32_t column)
{
  const bw_gemmini_between_operands *const operands = at->operands;
  const int32_t output = at->output + o, own = at->shape->own * output;
  const int64_t sum = operands->whole[o * at->blocks * at->dim + column] - operands->less[output];
  if (operands->m) return (int8_t)bw_clamp(bw_round_half_even((float)sum * operands->m[own]), at->shape->lo, at->shape->hi);
  const int64_t result = bw_shift_round_half_even(sum * operands->M[own] + operands->B[own], operands->E[own]);
  return (int8_t)bw_clamp(result, at->shape->lo, at->shape->hi);
}

/* Makes bytes from `first` to `end` right, rows from row `o` on one behind the other. */
static void settle_bytes(const state *at, int32_t o, int32_t first, int32_t end, int8_t *y, const int8_t *other)
{
  for (int32_t i = first; i < end; i++) {
    const int32_t below = i / at->shape->columns;
    y[i] = y[i] == other[i] ? (int8_t)(y[i] ^ at->shape->lacking) : rounded(at, o + below, i - below * at->shape->columns);
  }
}

/* The same, eight at a time: few words differ. */
static void settle(const state *at, int32_t o, int32_t count, int8_t *y, const int8_t *other)
{
  const uint64_t lacking = at->shape->lacking ? 0x8080808080808080u : 0;
  uint64_t *const a = (uint64_t *)(void *)y;
  const uint64_t *const b = (const uint64_t *)(const void *)other;
  int32_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const uint64_t word = a[i / 8];
    if (word == b[i / 8]) a[i / 8] = word ^ lacking;
    else settle_bytes(at, o, i, i + 8, y, other);
  }
  settle_bytes(at, o, i, count, y, other);
}

static void compute_block(const state *at)
{
  const int32_t columns = at->shape->columns;
  int8_t *const y = (int8_t *)at->operands->y + at->output * columns + at->first;
  load_weights(at);
  multiply(at);
  read_out(at, y);
  if (!at->shape->once) {
    add_more(at);
    read_out(at, at->operands->other);
    read_whole(at);
  }
  gemmini_fence();
  if (at->shape->once && at->shape->lacking == 0) return;
  const int8_t *const other = at->shape->once ? y : at->operands->other;
  if (at->count == columns) {
    settle(at, 0, at->outputs * columns, y, other);
  } else {
    for (int32_t o = 0; o < at->outputs; o++) settle(at, o, at->count, y + o * columns, other + o * columns);
  }
}

void bw_gemmini_round_between(const bw_gemmini_between *shape, const bw_gemmini_between_operands *operands)
{
  state all = {.shape = shape, .operands = operands, .dim = 1 << shape->dim_bits};
  state *const at = &all;
  const int32_t dim = at->dim;
  at->steps = blocks_of(at, shape->depth);
  gemmini_configure_products(GEMMINI_AS_STORED);
  gemmini_configure_loads(LOAD_IMAGE, shape->plane, dim);
  gemmini_configure_loads(LOAD_INITIAL, dim * (int32_t)sizeof(int32_t), dim);
  gemmini_configure_loads(LOAD_WEIGHTS, dim, dim);
  gemmini_load(LOAD_WEIGHTS, operands->ones, gemmini_block(ones_at(at), 1, dim));
  for (at->first = 0; at->first < shape->columns; at->first += at->count) {
    at->count = bw_least(shape->tile, shape->columns - at->first);
    at->blocks = blocks_of(at, at->count);
    for (at->output = 0; at->output < shape->outputs; at->output += dim) {
      at->outputs = bw_least(dim, shape->outputs - at->output);
      at->depth = bw_least(shape->depth, shape->rows - at->output / dim * shape->step);
      if (shape->step > 0 || at->output == 0) load_image(at);
      compute_block(at);
    }
  }
}
