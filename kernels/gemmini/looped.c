#include "gemmini/looped.h"

#include "gemmini/convolve.h"

enum { LOAD_BYTES = 0, LOAD_CONSTANTS = 1, LOAD_SUMS = 2 };

typedef struct {
  const bw_gemmini_looped *shape;
  const bw_gemmini_looped_operands *operands;
  int32_t dim;
} state;

/* Rows of the result, some of its channels, and which of two buffers they have. */
typedef struct {
  int32_t row, count; /* positions of its rows */
  int32_t output, outputs;
  int32_t turn;
} tile;

/* ---- Turning: products with the identity ---- */

/* What is loaded, what comes of it, and the identity are in banks of their own. */
static uint32_t bank(const state *at, int32_t index)
{
  return (uint32_t)(index * at->shape->bank);
}

static void begin_turning(const state *at)
{
  const int32_t dim = at->dim;
  gemmini_configure_products(GEMMINI_LEFT_TURNED);
  gemmini_configure_loads(LOAD_CONSTANTS, dim, dim);
  gemmini_load(LOAD_CONSTANTS, at->operands->identity, gemmini_block(bank(at, 3), dim, dim));
}

/* A block of so many rows and columns, turned. */
static void turn_block(const state *at, uint32_t from, int32_t rows, int32_t columns, uint32_t to)
{
  gemmini_preload(gemmini_block(bank(at, 3), rows, rows), gemmini_block(to, columns, rows));
  gemmini_compute(gemmini_block(from, columns, rows), gemmini_block(GEMMINI_NOWHERE, at->dim, at->dim));
}

/* ---- The image, channels side by side, with its border ---- */

static int8_t *pixel_at(const state *at, int32_t row, int32_t column)
{
  return at->operands->pixels + (row * at->shape->border_width + column) * at->shape->pixel;
}

/* Stores the border's bytes in pixels of each channel, one behind the other as stores are configured. */
static void store_border(const state *at, int8_t *to, int32_t count, int32_t stride)
{
  const int32_t dim = at->dim, channels = at->shape->pixel;
  gemmini_configure_stores(stride);
  for (int32_t pixel = 0; pixel < count; pixel += dim)
    for (int32_t c = 0; c < channels; c += GEMMINI_LINE)
      gemmini_store(to + pixel * stride + c, gemmini_block(bank(at, 2), bw_least(dim, count - pixel), bw_least(GEMMINI_LINE, channels - c)));
}

static void surround(const state *at)
{
  const bw_gemmini_looped *const shape = at->shape;
  const int32_t width = shape->border_width, below = shape->above + shape->height, behind = shape->before + shape->width;
  gemmini_configure_loads(LOAD_CONSTANTS, 0, at->dim);
  gemmini_load(LOAD_CONSTANTS, at->operands->border, gemmini_block(bank(at, 2), at->dim, GEMMINI_LINE));
  store_border(at, pixel_at(at, 0, 0), shape->above * width, shape->pixel);
  store_border(at, pixel_at(at, below, 0), (shape->border_height - below) * width, shape->pixel);
  for (int32_t column = 0; column < width; column++)
    if (column < shape->before || column >= behind) store_border(at, pixel_at(at, shape->above, column), shape->height, width * shape->pixel);
}

/* Some rows of the image, as many as a bank holds pixels, of a block of channels. */
static void turn_rows(const state *at, int32_t channel, int32_t row, int32_t rows)
{
  const bw_gemmini_looped *const shape = at->shape;
  const int32_t dim = at->dim, width = shape->width, pixels = rows * width, channels = bw_least(dim, shape->channels - channel);
  const int8_t *const from = at->operands->image + (channel * shape->height + row) * width;
  for (int32_t pixel = 0; pixel < pixels; pixel += GEMMINI_LINE) {
    const int32_t count = bw_least(GEMMINI_LINE, pixels - pixel);
    gemmini_load(LOAD_BYTES, from + pixel, gemmini_block(bank(at, 0) + (uint32_t)pixel, channels, count));
    for (int32_t p = pixel; p < pixel + count; p += dim)
      turn_block(at, bank(at, 0) + (uint32_t)p, channels, bw_least(dim, pixels - p), bank(at, 1) + (uint32_t)p);
  }
  for (int32_t r = 0; r < rows; r++)
    for (int32_t column = 0; column < width; column += dim)
      gemmini_store(pixel_at(at, shape->above + row + r, shape->before + column) + channel,
                    gemmini_block(bank(at, 1) + (uint32_t)(r * width + column), bw_least(dim, width - column), channels));
}

static void turn_image(const state *at)
{
  const bw_gemmini_looped *const shape = at->shape;
  const int32_t band = (shape->bank - GEMMINI_LINE) / shape->width;
  surround(at);
  begin_turning(at);
  gemmini_configure_loads(LOAD_BYTES, shape->height * shape->width, at->dim);
  gemmini_configure_stores(shape->pixel);
  for (int32_t channel = 0; channel < shape->channels; channel += at->dim)
    for (int32_t row = 0; row < shape->height; row += band) turn_rows(at, channel, row, bw_least(band, shape->height - row));
  gemmini_fence();
}

/* ---- Sums ---- */

/* Loads a number for each output to the sums of a tile, or adds it. */
static void load_sums(const state *at, const tile *t, const int32_t *from, uint32_t first)
{
  const int32_t dim = at->dim;
  gemmini_configure_loads(LOAD_SUMS, 0, dim);
  uint32_t row = first;
  for (int32_t o = 0; o < t->outputs; o += dim, row += (uint32_t)t->count)
    for (int32_t p = 0; p < t->count; p += dim)
      gemmini_load(LOAD_SUMS, from + t->output + o, gemmini_block(row + (uint32_t)p, bw_least(dim, t->count - p), bw_least(dim, t->outputs - o)));
}

static void begin_sums(const state *at, const tile *t)
{
  const bw_gemmini_looped *const shape = at->shape;
  gemmini_configure_strided_products(GEMMINI_AS_STORED, shape->stride);
  load_sums(at, t, at->operands->initial, GEMMINI_SUMS(0));
  gemmini_convolution loop = {
    .rows = t->count / shape->columns, .columns = shape->columns, .outputs = t->outputs,
    .kernel_rows = shape->kernel_rows, .kernel_columns = shape->kernel_columns, .stride = shape->stride, .width = shape->border_width,
    .image_stride = shape->pixel, .weight_stride = shape->weight_stride, .beside = shape->beside, .newer = shape->newer,
  };
  for (int32_t c = 0; c < shape->channels; c += shape->tile_channels) {
    loop.channels = bw_least(shape->tile_channels, shape->channels - c);
    loop.image = pixel_at(at, t->row * shape->stride, 0) + c;
    loop.weights = at->operands->weights + c * shape->weight_stride + t->output;
    gemmini_convolve(&loop);
  }
  if (t->count <= GEMMINI_FEW_ROWS) gemmini_fence();
}

static int8_t *low_of(const state *at, const tile *t)
{
  return at->operands->low + t->turn * at->shape->tile_outputs * at->shape->tile_rows * at->shape->columns;
}

/* Reads bytes out, those of a block of outputs side by side, one block behind the other. */
static void read_out(const state *at, const tile *t, int8_t *to)
{
  const int32_t dim = at->dim;
  uint32_t row = GEMMINI_SUMS(0);
  for (int32_t o = 0; o < t->outputs; o += dim, row += (uint32_t)t->count) {
    const int32_t outputs = bw_least(dim, t->outputs - o);
    gemmini_configure_scaled_stores(outputs, at->shape->scale, at->shape->rounding.relu);
    for (int32_t p = 0; p < t->count; p += dim)
      gemmini_store(to + o * t->count + p * outputs, gemmini_block(row + (uint32_t)p, bw_least(dim, t->count - p), outputs));
  }
}

static void read_whole(const state *at, const tile *t)
{
  const int32_t dim = at->dim, all = (t->outputs + dim - 1) / dim * t->count;
  gemmini_configure_stores(dim * (int32_t)sizeof(int32_t));
  for (int32_t p = 0; p < all; p += dim)
    gemmini_store(at->operands->whole + p * dim, gemmini_block(GEMMINI_WHOLE_SUMS(p), bw_least(dim, all - p), dim));
}

/* ---- Results ---- */

/* Makes the bytes of a tile right. */
static void settle(const state *at, const tile *t)
{
  const bw_gemmini_rounding *const rounding = &at->shape->rounding;
  if (at->shape->once) {
    if (rounding->lacking) bw_gemmini_unsigned(t->count * t->outputs, low_of(at, t));
    return;
  }
  for (int32_t o = 0; o < t->outputs; o += at->dim) {
    const int32_t outputs = bw_least(at->dim, t->outputs - o), count = t->count * outputs, first = o * t->count;
    int8_t *const low = low_of(at, t) + first;
    for (int32_t i = 0; (i = bw_gemmini_next_different(i, count, rounding->lacking, low, at->operands->high + first)) < count; i++) {
      const int32_t position = i / outputs, c = i - position * outputs;
      low[i] = (int8_t)bw_gemmini_rounded(rounding, &at->operands->rounding, t->output + o + c, at->operands->whole[first + position * at->dim + c]);
    }
  }
}

/* Stores the bytes of a tile where the result has them. */
static void turn_results(const state *at, const tile *t)
{
  const bw_gemmini_looped *const shape = at->shape;
  const int32_t dim = at->dim, all = shape->rows * shape->columns;
  begin_turning(at);
  gemmini_configure_stores(all);
  for (int32_t o = 0; o < t->outputs; o += dim) {
    const int32_t outputs = bw_least(dim, t->outputs - o);
    const int8_t *const from = low_of(at, t) + o * t->count;
    int8_t *const to = (int8_t *)at->operands->y + (t->output + o) * all + t->row * shape->columns;
    const uint32_t place = (uint32_t)((t->count + dim) * (o >> shape->dim_bits));
    gemmini_configure_loads(LOAD_BYTES, outputs, dim);
    for (int32_t p = 0; p < t->count; p += dim) {
      const int32_t count = bw_least(dim, t->count - p);
      gemmini_load(LOAD_BYTES, from + p * outputs, gemmini_block(bank(at, 0) + place + (uint32_t)p, count, outputs));
      turn_block(at, bank(at, 0) + place + (uint32_t)p, count, outputs, bank(at, 1) + place + (uint32_t)p);
    }
    for (int32_t p = 0; p < t->count; p += GEMMINI_LINE)
      gemmini_store(to + p, gemmini_block(bank(at, 1) + place + (uint32_t)p, outputs, bw_least(GEMMINI_LINE, t->count - p)));
  }
}

/* The tile behind another one: outputs first. */
static tile next(const state *at, const tile *t)
{
  const bw_gemmini_looped *const shape = at->shape;
  tile n = {.row = t->row, .output = t->output + t->outputs, .turn = 1 - t->turn};
  if (n.output == shape->outputs) {
    n.output = 0;
    n.row += t->count / shape->columns;
  }
  n.count = bw_least(shape->tile_rows, shape->rows - n.row) * shape->columns;
  n.outputs = bw_least(shape->tile_outputs, shape->outputs - n.output);
  return n;
}

void bw_gemmini_round_looped(const bw_gemmini_looped *shape, const bw_gemmini_looped_operands *operands)
{
  const state all = {.shape = shape, .operands = operands, .dim = 1 << shape->dim_bits};
  const state *const at = &all;
  turn_image(at);
  tile t = {.count = bw_least(shape->tile_rows, shape->rows) * shape->columns, .outputs = bw_least(shape->tile_outputs, shape->outputs)};
  begin_sums(at, &t);
  while (t.row < shape->rows) {
    const tile n = next(at, &t);
    read_out(at, &t, low_of(at, &t));
    if (!shape->once) {
      load_sums(at, &t, operands->more, GEMMINI_MORE_SUMS(0));
      read_out(at, &t, operands->high);
      read_whole(at, &t);
    }
    gemmini_fence();
    if (n.row < shape->rows) begin_sums(at, &n);
    settle(at, &t);
    turn_results(at, &t);
    t = n;
  }
  gemmini_fence();
}
