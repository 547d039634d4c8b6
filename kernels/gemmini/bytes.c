#include "gemmini/bytes.h"

#include "arithmetic.h"
#include "gemmini/product.h"
#include "gemmini/readout.h"

/* Bytes that are under way at a time: the core's cache holds them beside the rest. */
enum { CHUNK = 4096 };
enum { LOAD_BYTES = 0, LOAD_BLOCKS = 1 };

typedef struct {
  const bw_gemmini_bytes *shape;
  int32_t terms;
  const uint8_t *x[2];
  int32_t dim;
} state;

/* Rows of a chunk, up to a line long: those of one stripe are loaded, and stored, by one command. It takes a line's rows of the local memories. */
typedef struct {
  int32_t first, rows, columns;
  uint32_t place;
} stripe;

static stripe stripe_from(const state *at, int32_t first, int32_t end, uint32_t place)
{
  const int32_t rest = end - first;
  if (rest < GEMMINI_LINE) return (stripe){first, 1, rest, place};
  return (stripe){first, bw_least(at->dim, rest / GEMMINI_LINE), GEMMINI_LINE, place};
}

#define EACH_STRIPE(array, end, of)                                                       \
  for (stripe of = stripe_from(array, 0, end, 0); of.first < (end);                       \
       of = stripe_from(array, of.first + of.rows * of.columns, end, of.place + GEMMINI_LINE))

static uint32_t operand_at(const state *at, int32_t term)
{
  return (uint32_t)(term * at->shape->bank);
}

static uint64_t constant_block(const state *at, int32_t index, int32_t rows, int32_t columns)
{
  return gemmini_block((uint32_t)(2 * at->shape->bank + index * at->dim), rows, columns);
}

/* Loads an operand of a chunk; what is no int8_t is made so in a buffer before. */
static void load(const state *at, int32_t term, int32_t first, int32_t count, int8_t *buffer)
{
  const int8_t *from = (const int8_t *)at->x[term] + first;
  if (at->shape->offsets[term]) {
    bw_gemmini_shift(count, at->shape->offsets[term], at->x[term] + first, buffer);
    from = buffer;
  }
  EACH_STRIPE(at, count, of)
    gemmini_load(LOAD_BYTES, from + of.first, gemmini_block(operand_at(at, term) + of.place, of.rows, of.columns));
}

/* Sums of a stripe: products with the blocks of its operands, then the constant's. */
static void multiply(const state *at, stripe of)
{
  const int32_t dim = at->dim, terms = at->terms;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  for (int32_t j = 0; j < of.columns; j += dim) {
    const int32_t width = bw_least(dim, of.columns - j);
    const uint32_t row = of.place + (uint32_t)j;
    for (int32_t term = 0; term < terms; term++) {
      gemmini_preload(constant_block(at, term, width, width), gemmini_block(term ? GEMMINI_MORE_SUMS(row) : GEMMINI_SUMS(row), of.rows, width));
      gemmini_compute(gemmini_block(operand_at(at, term) + row, of.rows, width), nowhere);
    }
    gemmini_preload(constant_block(at, terms + 1, dim, width), gemmini_block(GEMMINI_MORE_SUMS(row), of.rows, width));
    gemmini_compute(constant_block(at, terms, of.rows, dim), nowhere);
  }
}

/* Adds what the second read-out has more. */
static void add_more(const state *at, stripe of)
{
  const int32_t dim = at->dim;
  const uint64_t nowhere = gemmini_block(GEMMINI_NOWHERE, dim, dim);
  for (int32_t j = 0; j < of.columns; j += dim) {
    const int32_t width = bw_least(dim, of.columns - j);
    gemmini_preload(constant_block(at, at->terms + 2, dim, width), gemmini_block(GEMMINI_MORE_SUMS(of.place + (uint32_t)j), of.rows, width));
    gemmini_compute(constant_block(at, at->terms, of.rows, dim), nowhere);
  }
}

static void read_out(const state *at, int32_t count, int8_t *to)
{
  EACH_STRIPE(at, count, of) gemmini_store(to + of.first, gemmini_block(GEMMINI_SUMS(of.place), of.rows, of.columns));
}

/* The array is ready for chunks: blocks are where they stay. */
static void configure(const state *at, const int8_t *blocks, int32_t count)
{
  const int32_t dim = at->dim;
  gemmini_configure_products(GEMMINI_AS_STORED);
  gemmini_configure_loads(LOAD_BYTES, GEMMINI_LINE, dim);
  gemmini_configure_loads(LOAD_BLOCKS, dim, dim);
  gemmini_configure_scaled_stores(GEMMINI_LINE, at->shape->scale, at->shape->relu);
  for (int32_t block = 0; block < count; block++)
    gemmini_load(LOAD_BLOCKS, blocks + block * dim * dim, constant_block(at, block, dim, dim));
}

/* Begins to compute `count` results from `first` on. The first operand's buffer may be `y`, the other one's is `other`. */
static void begin(const state *at, int32_t first, int32_t count, int8_t *y, int8_t *other)
{
  load(at, 0, first, count, y);
  if (at->terms > 1) load(at, 1, first, count, other);
  EACH_STRIPE(at, count, of) multiply(at, of);
  read_out(at, count, y);
}

void bw_gemmini_round_bytes(const bw_gemmini_bytes *shape, const void *x, const int8_t *blocks, void *y)
{
  const state at = {.shape = shape, .terms = 1, .x = {x}, .dim = 1 << shape->dim_bits};
  configure(&at, blocks, 3);
  for (int32_t first = 0; first < shape->count; first += CHUNK) {
    const int32_t count = bw_least(CHUNK, shape->count - first);
    begin(&at, first, count, (int8_t *)y + first, 0);
  }
  gemmini_fence();
  if (shape->lacking) bw_gemmini_unsigned(shape->count, y);
}

/* An operand as it is, whichever its type. */
static int64_t element(const state *at, int32_t term, int32_t index)
{
  return at->shape->offsets[term] ? at->x[term][index] : ((const int8_t *)at->x[term])[index];
}

/* The constants of a rounding of two operands. */
typedef struct {
  const int64_t *M, *B;
  const uint8_t *E;
} line;

/* Makes those bytes right that two read-outs gave differently. */
static void settle(const state *at, const line *rounding, int32_t from, int32_t count, int8_t *y, const int8_t *other)
{
  for (int32_t i = 0; (i = bw_gemmini_next_different(i, count, at->shape->lacking, y, other)) < count; i++) {
    const int64_t sum = element(at, 0, from + i) * rounding->M[0] + element(at, 1, from + i) * rounding->M[1] + rounding->B[0];
    y[i] = (int8_t)bw_clamp(bw_shift_round_half_even(sum, rounding->E[0]), at->shape->lo, at->shape->hi);
  }
}

void bw_gemmini_round_sum(const bw_gemmini_bytes *shape, const void *a, const int64_t *M, const int64_t *B, const uint8_t *E, const void *b,
                          const int8_t *blocks, void *y)
{
  const state at = {.shape = shape, .terms = 2, .x = {a, b}, .dim = 1 << shape->dim_bits};
  const line rounding = {M, B, E};
  uint64_t buffer[CHUNK / 8];
  int8_t *const other = (int8_t *)buffer;
  configure(&at, blocks, 5);
  for (int32_t first = 0; first < shape->count; first += CHUNK) {
    const int32_t count = bw_least(CHUNK, shape->count - first);
    int8_t *const to = (int8_t *)y + first;
    begin(&at, first, count, to, other);
    if (!shape->once) {
      EACH_STRIPE(&at, count, of) add_more(&at, of);
      read_out(&at, count, other);
    }
    gemmini_fence(); /* also before the buffer has the next chunk's operand */
    if (!shape->once) settle(&at, &rounding, first, count, to, other);
    else if (shape->lacking) bw_gemmini_unsigned(count, to);
  }
}
